"""Changes that a film could have undergone in life: pose, exposure, noise, something in front.

Never a left-right flip: it would teach that the heart may lie on the right, and sides are what a
report is judged by.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from core.models.preprocessing import Grey

Square = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

DEGREES = 8.0
SCALE = (0.9, 1.15)
STRETCH = (0.95, 1.05)
SHIFT = 0.06
GAMMA = (0.75, 1.33)
CONTRAST = 0.12
NOISE = 0.03
SOFTEN_CHANCE = 0.2
SOFTEN = (0.4, 1.0)
ERASE_CHANCE = 0.25
ERASE_SIDE = (0.1, 0.3)
MARKER_CHANCE = 0.3
MARKER_SIDE = (0.03, 0.07)
COLLIMATE_CHANCE = 0.2
COLLIMATE = 0.08
_GREYS = np.arange(256) / 255
_LETTERS = ("L", "R", "AP", "PA", "P", "D", "S", "TR", "M3")


def augment(square: Square, size: int, rng: np.random.Generator) -> tuple[Grey, Matrix]:
    """Return a changed copy of a square and the pose it was given.

    Parameters
    ----------
    square : ndarray, shape (side, side), uint8
    size : int
        Side of the result in pixels.

    Returns
    -------
    film : ndarray, shape (size, size), float32 in [0, 1]
    pose : ndarray, shape (2, 3)
        Affine map from pixel centres of the square to those of the result.
    """
    pose = _draw_pose(square.shape[0], size, rng)
    posed = cv2.warpAffine(square, pose, (size, size), flags=cv2.INTER_LINEAR)
    film = _expose(np.asarray(posed, np.uint8), rng)
    film = _cover(_mark(_collimate(film, rng), rng), rng)
    return film, pose


def pose_mask(mask: Square, pose: Matrix, side: int, size: int, cells: int) -> Grey:
    """Give a mask the pose of its film.

    Parameters
    ----------
    mask : ndarray, shape (m, m), uint8
        Share of the finding in each cell of the square, in 255ths; any resolution.
    pose : ndarray, shape (2, 3)
        As `augment` returned it, from a square of ``side`` pixels to one of ``size``.

    Returns
    -------
    ndarray, shape (cells, cells), float32 in [0, 1]
        One where a quarter of the cell is half covered: what is smaller than a cell must count too.
    """
    to_square = _scaling(side / mask.shape[0])
    to_cells = _scaling(2 * cells / size)
    whole = to_cells @ np.vstack([pose, (0.0, 0.0, 1.0)]) @ to_square
    drawn = cv2.warpAffine(mask, whole[:2], (2 * cells, 2 * cells), flags=cv2.INTER_LINEAR)
    shares = drawn.reshape(cells, 2, cells, 2).max(axis=(1, 3)) / np.float32(255)
    return np.asarray(np.minimum(2 * shares, 1), np.float32)


def _scaling(factor: float) -> Matrix:
    # Between rasters of one field, whose pixel centres lie half a pixel inside the edge.
    shift = (factor - 1) / 2
    return np.array([[factor, 0, shift], [0, factor, shift], [0, 0, 1]])


def _draw_pose(side: int, size: int, rng: np.random.Generator) -> Matrix:
    zoom = rng.uniform(*SCALE) * size / side
    degrees = rng.uniform(-DEGREES, DEGREES)
    pose = np.asarray(cv2.getRotationMatrix2D((side / 2, side / 2), degrees, zoom), np.float64)
    pose[0, :2] *= rng.uniform(*STRETCH)
    shift = rng.uniform(-SHIFT, SHIFT, 2) * size
    centre = pose[:, :2] @ np.array([side / 2, side / 2])
    pose[:, 2] = size / 2 + shift - centre
    return pose


def _expose(film: Square, rng: np.random.Generator) -> Grey:
    darkened = _GREYS ** rng.uniform(*GAMMA)
    contrast = 1 + rng.uniform(-CONTRAST, CONTRAST)
    curve = (darkened - 0.5) * contrast + 0.5 + rng.uniform(-CONTRAST, CONTRAST)
    levels = curve.astype(np.float32)[film]
    if rng.random() < SOFTEN_CHANCE:
        # Detectors and archives differ in sharpness: no finding may hang on it.
        levels = np.asarray(cv2.GaussianBlur(levels, (0, 0), rng.uniform(*SOFTEN)), np.float32)
    noise = rng.standard_normal(film.shape, np.float32) * np.float32(rng.uniform(0, NOISE))
    # Padding stays black: it is no tissue, and its level must not carry the draw.
    return np.where(film > 0, np.clip(levels + noise, 0, 1), 0).astype(np.float32)


def _collimate(film: Grey, rng: np.random.Generator) -> Grey:
    if rng.random() < COLLIMATE_CHANCE:
        most = COLLIMATE * film.shape[0]
        top, bottom, left, right = (int(rng.uniform(0, most)) for _ in range(4))
        film[:top] = 0
        film[film.shape[0] - bottom :] = 0
        film[:, :left] = 0
        film[:, film.shape[1] - right :] = 0
    return film


def _mark(film: Grey, rng: np.random.Generator) -> Grey:
    """Lead letters near an edge: their style and place would tell the hospital."""
    if rng.random() >= MARKER_CHANCE:
        return film
    size = film.shape[0]
    tall = rng.uniform(*MARKER_SIDE) * size
    across, down = rng.uniform(0.02, 0.2), rng.uniform(0.06, 0.3)
    at = (across if rng.random() < 0.5 else 0.9 - across) * size, down * size
    level = rng.uniform(0.75, 1.0)
    letter = _LETTERS[int(rng.integers(len(_LETTERS)))]
    lead = np.zeros(film.shape, np.uint8)
    font, thick = cv2.FONT_HERSHEY_SIMPLEX, max(1, round(tall / 7))
    cv2.putText(lead, letter, (int(at[0]), int(at[1])), font, tall / 22, 255, thick, cv2.LINE_AA)
    share = lead / np.float32(255) * np.float32(level)
    return np.maximum(film, share)


def _cover(film: Grey, rng: np.random.Generator) -> Grey:
    if rng.random() >= ERASE_CHANCE:
        return film
    size = film.shape[0]
    height, width = (rng.uniform(*ERASE_SIDE, 2) * size).astype(int)
    top, left = rng.integers(0, size - height), rng.integers(0, size - width)
    film[top : top + height, left : left + width] = rng.uniform(0, 1)
    return film
