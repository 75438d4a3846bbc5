"""Pieces of chest films that are no chest film: a shoulder, half a lung, a film in disorder.

They carry the grain of real films, so that grain alone never makes a chest.
"""

from __future__ import annotations

import cv2
import numpy as np

from core.models.preprocessing import Grey


def fragment(film: Grey, rng: np.random.Generator) -> Grey:
    """A window far too small to be a chest: at most two fifths of each side."""
    high, wide = (rng.uniform(0.18, 0.4, 2) * film.shape).astype(int)
    top = int(rng.integers(film.shape[0] - high + 1))
    left = int(rng.integers(film.shape[1] - wide + 1))
    return _grown(film[top : top + high, left : left + wide])


def strip(film: Grey, rng: np.random.Generator) -> Grey:
    """The shoulders without the lungs below, the belly without those above, or one side alone."""
    rows, columns = film.shape
    kind = int(rng.integers(3))
    if kind == 0:
        return _grown(film[: int(rows * rng.uniform(0.15, 0.28))])
    if kind == 1:
        return _grown(film[int(rows * rng.uniform(0.72, 0.85)) :])
    wide = int(columns * rng.uniform(0.22, 0.4))
    return _grown(film[:, :wide] if rng.random() < 0.5 else film[:, -wide:])


def shuffled(film: Grey, rng: np.random.Generator) -> Grey:
    """The pieces of a film in another order, each perhaps turned over."""
    count = int(rng.integers(3, 6))
    rows, columns = (side // count * count for side in film.shape)
    tiles = [
        tile
        for band in np.split(film[:rows, :columns], count, axis=0)
        for tile in np.split(band, count, axis=1)
    ]
    order = rng.permutation(len(tiles))
    placed = [tiles[place][:: rng.choice((-1, 1)), :: rng.choice((-1, 1))] for place in order]
    bands = [
        np.concatenate(placed[row * count : (row + 1) * count], axis=1) for row in range(count)
    ]
    return np.ascontiguousarray(np.concatenate(bands, axis=0))


def swirled(film: Grey, rng: np.random.Generator) -> Grey:
    """A film stirred about a point, so that nothing of a chest is where it belongs."""
    rows, columns = film.shape
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    middle = rng.uniform(0.3, 0.7, 2) * (columns, rows)
    radius = np.hypot(x - middle[0], y - middle[1])
    turn = rng.choice((-1, 1)) * rng.uniform(4, 9) * np.exp(-radius / (0.35 * max(rows, columns)))
    angle = np.arctan2(y - middle[1], x - middle[0]) + turn
    from_x = (middle[0] + radius * np.cos(angle)).astype(np.float32)
    from_y = (middle[1] + radius * np.sin(angle)).astype(np.float32)
    stirred = cv2.remap(film, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(stirred, np.float32)


def _grown(piece: Grey, side: int = 128) -> Grey:
    scale = side / max(piece.shape)
    size = (max(40, round(piece.shape[1] * scale)), max(40, round(piece.shape[0] * scale)))
    return np.asarray(cv2.resize(piece, size, interpolation=cv2.INTER_LINEAR), np.float32)
