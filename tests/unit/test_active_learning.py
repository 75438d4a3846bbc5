"""The comparison with random order: the same start, one film once, paired intervals."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import active_learning as benchmark
from benchmarks.active_learning import curve, measured, split, tables, verdict
from benchmarks.asking_rules import RANDOM, RULES, Known
from benchmarks.hidden_labels import Field, learned
from core.models.base import Interval


@pytest.fixture(scope="module")
def field() -> Field:
    """Ninety films of thirty patients; two findings that two features tell."""
    draw = np.random.default_rng(0)
    features = draw.normal(size=(90, 6))
    labels = (features[:, :2] + draw.normal(0, 0.5, (90, 2)) > 0.8).astype(np.float64)
    return Field(features, labels, np.array([f"P{film // 3}" for film in range(90)]))


def test_no_patient_is_in_pool_and_test(field: Field) -> None:
    pool, test = split(field, 1)
    assert not set(pool.patients) & set(test.patients)
    assert len(pool.labels) + len(test.labels) == 90


@pytest.mark.parametrize("name", list(RULES))
def test_every_rule_starts_alike_and_asks_for_other_films_each_time(
    field: Field, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "STEP", 8)
    pool, test = split(field, 1)
    asked: list[int] = []

    def watched(known: Known, count: int) -> list[int]:
        rows = list(RULES[name](known, count))
        assert len(rows) == len(set(rows)) == count == 8
        asked.extend(int(row) for row in known.unread[rows])
        assert not set(asked[:-8]) & {int(row) for row in known.unread[rows]}
        return rows

    said = curve(pool, test, watched, 1, 3)
    assert said.shape == (3, len(test.labels), 2) and len(asked) == 16
    assert np.array_equal(said[0], curve(pool, test, RULES[RANDOM], 1, 1)[0])


def test_figures_are_paired_and_learning_shows(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(benchmark, "STEP", 8)
    curves = measured([field], 2, 3, 20)
    assert {values.shape for values in curves.values()} == {(3, 21)}
    for values in curves.values():
        assert np.array_equal(values[0], curves[RANDOM][0])
    assert curves[RANDOM][2, 0] > 0.6
    for made in tables(curves):
        assert all(len(row) == len(made.columns) for row in made.rows)


def test_what_was_seen_in_no_film_gets_a_share_and_no_head() -> None:
    features = np.eye(4)
    said = learned(features, np.array([[0.0], [0.0], [0.0], [0.0]]), features[:2])
    assert said.tolist() == [[1 / 6], [1 / 6]]


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.01, 0.02, "better than random"),
        (-0.02, -0.01, "worse than random"),
        (-0.01, 0.01, "no difference shown"),
    ],
)
def test_an_interval_says_one_of_three_things(low: float, high: float, words: str) -> None:
    assert verdict(Interval(0.0, low, high, 0)) == words
