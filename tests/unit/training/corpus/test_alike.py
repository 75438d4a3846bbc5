"""Groups of pictures that are nearly one another go to one side of a split."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.training.corpus import judging
from core.training.corpus.alike import ALIKE, alike, joined
from core.training.corpus.importing import import_corpus
from tests.made_corpora import rocov2
from tests.unit.training.corpus.test_importing import request_of


def flipped(shape: bytes, bits: int, seed: int = 0) -> bytes:
    changed = np.unpackbits(np.frombuffer(shape, np.uint8))
    changed[np.random.default_rng(seed).permutation(256)[:bits]] ^= 1
    return np.packbits(changed).tobytes()


@pytest.mark.parametrize("seed", range(20))
def test_as_many_bits_may_differ_as_said(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shapes = [rng.bytes(32) for _ in range(50)]
    far, near = flipped(shapes[7], ALIKE + 1, seed), flipped(shapes[31], ALIKE, seed)
    found = {tuple(sorted(pair)) for pair in alike([*shapes, far, near])}
    assert found == {(31, 51)}


def test_many_that_share_most_of_their_bits_are_all_found() -> None:
    shapes = [flipped(bytes(32), 6, seed) for seed in range(40)]
    found = {tuple(sorted(pair)) for pair in alike(shapes)}
    assert found == {(one, other) for other in range(40) for one in range(other)}


@pytest.mark.parametrize("shapes", [[], [bytes(32)]])
def test_nothing_is_alike_in_nothing(shapes: list[bytes]) -> None:
    assert list(alike(shapes)) == []


def test_groups_are_joined_through_others() -> None:
    groups = ["d", "a", "c", "b", "a"]
    assert joined(groups, {}, [(0, 2), (2, 4)]) == {"a": "a", "b": "b", "c": "a", "d": "a"}
    assert joined(groups, {}, []) == {name: name for name in "abcd"}


def test_what_the_source_has_fixed_is_not_joined() -> None:
    fixed = {"a": "train", "b": "validation"}
    taken = joined(["a", "b", "c"], fixed, [(0, 2), (2, 1)])
    assert taken == {"a": "a", "b": "b", "c": "a"}


@pytest.mark.parametrize(("bits", "apart"), [(ALIKE, False), (ALIKE + 1, True)])
def test_an_import_keeps_pictures_that_are_alike_on_one_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bits: int, apart: bool
) -> None:
    """Ten pictures of ten articles, each one film: only the joined ones cannot be split."""
    made = rocov2(tmp_path / "rocov2", 10, ("train",))
    table = made.folder / "license_information.csv"
    header, *lines = table.read_text().splitlines(keepends=True)
    table.write_text(
        header + "".join(line.replace("PMC7", f"PMC{n}8") for n, line in enumerate(lines))
    )
    shape, look_at = np.random.default_rng(1).bytes(32), judging.look_at
    drawn = iter(range(10))

    def looked(encoded: bytes) -> Any:
        number = next(drawn)
        near = flipped(shape, bits * (number > 0), number)
        return replace(look_at(encoded), shape=near)

    monkeypatch.setattr(judging, "look_at", looked)
    corpus = import_corpus(request_of(made))
    assert all(corpus.manifest.samples.values()) is apart
