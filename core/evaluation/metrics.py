"""Ranking figures and their intervals, resampled by patient.

Films of one patient resemble each other: resampling films instead of patients would give intervals
that are too narrow.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from core.models.base import Interval

FloatArray = npt.NDArray[np.floating]
Figure = Callable[[npt.NDArray[np.float64]], float]

RESAMPLES = 1000


def auroc(
    labels: FloatArray, scores: FloatArray, weights: npt.NDArray[np.float64] | None = None
) -> float:
    """Return the area under the ROC curve, ties counted half; NaN where one class is absent.

    Parameters
    ----------
    labels : ndarray, shape (n,), 0 or 1
    scores : ndarray, shape (n,)
    weights : ndarray, shape (n,), optional
        How often each film counts; a bootstrap resample is such a weighting.
    """
    weights = np.ones(len(labels)) if weights is None else weights
    _, rank = np.unique(scores, return_inverse=True)
    positive = np.bincount(rank, weights * labels)
    negative = np.bincount(rank, weights * (1 - labels))
    pairs = positive.sum() * negative.sum()
    if pairs == 0:
        return float("nan")
    below = np.cumsum(negative) - negative / 2
    return float((positive * below).sum() / pairs)


def sensitivity(
    labels: FloatArray, flagged: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64]
) -> float:
    """Return the weighted share of positives that are flagged; NaN without positives."""
    total = (weights * labels).sum()
    return float((weights * labels * flagged).sum() / total) if total else float("nan")


def specificity(
    labels: FloatArray, flagged: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64]
) -> float:
    """Return the weighted share of negatives that are not flagged; NaN without negatives."""
    return sensitivity(1 - labels, ~flagged, weights)


def patient_interval(
    figure: Figure,
    patients: npt.NDArray[np.str_],
    cases: int,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval | None:
    """Bootstrap a figure over patients.

    Parameters
    ----------
    figure : callable
        Takes how often each film counts, shape (films,), and returns the figure or NaN.
    patients : ndarray of str, shape (films,)
    cases : int
        What stands behind the figure, to be kept with it (positives, negatives or films).

    Returns
    -------
    Interval or None
        The figure with its 2.5th and 97.5th percentiles; ``None`` where it is not defined.
    """
    value = figure(np.ones(len(patients)))
    if np.isnan(value):
        return None
    names, owner = np.unique(patients, return_inverse=True)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    values = np.array([figure(counts[owner].astype(np.float64)) for counts in drawn])
    low, high = np.nanpercentile(values, (2.5, 97.5))
    return Interval(value, float(low), float(high), cases)
