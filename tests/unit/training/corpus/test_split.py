"""A split by group holds whatever groups a source has."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.training_errors import CorpusError
from core.training.corpus.folder import TRAIN, VALIDATION
from core.training.corpus.sample import Kind
from core.training.corpus.split import Placed, split_samples

kinds = st.sampled_from(list(Kind))
sizes = st.lists(st.lists(kinds, min_size=1, max_size=9), min_size=1, max_size=40)


def placed(groups: list[list[Kind]], split: str = "") -> list[Placed]:
    return [
        Placed(f"film {number}-{place}", f"patient {number}", kind, split)
        for number, group in enumerate(groups)
        for place, kind in enumerate(group)
    ]


def in_train(samples: list[Placed], sides: dict[str, str]) -> int:
    return sum(sides[sample.group] == TRAIN for sample in samples)


@given(sizes, st.integers(0, 99), st.sampled_from([0.5, 0.8, 0.9]))
@settings(max_examples=60, deadline=None)
def test_the_share_is_met_to_within_the_largest_group(
    groups: list[list[Kind]], seed: int, share: float
) -> None:
    samples = placed(groups)
    sides = dict(split_samples(samples, seed, share))
    assert sides.keys() == {sample.group for sample in samples}
    largest = max(map(len, groups))
    assert abs(in_train(samples, sides) - share * len(samples)) <= largest + 1e-9


@given(sizes, st.integers(0, 99), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_samples_does_not_matter(
    groups: list[list[Kind]], seed: int, order: random.Random
) -> None:
    samples = placed(groups)
    before = split_samples(samples, seed)
    order.shuffle(samples)
    assert split_samples(samples, seed) == before


@given(st.lists(st.lists(kinds, min_size=1, max_size=4), min_size=2, max_size=12))
@settings(max_examples=40, deadline=None)
def test_neither_side_is_empty(groups: list[list[Kind]]) -> None:
    assert set(split_samples(placed(groups), 0).values()) == {TRAIN, VALIDATION}


def test_each_kind_has_its_share() -> None:
    draw = random.Random(3)
    samples = placed([[draw.choice(list(Kind))] for _ in range(2000)])
    sides = split_samples(samples, 3407)
    counts = Counter((sides[sample.group], sample.kind) for sample in samples)
    for kind in Kind:
        both = counts[TRAIN, kind] + counts[VALIDATION, kind]
        assert abs(counts[TRAIN, kind] / both - 0.8) < 0.01


def test_another_seed_is_another_split() -> None:
    samples = placed([[Kind.DESCRIBE]] * 100)
    assert split_samples(samples, 1) != split_samples(samples, 2)


def test_a_known_split_stays_as_it_is() -> None:
    """On whatever machine and Python."""
    sides = split_samples(placed([[Kind.DESCRIBE]] * 10), 3407)
    left_out = sorted(group for group, side in sides.items() if side == VALIDATION)
    assert left_out == ["patient 2", "patient 4"]


def test_the_source_s_own_split_is_kept() -> None:
    fixed = placed([[Kind.DESCRIBE]] * 3, VALIDATION)
    left = [Placed(f"other {n}", f"other {n}", Kind.LOCATE) for n in range(10)]
    sides = split_samples([*fixed, *left], 1)
    assert all(sides[sample.group] == VALIDATION for sample in fixed)
    assert in_train(left, dict(sides)) == 8


def test_a_group_on_both_sides_is_refused() -> None:
    samples = [
        Placed("a", "patient", Kind.DESCRIBE, TRAIN),
        Placed("b", "patient", Kind.DESCRIBE, VALIDATION),
    ]
    with pytest.raises(CorpusError, match="both sides"):
        split_samples(samples, 1)


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, 2.0, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(CorpusError, match="share"):
        split_samples([], 1, share)


def test_nothing_is_split_into_nothing() -> None:
    assert split_samples([], 1) == {}
