"""Numbers of studies by week: a middle with a band, in time order."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from core.evaluation.resampling import hits_of, resample, share_each

Floats = npt.NDArray[np.float64]

BAND = (0.1, 0.9)
"""Quantiles between which eight of ten studies of a week lie."""
RESAMPLES = 500
STEPS = (1, 4, 13)
"""Weeks that are joined to one point, so that most points have studies enough to be told."""
LEAST_STUDIES = 5
"""Studies without which a point has no interval: its ends are its value."""
MOST_RESAMPLED = 60
NORMAL = 1.959964
"""Standard errors on each side of a 95 % interval."""


@dataclass(frozen=True)
class Week:
    """One week, or some, from a Monday: a middle, the ends of its band, how many studies it had."""

    monday: dt.date
    value: float
    low: float
    high: float
    studies: int


@dataclass(frozen=True)
class Part:
    """A share of one study: ``of`` things, of which ``hit`` went one way."""

    day: dt.date
    hit: float
    of: float


@lru_cache(maxsize=8_192)
def monday(day: dt.date, step: int = 1) -> dt.date:
    """Return the day on which the week of a day begins (ISO 8601), or its ``step`` weeks."""
    weeks = (day.toordinal() - 1) // 7
    return dt.date.fromordinal(7 * (weeks - weeks % step) + 1)


def step_of(days: Sequence[dt.date]) -> int:
    """Return how many weeks make one point: as few as give the middle one studies enough."""
    for step in STEPS[:-1]:
        counts = Counter(monday(day, step) for day in days)
        if np.median(list(counts.values()) or [LEAST_STUDIES]) >= LEAST_STUDIES:
            return step
    return STEPS[-1]


def spread(days: Sequence[dt.date], values: Sequence[float], step: int = 1) -> tuple[Week, ...]:
    """Return the mean of each week with the band of its quantiles."""
    grouped: dict[dt.date, list[float]] = defaultdict(list)
    for day, value in zip(days, values, strict=True):
        grouped[monday(day, step)].append(value)
    weeks = []
    for start, row in sorted(grouped.items()):
        mean = float(np.mean(row))
        low, high = np.quantile(row, BAND) if len(row) >= LEAST_STUDIES else (mean, mean)
        weeks.append(Week(start, mean, float(low), float(high), len(row)))
    return tuple(weeks)


def shares(parts: Sequence[Part], step: int = 1, seed: int = 0) -> tuple[Week, ...]:
    """Return the pooled share of each week with its 95 % interval, as `pooled` has it."""
    grouped: dict[dt.date, list[Part]] = defaultdict(list)
    for part in parts:
        grouped[monday(part.day, step)].append(part)
    weeks = []
    for start, some in sorted(grouped.items()):
        found = pooled([part.hit for part in some], [part.of for part in some], seed)
        if found is not None:
            value, low, high = found
            ends = (low, high) if len(some) >= LEAST_STUDIES else (value, value)
            weeks.append(Week(start, value, *ends, len(some)))
    return tuple(weeks)


def pooled(
    hits: Sequence[float], of: Sequence[float], seed: int = 0
) -> tuple[float, float, float] | None:
    """Return a share over studies with its 95 % interval; ``None`` where there is nothing to count.

    Studies are drawn whole, since the sentences of one resemble each other; of more than
    ``MOST_RESAMPLED`` studies the interval is the linearised one that the bootstrap tends to. Where
    every study went the same way it is Wilson's, of as many cases as there are studies.

    Parameters
    ----------
    hits, of : sequence of float, shape (studies,)

    References
    ----------
    Efron 1993, An Introduction to the Bootstrap. Cochran 1977, Sampling Techniques, section 6.4
    (variance of a ratio).
    """
    hit, among = np.asarray(hits, np.float64), np.asarray(of, np.float64)
    hit, among = hit[among > 0], among[among > 0]
    if not len(among):
        return None
    value = float(hit.sum() / among.sum())
    if value in (0.0, 1.0):
        found = hits_of(round(value) * len(among), len(among))
        return None if found is None else (value, found.low, found.high)
    if len(among) > MOST_RESAMPLED:
        error = np.sqrt(((hit - value * among) ** 2).sum() * _few(len(among))) / among.sum()
        return value, max(0.0, value - NORMAL * error), min(1.0, value + NORMAL * error)
    weights = resample(np.arange(len(among)).astype(str), RESAMPLES, seed)
    low, high = np.percentile(share_each(hit / among, among, weights)[1:], (2.5, 97.5))
    return value, float(low), float(high)


def _few(count: int) -> float:
    return count / (count - 1)


def middle(values: Sequence[float]) -> tuple[float, float, float] | None:
    """Return the median of studies with its 95 % interval; ``None`` of none.

    The ends are values themselves, whose ranks the binomial distribution gives whatever the shape
    of the values; of fewer than six studies they are the smallest and the largest, and cover less.

    References
    ----------
    Conover 1999, Practical Nonparametric Statistics, section 3.2.
    """
    row = np.sort(np.asarray(values, np.float64))
    if not len(row):
        return None
    rank = max(0, int(binom.ppf(0.025, len(row), 0.5)) - 1)
    return float(np.median(row)), float(row[rank]), float(row[len(row) - 1 - rank])
