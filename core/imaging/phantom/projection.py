"""Line integrals of the whole phantom on the film's raster: voxels plus beads."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.imaging.phantom.beads import Beads
from core.imaging.phantom.geometry import View

Floats = NDArray[np.floating[Any]]
Singles = NDArray[np.float32]
SMALLEST_HALF_AXIS_PX = 0.6
PATCH_CELLS = 1_500_000


def enlarge(raster: Floats, rows: int, columns: int) -> Singles:
    """A coarse raster on the film's own grid, cubic, so that edges stay smooth."""
    if raster.shape == (rows, columns):
        return raster.astype(np.float32)
    grown = cv2.resize(raster.astype(np.float32), (columns, rows), interpolation=cv2.INTER_CUBIC)
    return np.asarray(grown, dtype=np.float32)


def bead_paths(view: View, beads: Beads, rows: int, columns: int) -> Singles:
    """Attenuation that the beads add along the rays of a raster of rows x columns.

    The footprint of a bead is the shadow of an ellipsoid, an ellipse; within it the bead adds its
    amplitude over the length of the beam vector in the bead's own axes (see `beads`).
    """
    column, row, scale = view.project(beads.centres)
    finer = rows / view.rows
    column, row = (column + 0.5) * finer - 0.5, (row + 0.5) * finer - 0.5
    across, down, beam = view.film_axes()
    shapes = view.to_world[None] @ beads.shapes
    to_px = (scale * finer / view.spacing_mm)[:, None]
    u, v = (
        np.einsum("k,nkj->nj", across, shapes) * to_px,
        np.einsum("k,nkj->nj", down, shapes) * to_px,
    )
    length = np.linalg.norm(
        np.linalg.solve(shapes, np.tile(beam, (len(scale), 1))[:, :, None]), axis=1
    )
    amplitude = beads.amplitudes / length[:, 0]
    a, b, c = (u * u).sum(1), (u * v).sum(1), (v * v).sum(1)
    true_area = np.sqrt(np.maximum(a * c - b * b, 1e-9))
    # A bead finer than a pixel is drawn a pixel wide and weaker by as much.
    least = SMALLEST_HALF_AXIS_PX**2
    a, c = a + least, c + least
    area = np.sqrt(a * c - b * b)
    amplitude = amplitude * true_area / area
    half_size = np.ceil(np.sqrt(np.maximum(a, c)) + 1.0).astype(int)
    canvas = np.zeros(rows * columns, dtype=np.float64)
    for size in np.unique(half_size):
        chosen = np.nonzero(half_size == size)[0]
        chunk = max(1, PATCH_CELLS // (2 * int(size) + 1) ** 2)
        for start in range(0, len(chosen), chunk):
            some = chosen[start : start + chunk]
            _stamp(
                canvas,
                (rows, columns),
                int(size),
                column[some],
                row[some],
                (a[some], b[some], c[some]),
                amplitude[some],
            )
    return canvas.reshape(rows, columns).astype(np.float32)


def _stamp(
    canvas: Floats,
    shape: tuple[int, int],
    size: int,
    column: Floats,
    row: Floats,
    form: tuple[Floats, Floats, Floats],
    amplitude: Floats,
) -> None:
    """Add one ellipse a bead, all of one patch size at once; edges are one pixel soft."""
    rows, columns = shape
    offsets = np.arange(-size, size + 1)
    at_x, at_y = np.rint(column).astype(int), np.rint(row).astype(int)
    dx = (offsets[None, None, :] - (column - at_x)[:, None, None]).astype(np.float32)
    dy = (offsets[None, :, None] - (row - at_y)[:, None, None]).astype(np.float32)
    a, b, c = (part.astype(np.float32)[:, None, None] for part in form)
    inverse = 1.0 / (a * c - b * b)
    q = np.sqrt((c * dx * dx - 2 * b * dx * dy + a * dy * dy) * inverse)
    soft = np.sqrt(np.sqrt(a * c - b * b))
    values = amplitude.astype(np.float32)[:, None, None] * np.clip((1.0 - q) * soft + 0.5, 0.0, 1.0)
    px, py = at_x[:, None, None] + offsets, at_y[:, None, None] + offsets[:, None]
    on_film = (px >= 0) & (px < columns) & (py >= 0) & (py < rows) & (values != 0)
    flat = (py * columns + px)[on_film]
    canvas += np.bincount(flat, values[on_film], minlength=rows * columns)
