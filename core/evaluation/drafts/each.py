"""One figure in every resample, and the interval that comes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.resampling import Floats, hits_of, interval_of
from core.models.base import Interval

Numbers = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Each:
    """A figure, itself first, then of every resample.

    Attributes
    ----------
    values : ndarray, shape (1 + resamples,)
        NaN where it is undefined.
    cases : int
        How many samples, findings or texts stand behind it.
    groups : int or None
        Of a share: how many groups its cases are of. Where all went the same way no resample
        differs, and the interval is Wilson's of as many cases.
    """

    values: Floats
    cases: int
    groups: int | None = None

    def interval(self) -> Interval | None:
        found = interval_of(self.values, self.cases)
        if found is None or self.groups is None or 0 < found.value < 1:
            return found
        return hits_of(self.groups if found.value else 0, self.groups, self.cases)


def mean_of(numbers: Numbers, weights: Floats) -> Each:
    """Return the mean of a number a sample."""
    return ratio_of(numbers, np.ones(len(numbers)), weights)


def ratio_of(above: Numbers, below: Numbers, weights: Floats) -> Each:
    """Return the sum of one number a sample over that of another; NaN where that is 0."""
    over, under = weights @ np.asarray(above, float), weights @ np.asarray(below, float)
    undefined = np.full(len(weights), np.nan)
    values = np.divide(over, under, out=undefined, where=under > 0)
    return Each(np.asarray(values, np.float64), int((np.asarray(below) > 0).sum()))


def share_of(hits: Numbers, among: Numbers, weights: Floats, groups: npt.NDArray[np.str_]) -> Each:
    """Return the share of ``among`` that are ``hits``, both counted a sample."""
    found = ratio_of(hits, among, weights)
    inside = np.asarray(among) > 0
    return Each(found.values, int(np.sum(among)), len(np.unique(groups[inside])))


def quantile_of(numbers: Numbers, share: float, weights: Floats) -> Each:
    """Return the smallest number that at least a ``share`` of the samples do not exceed."""
    order = np.argsort(numbers, kind="stable")
    below = np.cumsum(weights[:, order], axis=1)
    enough = below >= share * below[:, -1:] - 1e-9
    values = np.asarray(numbers, np.float64)[order][np.argmax(enough, axis=1)]
    return Each(values, len(numbers))


def fixed(value: float, weights: Floats, cases: int) -> Each:
    """Return a figure of the whole, such as a peak, that no resample changes."""
    return Each(np.full(len(weights), float(value)), cases)
