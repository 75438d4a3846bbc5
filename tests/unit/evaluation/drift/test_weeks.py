"""Weeks begin on Monday; shares are pooled with intervals that hold their value."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pytest

from core.evaluation.drift.weeks import Part, middle, monday, pooled, shares, spread, step_of

DAY = dt.date(2026, 11, 26)


def test_a_week_begins_on_its_monday_across_a_year() -> None:
    assert monday(DAY) == dt.date(2026, 11, 23)
    assert monday(dt.date(2027, 1, 1)) == dt.date(2026, 12, 28)


@pytest.mark.parametrize("step", [1, 4, 13])
def test_joined_weeks_begin_on_a_monday_and_follow_each_other(step: int) -> None:
    starts = sorted({monday(DAY + dt.timedelta(days=n), step) for n in range(400)})
    apart = {(later - start).days for start, later in itertools.pairwise(starts)}
    assert apart == {7 * step} and all(start.weekday() == 0 for start in starts)


def test_weeks_are_joined_where_studies_are_few() -> None:
    days = [DAY + dt.timedelta(days=7 * n) for n in range(60)]
    assert step_of(days * 5) == 1 and step_of(days * 2) == 4 and step_of(days) == 13
    assert step_of([]) == 1


def test_means_and_bands_by_week_in_time_order() -> None:
    later = DAY + dt.timedelta(days=7)
    found = spread([later, *[DAY] * 5], [0.9, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert [week.studies for week in found] == [5, 1]
    assert found[0].value == pytest.approx(0.3)
    assert found[0].low == pytest.approx(0.14) and found[0].high == pytest.approx(0.46)
    assert found[1].low == found[1].high == 0.9


def test_a_pooled_share_weighs_studies_by_what_they_hold() -> None:
    assert pooled([1, 0], [1, 9]) is not None
    value, low, high = pooled([1, 0], [1, 9])  # type: ignore[misc]
    assert value == pytest.approx(0.1) and low == 0 and high == 1
    assert pooled([], []) is None and pooled([0], [0]) is None


@pytest.mark.parametrize("studies", [40, 150])
def test_the_interval_of_a_share_covers_the_truth_about_as_often_as_it_says(studies: int) -> None:
    covered = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        of = rng.integers(3, 9, studies)
        _value, low, high = pooled(rng.binomial(of, 0.3), of, seed)  # type: ignore[misc]
        covered += low <= 0.3 <= high
    assert covered >= 50


def test_shares_by_week() -> None:
    before = DAY - dt.timedelta(days=7)
    parts = [Part(DAY, 1, 4), Part(DAY, 3, 4), *[Part(before, 0, 2)] * 5]
    first, second = shares(parts)
    assert (first.value, first.low) == (0, 0) and 0.3 < first.high < 0.6
    assert second.value == second.low == second.high == 0.5


def test_the_median_lies_in_its_interval() -> None:
    assert middle([3.0, 50.0, 7.0, 8.0]) == (7.5, 3.0, 50.0)
    assert middle([4.0]) == (4.0, 4.0, 4.0) and middle([]) is None
    covered = 0
    for seed in range(200):
        _value, low, high = middle(np.random.default_rng(seed).lognormal(size=40))  # type: ignore[misc]
        covered += low <= 1 <= high
    assert covered >= 182
