"""Weeks begin on Monday; shares are pooled with intervals that hold their value."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from core.evaluation.drift.weeks import Part, middle, monday, pooled, shares, spread

DAY = dt.date(2026, 11, 26)


def test_a_week_begins_on_its_monday_across_a_year() -> None:
    assert monday(DAY) == dt.date(2026, 11, 23)
    assert monday(dt.date(2027, 1, 1)) == dt.date(2026, 12, 28)


def test_means_and_bands_by_week_in_time_order() -> None:
    later = DAY + dt.timedelta(days=7)
    found = spread([later, DAY, DAY], [0.9, 0.1, 0.3])
    assert [week.studies for week in found] == [2, 1]
    assert found[0].value == pytest.approx(0.2)
    assert found[0].low == pytest.approx(0.12) and found[0].high == pytest.approx(0.28)


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
    parts = [Part(DAY, 1, 4), Part(DAY, 3, 4), Part(DAY - dt.timedelta(days=7), 0, 2)]
    first, second = shares(parts)
    assert (first.value, first.low) == (0, 0) and 0.7 < first.high < 1
    assert second.value == 0.5 and second.low == 0.25 and second.high == 0.75


def test_the_median_lies_in_its_interval() -> None:
    assert middle([3.0, 50.0, 7.0, 8.0]) == (7.5, 3.0, 50.0)
    assert middle([4.0]) == (4.0, 4.0, 4.0) and middle([]) is None
    covered = 0
    for seed in range(200):
        _value, low, high = middle(np.random.default_rng(seed).lognormal(size=40))  # type: ignore[misc]
        covered += low <= 1 <= high
    assert covered >= 182
