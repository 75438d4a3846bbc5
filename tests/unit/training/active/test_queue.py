"""Which films are asked for: far apart, worth it, always the same, each with its reasons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.active.centres import k_centres, to_nearest
from core.training.active.queue import Pool, ask_for
from core.training.active.reasons import Ask


def pool_of(probabilities: list[list[float]], **more: object) -> Pool:
    p = np.array(probabilities)
    return Pool(p, np.full(p.shape[1], 0.1), **more)  # type: ignore[arg-type]


def test_centres_are_the_farthest_from_what_is_known_and_taken() -> None:
    points = [[0.0], [1.0], [10.0], [11.0], [5.2]]
    rows, distances = k_centres(points, 3, known=[[0.0]])
    assert rows == [3, 4, 1] and distances == pytest.approx([11.0, 5.2, 1.0])
    assert to_nearest(points, [[0.0], [11.0]]).tolist() == pytest.approx([0, 1, 1, 0, 5.2])


def test_without_any_known_the_middle_comes_first() -> None:
    rows, _distances = k_centres([[0.0], [5.0], [11.0]], 2)
    assert rows == [1, 2]


@given(st.integers(0, 12), st.integers(0, 10), st.integers(0, 1000))
def test_each_film_is_asked_for_once(films: int, count: int, seed: int) -> None:
    p = np.random.default_rng(seed).random((films, 3))
    choices = ask_for(Pool(p, np.full(3, 0.2)), count)
    assert len({choice.row for choice in choices}) == len(choices) == min(films, count)
    assert [choice.rank for choice in choices] == list(range(1, len(choices) + 1))
    assert all(choice.reasons for choice in choices)
    assert choices == ask_for(Pool(p, np.full(3, 0.2)), count)


def test_a_doubtful_film_comes_before_settled_ones_with_its_finding_named() -> None:
    settled = [[0.02, 0.01]] * 8
    (choice,) = ask_for(pool_of([*settled, [0.05, 0.5]]), 1)
    assert choice.row == 8
    (first, *_rest) = choice.reasons
    assert first.finding == 1 and first.share == 1.0
    assert {reason.kind for reason in choice.reasons} >= {Ask.UNCERTAINTY, Ask.RARITY}


def test_where_opinions_differ_that_is_a_reason() -> None:
    p = np.full((6, 1), 0.5)
    text = np.full((6, 1), 0.5)
    text[3] = 0.0
    p[3] = 0.9
    choices = ask_for(Pool(p, np.array([0.5]), opinions=np.stack([p, text])), 6)
    reasons = {choice.row: choice.reasons for choice in choices}
    assert reasons[3][0].kind in (Ask.DISAGREEMENT, Ask.DIVERSITY, Ask.RARITY)
    assert any(reason.kind is Ask.DISAGREEMENT for reason in reasons[3])
    assert not any(reason.kind is Ask.DISAGREEMENT for row in (0, 1) for reason in reasons[row])


def test_a_ground_of_which_nothing_is_known_has_no_say() -> None:
    p = np.array([[0.5], [0.1], [0.2]])
    silent = np.stack([p, np.full_like(p, np.nan)])
    spoken = ask_for(Pool(p, np.array([0.3])), 3)
    assert ask_for(Pool(p, np.array([0.3]), opinions=silent), 3) == spoken


def test_of_twins_one_is_asked_for_first_and_the_other_last() -> None:
    p = [[0.5, 0.5], [0.5, 0.5], [0.45, 0.1], [0.1, 0.45]]
    order = [choice.row for choice in ask_for(pool_of(p), 4)]
    assert order[-1] in (0, 1) and order.index(0) != order.index(1)
