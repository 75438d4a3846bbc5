"""Films whose pixels are not square, brought to their true proportions."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset

from core.imaging.plain import PIXEL_LIMIT
from core.imaging.windowing import Pixels

Spacing = tuple[float, float]

# Below, a heart is less than a hundredth too wide, and rounding of the spacing is as large.
_TOLERANCE = 0.01
_LARGEST_RATIO = 4.0


def spacing_of(dataset: Dataset) -> Spacing | None:
    """Millimetres between rows and columns: calibrated if given, else at the detector."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"):
        pair = _pair(dataset, keyword)
        if pair and 0 < pair[0] < 10 and 0 < pair[1] < 10:
            return pair
    return None


def aspect_of(dataset: Dataset) -> float:
    """Height of a pixel over its width, from spacing or Pixel Aspect Ratio (0028,0034)."""
    pair = spacing_of(dataset) or _pair(dataset, "PixelAspectRatio")
    return pair[0] / pair[1] if pair and pair[0] > 0 and pair[1] > 0 else 1.0


def in_proportion(
    pixels: Pixels, spacing: Spacing | None, aspect: float
) -> tuple[Pixels, Spacing | None, str]:
    """Interpolate along the coarser axis so that pixels become square.

    The viewer, the model and every measured ratio take pixels for square.

    Returns
    -------
    tuple
        The pixels, their spacing, and a note for the reader, empty where nothing had to be done.
    """
    if abs(aspect - 1.0) <= _TOLERANCE or not np.isfinite(aspect):
        return pixels, spacing, ""
    rows, columns = pixels.shape
    shape = (round(rows * aspect), columns) if aspect > 1 else (rows, round(columns / aspect))
    stated = f"The pixels are {aspect:.2f} times as high as wide"
    if not 1 / _LARGEST_RATIO <= aspect <= _LARGEST_RATIO or shape[0] * shape[1] > PIXEL_LIMIT:
        return pixels, spacing, f"{stated}; the film is shown as if they were square."
    stretched = _stretched(pixels, shape[0]) if aspect > 1 else _stretched(pixels.T, shape[1]).T
    square = min(spacing) if spacing else None
    return (
        np.ascontiguousarray(stretched),
        (square, square) if square else None,
        f"{stated}; the film is shown in its true proportions.",
    )


def _stretched(pixels: Pixels, rows: int) -> Pixels:
    """More rows by linear interpolation, pixel centres kept in place."""
    # A row at a time: the film may be large, and the steps between rows are few.
    last = pixels.shape[0] - 1
    places = np.clip((np.arange(rows) + 0.5) * pixels.shape[0] / rows - 0.5, 0, last)
    taller: Pixels = np.empty((rows, pixels.shape[1]), dtype=np.uint16)
    for row, place in enumerate(places):
        above = int(place)
        below, part = min(above + 1, last), np.float32(place - above)
        mixed = pixels[above] * (np.float32(1) - part) + pixels[below] * part
        taller[row] = np.rint(mixed)
    return taller


def _pair(dataset: Dataset, keyword: str) -> Spacing | None:
    try:
        row, column = (float(value) for value in dataset.get(keyword) or ())
    except (TypeError, ValueError, ArithmeticError):
        return None
    return (row, column) if np.isfinite([row, column]).all() else None
