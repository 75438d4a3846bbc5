"""Planted changes are found at their place, and noise is not marked."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import drift_alarms
from core.evaluation.drift.change_points import (
    LEAST,
    LEAST_BLOCKS,
    LEVEL,
    MOST_BLOCKS,
    block_size,
    changes,
)


@pytest.mark.parametrize(("count", "place"), [(80, 30), (200, 120), (1000, 400), (5000, 3500)])
def test_a_planted_change_is_found_where_it_is(count: int, place: int) -> None:
    row = np.random.default_rng(count).normal(0.2, 0.1, count)
    row[place:] += 0.15
    [found] = changes(row)
    assert abs(found.place - place) <= 0.08 * count
    assert found.p <= LEVEL and found.after - found.before == pytest.approx(0.15, abs=0.05)
    assert sum(found.counts) == count


def test_two_planted_changes_are_told_in_time_order() -> None:
    row = np.random.default_rng(3).beta(2, 8, 600)
    row[200:400] += 0.25
    up, down = changes(row, tests=16)
    assert up.place == pytest.approx(200, abs=6) and down.place == pytest.approx(400, abs=6)
    assert up.before < up.after and up.after == pytest.approx(down.before)


@pytest.mark.parametrize("kind", ["normal", "scores", "shares", "heavy"])
def test_noise_is_marked_as_rarely_as_the_level_says(kind: str) -> None:
    """200 rows of pure noise: more than 20 marks at a rate of 0.05 have a chance of 0.0005."""
    alarms = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        row = {
            "normal": lambda: rng.normal(size=120),  # noqa: B023
            "scores": lambda: rng.beta(0.5, 5, 260),  # noqa: B023
            "shares": lambda: rng.integers(0, 2, 90).astype(float),  # noqa: B023
            "heavy": lambda: rng.standard_cauchy(80),  # noqa: B023
        }[kind]()
        alarms += bool(changes(row, permutations=199, seed=seed))
    assert alarms <= 20


@pytest.mark.parametrize(
    ("count", "alike", "most", "least"),
    [(60, 0.3, 0.15, 0.3), (60, 0.5, 0.15, 0.2), (150, 0.3, 0.12, 0.65), (150, 0.5, 0.15, 0.45),
     (400, 0.5, 0.1, 0.9)],
)  # fmt: skip
def test_rows_whose_neighbours_resemble_each_other_are_rarely_marked_without_a_change(
    count: int, alike: float, most: float, least: float
) -> None:
    """Bounds of the rates that `benchmarks.drift_alarms` measured, here on 80 of its rows."""
    plan = drift_alarms.Plan((count,), 80, 199)
    assert drift_alarms.marked(plan, count, alike, 0.0, changes) <= most * plan.rows
    found = drift_alarms.marked(plan, count, alike, drift_alarms.SHIFT, changes)
    assert found >= least * plan.rows


def test_blocks_are_as_long_as_neighbours_resemble_each_other_and_a_change_is_no_resemblance() -> (
    None
):
    rng = np.random.default_rng(0)
    noise, alike = (drift_alarms.row_of(rng, 150, share) for share in (0.0, 0.6))
    assert block_size(noise) <= 2 < 4 < block_size(alike) <= 150 // LEAST_BLOCKS
    assert block_size(drift_alarms.row_of(np.random.default_rng(1), 150, 0.0, 5.0)) <= 3
    assert block_size(np.full(100, 0.25)) == 1


def test_rows_that_are_tested_together_share_the_level() -> None:
    """Sixteen findings of noise at once: a mark on any of them is rare."""
    alarms = 0
    for seed in range(30):
        rows = np.random.default_rng(seed).beta(1, 6, (16, 100))
        alarms += any(changes(row, tests=16, permutations=799, seed=seed) for row in rows)
    assert alarms <= 5


def test_too_few_or_equal_numbers_have_no_change() -> None:
    assert changes([0.0] * 20 + [1.0] * (LEAST - 21)) == ()
    assert changes([0.25] * 100) == ()


def test_numbers_beyond_the_blocks_are_joined_and_the_same_row_is_told_the_same() -> None:
    row = np.random.default_rng(1).normal(size=10 * MOST_BLOCKS + 7)
    row[len(row) // 2 :] += 1
    first, second = changes(row), changes(row)
    assert first == second and len(first) == 1
    assert first[0].place % 11 == 0
