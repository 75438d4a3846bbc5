"""The film check that ships: small, and right about what is plain to see."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from core.domain.errors import FeatureError, ModelUnavailableError
from core.models.film_check import FilmCheck, load_check, standing
from core.models.film_standing import CheckFigures
from core.models.registry import (
    FAKE,
    FAKE_ANY_FILM,
    FILM_CHECK_FOLDER,
    film_check_document,
    load_film_check,
)
from core.training.film_check import lying
from core.training.films import read_grey, read_manifest
from core.training.other_pictures.kinds import TRAINED, phantom

FIGURES = CheckFigures("check", "", 64, 0.5, 0.9, 0.9, {})


@pytest.fixture(scope="module")
def check() -> FilmCheck:
    return FilmCheck(FILM_CHECK_FOLDER)


def test_the_weights_are_small() -> None:
    assert (FILM_CHECK_FOLDER / "weights.safetensors").stat().st_size < 1_000_000
    assert film_check_document()["parameters"] < 300_000


@pytest.mark.parametrize("projection", ["PA", "AP"])
def test_a_phantom_passes_and_stands_upright(check: FilmCheck, projection: str) -> None:
    film = phantom(projection, np.random.default_rng(11))  # type: ignore[arg-type]
    seen = check.check(film)
    assert seen.chest and seen.as_it_should and seen.chance > 0.5


@pytest.mark.parametrize(("turns", "inverted"), [(1, False), (2, False), (3, True)])
def test_a_turned_or_inverted_phantom_is_told(check: FilmCheck, turns: int, inverted: bool) -> None:
    seen = check.check(lying(phantom("PA", np.random.default_rng(12)), turns, inverted))
    assert (seen.chest, seen.quarter_turns, seen.inverted) == (True, turns, inverted)


@pytest.mark.parametrize("kind", ["hand", "abdomen", "page of text", "ultrasound"])
def test_other_pictures_are_refused(check: FilmCheck, kind: str) -> None:
    drawn = [TRAINED[kind](np.random.default_rng((99, number))) for number in range(5)]
    assert not any(check.check(picture).chest for picture in drawn)


def test_a_constant_film_is_an_error(check: FilmCheck) -> None:
    with pytest.raises(FeatureError):
        check.check(np.zeros((64, 64), np.float32))


def test_a_turn_is_only_told_when_sure() -> None:
    logits = np.array([3.0, 0.0, 1.0, 0.0, 0.0, 1.0], np.float32)
    assert standing(logits, FIGURES).as_it_should
    logits = np.array([3.0, 0.0, 9.0, 0.0, 0.0, 9.0], np.float32)
    seen = standing(logits, FIGURES)
    assert (seen.quarter_turns, seen.inverted) == (1, True)


def test_damaged_weights_are_said(tmp_path: Path) -> None:
    (tmp_path / "weights.safetensors").write_bytes(b"no safetensors at all")
    with pytest.raises(ModelUnavailableError):
        load_check(tmp_path / "weights.safetensors", "check")


def test_only_an_unlisted_stand_in_goes_without_a_gate() -> None:
    assert isinstance(load_film_check(FAKE), FilmCheck)
    assert not isinstance(load_film_check(FAKE_ANY_FILM), FilmCheck)


@pytest.mark.films
def test_unseen_films_pass(check: FilmCheck) -> None:
    rows = read_manifest(Path(os.environ["OVERREAD_TEST_DATA"]) / "cxr")
    films = [read_grey(row.path) for row in rows if row.split == "val"][:60]
    assert sum(not check.check(film).chest for film in films) <= 2
