"""Numbers of studies by week: a middle with a band, in time order."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from core.evaluation.resampling import hits_of, resample, share_each

Floats = npt.NDArray[np.float64]

BAND = (0.1, 0.9)
"""Quantiles between which eight of ten studies of a week lie."""
RESAMPLES = 500
MOST_RESAMPLED = 60
NORMAL = 1.959964
"""Standard errors on each side of a 95 % interval."""


@dataclass(frozen=True)
class Week:
    """One week from its Monday: a middle, the ends of its band, and how many studies it had."""

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


def monday(day: dt.date) -> dt.date:
    """Return the day on which the week of a day begins (ISO 8601)."""
    return day - dt.timedelta(days=day.weekday())


def spread(days: Sequence[dt.date], values: Sequence[float]) -> tuple[Week, ...]:
    """Return the mean of each week with the band of its quantiles."""

    def week(start: dt.date, row: Floats) -> Week:
        low, high = np.quantile(row, BAND)
        return Week(start, float(row.mean()), float(low), float(high), len(row))

    return _by_week(days, values, week)


def shares(parts: Sequence[Part], seed: int = 0) -> tuple[Week, ...]:
    """Return the pooled share of each week with its 95 % interval, as `pooled` has it.

    The interval of a week with one study is its value, which says nothing: it is told as one study.
    """
    grouped: dict[dt.date, list[Part]] = defaultdict(list)
    for part in parts:
        grouped[monday(part.day)].append(part)
    weeks = []
    for start, some in sorted(grouped.items()):
        found = pooled([part.hit for part in some], [part.of for part in some], seed)
        if found is not None:
            weeks.append(Week(start, found[0], found[1], found[2], len(some)))
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


def _by_week(
    days: Sequence[dt.date], values: Sequence[float], week: Callable[[dt.date, Floats], Week]
) -> tuple[Week, ...]:
    grouped: dict[dt.date, list[float]] = defaultdict(list)
    for day, value in zip(days, values, strict=True):
        grouped[monday(day)].append(value)
    return tuple(week(start, np.asarray(row)) for start, row in sorted(grouped.items()))
