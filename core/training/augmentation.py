"""Changes that a film could have undergone in life: pose, exposure, noise, something in front.

Never a left-right flip: it would teach that the heart may lie on the right, and sides are what a
report is judged by.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from core.models.preprocessing import Grey

DEGREES = 8.0
SCALE = (0.9, 1.15)
STRETCH = (0.95, 1.05)
SHIFT = 0.06
GAMMA = (0.75, 1.33)
CONTRAST = 0.12
NOISE = 0.03
ERASE_CHANCE = 0.25
ERASE_SIDE = (0.1, 0.3)


def augment(square: npt.NDArray[np.uint8], size: int, rng: np.random.Generator) -> Grey:
    """Return a changed copy of a square, float32 (size, size) in [0, 1]."""
    posed = _pose(square, size, rng)
    return _cover(_expose(posed, rng), rng)


def _pose(square: npt.NDArray[np.uint8], size: int, rng: np.random.Generator) -> Grey:
    side = square.shape[0]
    zoom = rng.uniform(*SCALE) * size / side
    degrees = rng.uniform(-DEGREES, DEGREES)
    matrix = np.asarray(cv2.getRotationMatrix2D((side / 2, side / 2), degrees, zoom), np.float64)
    matrix[0, :2] *= rng.uniform(*STRETCH)
    shift = rng.uniform(-SHIFT, SHIFT, 2) * size
    centre = matrix[:, :2] @ np.array([side / 2, side / 2])
    matrix[:, 2] = size / 2 + shift - centre
    posed = cv2.warpAffine(square, matrix, (size, size), flags=cv2.INTER_LINEAR)
    return (posed / np.float32(255.0)).astype(np.float32)


def _expose(film: Grey, rng: np.random.Generator) -> Grey:
    darkened = film ** rng.uniform(*GAMMA)
    contrast = 1 + rng.uniform(-CONTRAST, CONTRAST)
    levels = (darkened - 0.5) * contrast + 0.5 + rng.uniform(-CONTRAST, CONTRAST)
    noise = rng.standard_normal(film.shape, np.float32) * rng.uniform(0, NOISE)
    # Padding stays black: it is no tissue, and its level must not carry the draw.
    return np.where(film > 0, np.clip(levels + noise, 0, 1), 0).astype(np.float32)


def _cover(film: Grey, rng: np.random.Generator) -> Grey:
    if rng.random() >= ERASE_CHANCE:
        return film
    size = film.shape[0]
    height, width = (rng.uniform(*ERASE_SIDE, 2) * size).astype(int)
    top, left = rng.integers(0, size - height), rng.integers(0, size - width)
    film[top : top + height, left : left + width] = rng.uniform(0, 1)
    return film
