"""Where findings lie on the films that say so: drawn shadows, and the boxes of readers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from core.models.preprocessing import Geometry

SIDE = 64
"""Cells of a kept mask along a side of the square."""


@dataclass(frozen=True)
class Masks:
    """Masks of some findings on some films.

    ``drawn`` is uint8 (k, SIDE, SIDE), the share of each cell in 255ths, of finding ``column`` on
    film ``film``, both int (k,). ``known``, bool (films, findings), says where the place is known:
    known without a mask means nowhere on that film.
    """

    film: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]
    drawn: npt.NDArray[np.uint8]
    known: npt.NDArray[np.bool_]

    @classmethod
    def none(cls, films: int, findings: int) -> Masks:
        empty = np.zeros(0, np.int64)
        drawn = np.zeros((0, SIDE, SIDE), np.uint8)
        return cls(empty, empty, drawn, np.zeros((films, findings), np.bool_))

    @cached_property
    def _entries(self) -> dict[int, list[int]]:
        entries: dict[int, list[int]] = {}
        for entry, film in enumerate(self.film.tolist()):
            entries.setdefault(film, []).append(entry)
        return entries

    def of(self, film: int) -> Iterator[tuple[int, npt.NDArray[np.uint8]]]:
        """Yield (column, mask) of every finding that lies somewhere on a film."""
        for entry in self._entries.get(film, ()):
            yield int(self.column[entry]), self.drawn[entry]

    def followed_by(self, other: Masks) -> Masks:
        """Return the masks of these films and, numbered after them, of the others."""
        return Masks(
            np.concatenate([self.film, other.film + len(self.known)]),
            np.concatenate([self.column, other.column]),
            np.concatenate([self.drawn, other.drawn]),
            np.concatenate([self.known, other.known]),
        )


def masks_from(
    drawn: Sequence[tuple[int, int, npt.NDArray[np.uint8]]], known: npt.NDArray[np.bool_]
) -> Masks:
    """Put (film, column, mask) entries together."""
    if not drawn:
        return Masks.none(*known.shape)
    films, columns, masks = zip(*drawn, strict=True)
    return Masks(np.array(films), np.array(columns), np.stack(masks), known)


def mask_on_square(mask: npt.NDArray[np.floating], geometry: Geometry) -> npt.NDArray[np.uint8]:
    """Bring a mask from the film to the square that the network reads.

    Parameters
    ----------
    mask : ndarray, shape (rows, columns) of the film, float in [0, 1]
    geometry : Geometry
        As `core.models.preprocessing.to_square` returned it for the film, for any size.

    Returns
    -------
    ndarray, shape (SIDE, SIDE), uint8
        Share of each cell in 255ths.
    """
    top, left = geometry.top, geometry.left
    film = mask[top : top + geometry.height, left : left + geometry.width].astype(np.float32)
    (inner_rows, inner_columns), (above, before) = geometry.inner, geometry.pad
    small = cv2.resize(film, (inner_columns, inner_rows), interpolation=cv2.INTER_AREA)
    square = np.zeros((geometry.size, geometry.size), np.float32)
    square[above : above + inner_rows, before : before + inner_columns] = small
    cells = cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(np.rint(np.clip(cells, 0, 1) * 255), np.uint8)
