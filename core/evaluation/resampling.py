"""Figures of every bootstrap resample at once.

A resample says how often each film counts. A figure of all resamples is an array with one value a
resample, the figure itself first: sums and differences of figures are then paired by patient for
nothing, as an interval of a difference needs.

References
----------
Efron 1993, An Introduction to the Bootstrap (percentile intervals, clusters drawn whole).
Wilson 1927 (interval of a share, where every film went the same way).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from core.evaluation.metrics import RESAMPLES
from core.models.base import Interval

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.floating[Any]] | npt.NDArray[np.bool_]

PERCENTILES = (2.5, 97.5)


def resample(patients: npt.NDArray[np.str_], resamples: int = RESAMPLES, seed: int = 0) -> Floats:
    """Return how often each film counts, shape (1 + resamples, films); the first line is ones.

    Patients are drawn with replacement, all films of one together.
    """
    names, owner = np.unique(patients, return_inverse=True)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    return np.concatenate([np.ones((1, len(owner))), drawn[:, owner].astype(np.float64)])


def interval_of(values: Floats, cases: int) -> Interval | None:
    """Return the figure of line 0 with the percentiles of the others; ``None`` if undefined."""
    others = values[1:][~np.isnan(values[1:])]
    if np.isnan(values[0]) or not len(others):
        return None
    low, high = np.percentile(others, PERCENTILES)
    return Interval(float(values[0]), float(low), float(high), cases)


def auroc_each(labels: Numbers, scores: Numbers, weights: Floats) -> Floats:
    """Return the area under the ROC curve of every resample, ties counted half.

    Parameters
    ----------
    labels, scores : ndarray, shape (films,)
    weights : ndarray, shape (resamples, films)

    Returns
    -------
    ndarray, shape (resamples,)
        NaN where one class is absent.
    """
    positive, negative = _by_rank(labels, scores, weights)
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    below = np.cumsum(negative, axis=1) - negative / 2
    return _ratio((positive * below).sum(axis=1), pairs)


def average_precision_each(labels: Numbers, scores: Numbers, weights: Floats) -> Floats:
    """Return the area under the precision-recall curve of every resample, by steps.

    It is the mean precision over the positives (scikit-learn's ``average_precision_score``), and
    equals the prevalence for scores that say nothing. Shapes as in `auroc_each`.
    """
    positive, negative = _by_rank(labels, scores, weights)
    found = np.cumsum(positive[:, ::-1], axis=1)
    called = found + np.cumsum(negative[:, ::-1], axis=1)
    precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
    return _ratio((positive[:, ::-1] * precision).sum(axis=1), positive.sum(axis=1))


def share_each(hit: Numbers, among: Numbers, weights: Floats) -> Floats:
    """Return the share of ``among`` that is ``hit`` in every resample; NaN where none counts."""
    counted = np.asarray(among, np.float64)
    return _ratio(weights @ (counted * np.asarray(hit, np.float64)), weights @ counted)


def share_interval(
    hit: Numbers, among: Numbers, patients: npt.NDArray[np.str_], weights: Floats | None = None
) -> Interval | None:
    """Return the share of ``among`` that is ``hit``, with its interval by patient.

    Where every film went the same way no resample differs, and the bootstrap would claim
    certainty: there the interval is Wilson's, of as many cases as there are patients.
    """
    chosen = np.asarray(among, np.bool_)
    weights = resample(patients) if weights is None else weights
    found = interval_of(share_each(hit, among, weights), int(chosen.sum()))
    if found is None or 0 < found.value < 1:
        return found
    people = len(np.unique(patients[chosen]))
    return hits_of(people if found.value else 0, people, found.cases)


def hits_of(hits: int, tries: int, cases: int | None = None) -> Interval | None:
    """Return hits of tries, each try a case of its own, with Wilson's interval."""
    if tries == 0:
        return None
    bounds = binomtest(hits, tries).proportion_ci(method="wilson")
    return Interval(hits / tries, float(bounds.low), float(bounds.high), cases or tries)


def mean_each(values: Numbers, weights: Floats) -> Floats:
    """Return the weighted mean of a number per film in every resample."""
    return _ratio(weights @ np.asarray(values, np.float64), weights.sum(axis=1))


def _by_rank(labels: Numbers, scores: Numbers, weights: Floats) -> tuple[Floats, Floats]:
    """Weight of positives and negatives at each distinct score, rising: (resamples, ranks)."""
    order = np.argsort(scores, kind="stable")
    truth = np.asarray(labels, np.float64)[order]
    starts = np.flatnonzero(np.r_[True, np.diff(np.asarray(scores, np.float64)[order]) > 0])
    sorted_weights = weights[:, order]
    positive = np.add.reduceat(sorted_weights * truth, starts, axis=1)
    negative = np.add.reduceat(sorted_weights * (1 - truth), starts, axis=1)
    return positive, negative


def _ratio(above: Floats, below: Floats) -> Floats:
    undefined = np.full(np.shape(above), np.nan)
    return np.asarray(np.divide(above, below, out=undefined, where=below > 0), np.float64)
