"""Numbers of studies by week: a middle with a band, in time order."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.evaluation.resampling import interval_of, resample, share_each

Floats = npt.NDArray[np.float64]

BAND = (0.1, 0.9)
"""Quantiles between which eight of ten studies of a week lie."""
RESAMPLES = 500


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
    """Return the pooled share of each week with its 95 % interval, resampled by study.

    A week whose studies all went the same way, or that has one study, has no interval: its ends
    are its value.
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

    Parameters
    ----------
    hits, of : sequence of float, shape (studies,)
        Each study is drawn whole: its sentences resemble each other.
    """
    among = np.asarray(of, np.float64)
    if not among.sum():
        return None
    rates = np.divide(hits, among, out=np.zeros_like(among), where=among > 0)
    weights = resample(np.arange(len(among)).astype(str), RESAMPLES, seed)
    found = interval_of(share_each(rates, among, weights), len(among))
    return None if found is None else (found.value, found.low, found.high)


def middle(values: Sequence[float], seed: int = 0) -> tuple[float, float, float] | None:
    """Return the median of studies with its 95 % interval; ``None`` of none."""
    row = np.asarray(values, np.float64)
    if not len(row):
        return None
    rng = np.random.default_rng(seed)
    drawn = np.median(row[rng.integers(0, len(row), (RESAMPLES, len(row)))], axis=1)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(np.median(row)), float(low), float(high)


def _by_week(
    days: Sequence[dt.date], values: Sequence[float], week: Callable[[dt.date, Floats], Week]
) -> tuple[Week, ...]:
    grouped: dict[dt.date, list[float]] = defaultdict(list)
    for day, value in zip(days, values, strict=True):
        grouped[monday(day)].append(value)
    return tuple(week(start, np.asarray(row)) for start, row in sorted(grouped.items()))
