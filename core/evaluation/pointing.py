"""One map against the boxes, or the mask, of one finding on one film.

References
----------
Zhang 2018 (pointing game), Everingham 2010 (intersection over union).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

THRESHOLDS = np.round(np.arange(0.05, 0.96, 0.05), 2)
"""Shares of a map's own maximum from which a pixel counts as found."""

Map = npt.NDArray[np.floating]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class MapScore:
    """How one map did.

    ``pointing``: its maximum lies inside; ``tolerant``: inside, or no further away than the stated
    tolerance; ``overlap``: intersection over union at each of `THRESHOLDS`; ``left``: share of the
    map's mass in the left half of the film (NaN for an empty map); ``at``: where the maximum lies,
    across and down in shares of the film, ``None`` for an empty map.
    """

    pointing: bool
    tolerant: bool
    overlap: npt.NDArray[np.float64]
    left: float
    at: tuple[float, float] | None = None


def score_map(drawn: Map, inside: Mask, tolerance: float) -> MapScore:
    """Score a map in the geometry of the film.

    Parameters
    ----------
    drawn : ndarray, shape (rows, columns), not negative
        An empty map (all zero) points nowhere and misses.
    inside : ndarray of bool, same shape
    tolerance : float
        In pixels of the map.
    """
    peak = float(drawn.max())
    if peak <= 0:
        return MapScore(False, False, np.zeros(len(THRESHOLDS)), float("nan"))
    at = np.unravel_index(int(drawn.argmax()), drawn.shape)
    pointing = bool(inside[at])
    near = pointing or (inside.any() and _distance(inside)[at] <= tolerance)
    mass = drawn.sum(axis=0)
    half = len(mass) / 2
    left = np.clip(half - np.arange(len(mass)), 0, 1) @ mass / mass.sum()
    rows, columns = drawn.shape
    place = (float(at[1]) + 0.5) / columns, (float(at[0]) + 0.5) / rows
    return MapScore(pointing, bool(near), overlaps(drawn / peak, inside), float(left), place)


def overlaps(drawn: Map, inside: Mask) -> npt.NDArray[np.float64]:
    """Return the intersection over union at each of `THRESHOLDS`."""
    values, truth = drawn.ravel(), inside.ravel()
    # One pass: how many pixels, and how many inside, lie at or above each threshold.
    step = np.searchsorted(THRESHOLDS, values + 1e-9, "right")
    every = np.bincount(step, minlength=len(THRESHOLDS) + 1)[::-1].cumsum()[::-1][1:]
    hit = np.bincount(step, truth, len(THRESHOLDS) + 1)[::-1].cumsum()[::-1][1:]
    union = every + truth.sum() - hit
    return np.asarray(hit / np.maximum(union, 1), np.float64)


def _distance(inside: Mask) -> npt.NDArray[np.float32]:
    """Pixels from each place to the nearest one inside."""
    outside = (~inside).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))


def centre_blob(rows: int, columns: int, spread: float = 0.25) -> Map:
    """Return a Gaussian at the film's centre; ``spread`` is its deviation as a share of a side."""
    down = ((np.arange(rows) + 0.5) / rows - 0.5)[:, None] / spread
    across = ((np.arange(columns) + 0.5) / columns - 0.5)[None, :] / spread
    return np.asarray(np.exp(-(down**2 + across**2) / 2))
