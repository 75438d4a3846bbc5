"""One figure in every resample, and the interval that comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.evaluation.resampling import Floats, hits_of, interval_of
from core.models.base import Interval

Numbers = npt.NDArray[np.floating]
ROUNDING = 1e-9
"""How far apart equal figures may come out."""
Names = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Each:
    """A figure, itself first, then of every resample.

    Attributes
    ----------
    values : ndarray, shape (1 + resamples,)
        NaN where it is undefined.
    cases : int
        How many samples, findings or texts stand behind it.
    groups : int
        How many groups these are of.
    share : bool
        Whether it is hits of tries. Where all went the same way no resample differs, and the
        interval is Wilson's of as many cases as there are groups.
    most : float or None
        Upper end of a figure that is 0, and so is 0 in every resample; ``None`` where none is
        known.
    """

    values: Floats
    cases: int
    groups: int = 0
    share: bool = False
    most: float | None = None

    def interval(self) -> Interval | None:
        found = interval_of(self.values, self.cases)
        if found is None:
            return None
        if self.share and not 0 < found.value < 1:
            return hits_of(self.groups if found.value else 0, self.groups, self.cases)
        if self.most is not None and found.value == 0:
            return Interval(0.0, 0.0, self.most, self.cases)
        return found

    def doubted(self) -> bool:
        """Whether resamples differ: where none does, the bootstrap knows nothing of chance."""
        defined = self.values[~np.isnan(self.values)]
        return bool(len(defined) and np.ptp(defined) > ROUNDING)


def mean_of(numbers: Numbers, weights: Floats, groups: Names) -> Each:
    """Return the mean of a number a sample."""
    return ratio_of(numbers, np.ones(len(numbers)), weights, groups)


def ratio_of(above: Numbers, below: Numbers, weights: Floats, groups: Names) -> Each:
    """Return the sum of one number a sample over that of another; NaN where that is 0."""
    inside = np.asarray(below) > 0
    over, under = weights @ np.asarray(above, float), weights @ np.asarray(below, float)
    undefined = np.full(len(weights), np.nan)
    values = np.divide(over, under, out=undefined, where=under > 0)
    return Each(np.asarray(values, np.float64), int(inside.sum()), number_of(groups[inside]))


def share_of(hits: Numbers, among: Numbers, weights: Floats, groups: Names) -> Each:
    """Return the share of ``among`` that are ``hits``, both counted a sample."""
    found = ratio_of(hits, among, weights, groups)
    return replace(found, cases=int(np.sum(among)), share=True)


def quantile_of(
    numbers: Numbers, share: float, weights: Floats, groups: Names, among: Numbers
) -> Each:
    """Return the smallest number that at least a ``share`` of the samples do not exceed.

    Parameters
    ----------
    among : ndarray, shape (samples,)
        1 for those that count, 0 for the others; NaN comes of none.
    """
    weights = weights * np.asarray(among, np.float64)
    order = np.argsort(numbers, kind="stable")
    below = np.cumsum(weights[:, order], axis=1)
    enough = below >= share * below[:, -1:] - 1e-9
    values = np.asarray(numbers, np.float64)[order][np.argmax(enough, axis=1)]
    inside = np.asarray(among) > 0
    values = np.where(below[:, -1] > 0, values, np.nan)
    return Each(values, int(inside.sum()), number_of(groups[inside]))


def number_of(groups: Names) -> int:
    """Return how many groups there are."""
    return len(np.unique(groups))


def fixed(value: float, weights: Floats, cases: int) -> Each:
    """Return a figure of the whole, such as a peak, that no resample changes."""
    return Each(np.full(len(weights), float(value)), cases)
