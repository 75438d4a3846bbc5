"""Where a ray from the tube meets thorax and detector.

The frontal beam runs along y, the lateral one along x. The thorax is cut into planes that lie
parallel to the detector; within one plane the diverging beam is a mere magnification, so the cone
is exact without tracing single rays. Only the slant of the path within a plane (below 3 %) is
left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.imaging.phantom.anatomy import Thorax

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """Tube, detector and film of one exposure.

    `depth` counts millimetres along the beam from tube to detector, zero at the thorax origin.
    """

    thorax: Thorax
    rows: int
    columns: int
    spacing_mm: float
    source_detector_mm: float
    detector_depth_mm: float
    centre_mm: tuple[float, float]
    to_world: Floats

    @property
    def frontal(self) -> bool:
        return self.thorax.projection != "LATERAL"

    def magnification(self, depth: Floats | float) -> Floats:
        """How much larger than life a body at this depth is drawn."""
        gap = self.detector_depth_mm - np.asarray(depth, dtype=np.float64)
        return np.asarray(self.source_detector_mm / (self.source_detector_mm - gap))

    def plane(self, depth: float, rows: int, columns: int) -> tuple[Floats, Floats, Floats]:
        """Thorax coordinates of a raster of rows x columns over the film, seen at one depth.

        Returns
        -------
        x, y, z : ndarray
            Row vectors (1, columns) and a column vector (rows, 1), average millimetres.
        """
        pitch = self.rows * self.spacing_mm / rows
        across = (np.arange(columns) + 0.5 - columns / 2) * pitch / self.magnification(depth)
        down = (np.arange(rows) + 0.5 - rows / 2) * pitch / self.magnification(depth)
        world = np.zeros((3, columns))
        world[self._across_axis] = (across + self.centre_mm[0]) * self._across_sign
        world[self._depth_axis] = depth * self._depth_sign
        inner = np.linalg.inv(self.to_world)
        x, y, _ = inner @ world
        z = (self.centre_mm[1] - down) * inner[2, 2]
        return x[None, :], y[None, :], z[:, None]

    def project(self, points: Floats) -> tuple[Floats, Floats, Floats]:
        """Film column, film row (pixels) and magnification of thorax points, shape (n, 3)."""
        world = points @ self.to_world.T
        across = world[:, self._across_axis] * self._across_sign
        depth = world[:, self._depth_axis] * self._depth_sign
        scale = self.magnification(depth)
        column = (across - self.centre_mm[0]) * scale / self.spacing_mm + self.columns / 2 - 0.5
        row = (self.centre_mm[1] - world[:, 2]) * scale / self.spacing_mm + self.rows / 2 - 0.5
        return column, row, scale

    def film_axes(self) -> tuple[Floats, Floats, Floats]:
        """Unit vectors, in the room, of film columns, film rows and the beam."""
        across, down, beam = np.zeros(3), np.zeros(3), np.zeros(3)
        across[self._across_axis], down[2] = self._across_sign, -1.0
        beam[self._depth_axis] = self._depth_sign
        return across, down, beam

    @property
    def _across_axis(self) -> int:
        return 0 if self.frontal else 1

    @property
    def _depth_axis(self) -> int:
        return 1 if self.frontal else 0

    @property
    def _across_sign(self) -> float:
        # A frontal film shows the patient's left on the right; a left lateral has the sternum left.
        return 1.0

    @property
    def _depth_sign(self) -> float:
        # PA: the beam runs to the front (-y). AP: to the back. Left lateral: to the left (+x).
        return -1.0 if self.thorax.projection == "PA" else 1.0


def make_view(thorax: Thorax, rows: int) -> View:
    """Set up tube and detector as a technologist would: 180 cm standing, 110 cm at the bed."""
    rng = thorax.stream("view")
    lateral = thorax.projection == "LATERAL"
    height = (396.0 if lateral else 376.0) * thorax.scale[2] * float(rng.uniform(0.99, 1.06))
    aspect = 0.80 if lateral else 0.98
    angle = np.deg2rad(thorax.rotation_deg)
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    half_depth = 150.0 if not lateral else 205.0
    return View(
        thorax=thorax,
        rows=rows,
        columns=round(rows * aspect),
        spacing_mm=height / rows,
        source_detector_mm=1100.0 if thorax.projection == "AP" else 1800.0,
        detector_depth_mm=half_depth,
        centre_mm=(
            float(rng.normal(0.0, 4.0)) + (-4.0 if lateral else 0.0),
            (-50.0 + float(rng.normal(0.0, 5.0))) * thorax.scale[2],
        ),
        to_world=turn @ np.diag(thorax.scale),
    )
