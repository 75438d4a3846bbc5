"""From a film to the square that the embedded network reads, and the way back for its maps.

The steps, in this order: cut away constant black borders, scale the long side to the input size by
area averaging, centre on a black square (so that shape is kept), stretch the grey levels between
two percentiles of the film itself. Training and reading share these lines.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core.domain.errors import FeatureError

Grey = npt.NDArray[np.float32]

BORDER_LEVEL = 0.03
"""Grey level at or below which a pixel may belong to a border (collimation, scanner margin)."""
BORDER_SHARE = 0.01
"""A row or column with more than this share of brighter pixels is film, not border."""
LEAST_KEPT = 0.4
"""A crop that would keep less than this share of a side is not believed."""
PERCENTILES = (1.0, 99.0)
MAP_SIDE = 256
"""Long side, in pixels, of a map in the geometry of the film."""


@dataclass(frozen=True)
class Geometry:
    """Where the pixels of the network's square came from.

    Coordinates are continuous and count from the outer edge of the first pixel, so that the centre
    of pixel (0, 0) is (0.5, 0.5) and scaling needs no half-pixel corrections.
    """

    rows: int
    columns: int
    top: int
    left: int
    height: int
    width: int
    size: int

    @property
    def scale(self) -> float:
        """Network pixels per film pixel."""
        return self.size / max(self.height, self.width)

    @property
    def pad(self) -> tuple[int, int]:
        """Black rows above and columns left of the film in the square."""
        inner_rows, inner_columns = self.inner
        return (self.size - inner_rows) // 2, (self.size - inner_columns) // 2

    @property
    def inner(self) -> tuple[int, int]:
        """Rows and columns of the square that hold film."""
        return (
            max(1, round(self.height * self.scale)),
            max(1, round(self.width * self.scale)),
        )

    def to_square(self, row: float, column: float) -> tuple[float, float]:
        """Map a film position to its position in the network's square."""
        (inner_rows, inner_columns), (above, before) = self.inner, self.pad
        return (
            (row - self.top) * inner_rows / self.height + above,
            (column - self.left) * inner_columns / self.width + before,
        )

    def maps_to_film(self, square_maps: Grey, side: int = MAP_SIDE) -> Grey:
        """Draw maps of the square in the geometry of the film.

        Parameters
        ----------
        square_maps : ndarray, shape (count, n, n), float32
            Maps over the whole square, of any resolution.
        side : int
            Long side of the result; a smaller film keeps its own size.

        Returns
        -------
        ndarray, shape (count, rows, columns), float32
            The film's aspect. Zero where the film was cut away as border.
        """
        count, cells_high, _ = square_maps.shape
        shrink = min(1.0, side / max(self.rows, self.columns))
        rows, columns = max(1, round(self.rows * shrink)), max(1, round(self.columns * shrink))
        film_rows = (np.arange(rows) + 0.5) * self.rows / rows
        film_columns = (np.arange(columns) + 0.5) * self.columns / columns
        (inner_rows, inner_columns), (above, before) = self.inner, self.pad
        cells = cells_high / self.size
        y = ((film_rows - self.top) * inner_rows / self.height + above) * cells - 0.5
        x = ((film_columns - self.left) * inner_columns / self.width + before) * cells - 0.5
        grid_x, grid_y = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
        drawn = np.empty((count, rows, columns), np.float32)
        for place, one in enumerate(square_maps):
            drawn[place] = cv2.remap(
                np.ascontiguousarray(one, np.float32),
                grid_x,
                grid_y,
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            )
        drawn[:, (film_rows < self.top) | (film_rows > self.top + self.height)] = 0.0
        drawn[:, :, (film_columns < self.left) | (film_columns > self.left + self.width)] = 0.0
        return drawn


def to_square(grey: Grey, size: int) -> tuple[Grey, Geometry]:
    """Turn a film into the network's input.

    Parameters
    ----------
    grey : ndarray, shape (rows, columns), float32 in [0, 1]
        The film through its default window, dense tissue bright.
    size : int
        Side of the square in pixels.

    Returns
    -------
    square : ndarray, shape (size, size), float32 in [0, 1]
    geometry : Geometry

    Raises
    ------
    FeatureError
        If the film is not two-dimensional, empty, not finite or constant.
    """
    check_film(grey)
    bright = (grey > BORDER_LEVEL).view(np.uint8)
    top, bottom = _content(bright, axis=1)
    left, right = _content(bright, axis=0)
    rows, columns = grey.shape
    geometry = Geometry(rows, columns, top, left, bottom - top, right - left, size)
    inner_rows, inner_columns = geometry.inner
    film = np.ascontiguousarray(grey[top:bottom, left:right], dtype=np.float32)
    wanted = (inner_columns, inner_rows)
    small = np.asarray(cv2.resize(film, wanted, interpolation=_interpolation(geometry)), np.float32)
    above, before = geometry.pad
    square = np.zeros((size, size), np.float32)
    square[above : above + inner_rows, before : before + inner_columns] = _stretch(small)
    return square, geometry


def _interpolation(geometry: Geometry) -> int:
    # Area averaging only averages when it shrinks; enlarging with it repeats pixels.
    return cv2.INTER_AREA if geometry.scale < 1 else cv2.INTER_LINEAR


def check_film(grey: Grey) -> None:
    """Refuse a film that no model can say anything about.

    Raises
    ------
    FeatureError
        If the film is not two-dimensional, empty, not finite or constant.
    """
    if grey.ndim != 2:
        raise FeatureError(reason=f"it has {grey.ndim} dimensions instead of two")
    if min(grey.shape) < 16:
        raise FeatureError(reason="it is empty or only a few pixels wide")
    # One value that is not a number makes the least and the greatest one so too.
    least, greatest = float(grey.min()), float(grey.max())
    if not (math.isfinite(least) and math.isfinite(greatest)):
        raise FeatureError(reason="it holds values that are not numbers")
    if greatest - least < 1e-3:
        raise FeatureError(reason="it is one constant grey")


def _content(bright: npt.NDArray[np.uint8], axis: int) -> tuple[int, int]:
    """Return the first and past-the-last row (``axis=1``) or column (``axis=0``) with film.

    ``bright`` has shape (rows, columns): 1 where a pixel is too bright for a border, else 0.
    """
    length, across = bright.shape[1 - axis], bright.shape[axis]
    # A film has millions of pixels, and OpenCV counts them far quicker than NumPy takes a mean.
    counted = cv2.reduce(bright, axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    found = np.flatnonzero(counted / across > BORDER_SHARE)
    if found.size == 0 or found[-1] + 1 - found[0] < LEAST_KEPT * length:
        return 0, length
    return int(found[0]), int(found[-1]) + 1


def _stretch(small: Grey) -> Grey:
    low, high = np.percentile(small, PERCENTILES)
    if high - low < 1e-3:
        low, high = float(small.min()), float(small.max())
    stretched = np.clip((small - low) / max(high - low, 1e-6), 0.0, 1.0)
    return np.asarray(stretched, np.float32)
