"""What a film would teach: known values, bounds, and what is not known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.training.active.grounds import (
    LEAST_SHARE,
    disagreement,
    entropy,
    margin,
    of_film,
    rarity,
    weightiest,
)

SHARES = arrays(np.float64, (4, 3), elements=st.floats(0, 1))


def test_entropy_is_a_bit_at_a_half_and_nothing_at_the_ends() -> None:
    assert entropy([[0.5, 0.0, 1.0]]).tolist() == [[1.0, 0.0, 0.0]]
    assert entropy([[0.11]])[0, 0] == pytest.approx(0.49992, abs=1e-4)


@given(SHARES)
def test_entropy_and_margin_order_one_finding_alike(p: np.ndarray) -> None:
    one, other = entropy(p).ravel(), margin(p).ravel()
    assert np.all((one >= 0) & (one <= 1) & (other >= 0) & (other <= 1))
    nearer = np.abs(p.ravel() - 0.5)
    order = np.argsort(nearer)
    assert np.all(np.diff(one[order]) <= 1e-9) and np.all(np.diff(other[order]) <= 1e-9)


def test_disagreement_is_of_opinions_and_not_of_doubt() -> None:
    sure = disagreement([[[1.0]], [[0.0]]])
    unsure = disagreement([[[0.5]], [[0.5]]])
    assert sure[0, 0] == pytest.approx(1.0) and unsure[0, 0] == pytest.approx(0.0)


def test_an_opinion_that_says_nothing_is_left_out() -> None:
    nothing = np.nan
    apart = disagreement([[[0.9, 0.9]], [[0.1, nothing]], [[nothing, nothing]]])
    assert apart[0, 0] == pytest.approx(disagreement([[[0.9]], [[0.1]]])[0, 0])
    assert np.isnan(apart[0, 1])


@given(arrays(np.float64, (3, 4, 2), elements=st.floats(0, 1)))
def test_disagreement_lies_between_nothing_and_a_bit(opinions: np.ndarray) -> None:
    apart = disagreement(opinions)
    assert np.all((apart >= 0) & (apart <= 1 + 1e-9))


def test_a_rare_finding_tells_more_and_none_is_infinitely_rare() -> None:
    told = rarity([[0.5, 0.5, 0.5]], [0.25, 0.01, 0.0])
    assert told[0, 0] == pytest.approx(1.0) and told[0, 1] > told[0, 0]
    assert told[0, 2] == pytest.approx(-0.5 * np.log2(LEAST_SHARE))


def test_a_film_counts_what_is_known_of_it() -> None:
    values = np.array([[0.2, np.nan, 0.6], [np.nan] * 3])
    assert of_film(values).tolist() == pytest.approx([0.4, 0.0])
    assert weightiest(values) == [2, None]
