"""How a film lies, and the way to an upright film and back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.domain.errors import ModelUnavailableError
from core.models.film_standing import (
    AnyFilm,
    FilmStanding,
    film_map,
    read_check_figures,
    upright,
)
from core.models.measured import check_weights
from core.models.registry import FILM_CHECK_FOLDER
from core.training.film_check import lying

FILM = np.linspace(0, 1, 6 * 4, dtype=np.float32).reshape(6, 4)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("inverted", [False, True])
def test_a_film_as_it_lies_is_brought_upright(turns: int, inverted: bool) -> None:
    lies = lying(FILM, turns, inverted)
    assert lies.shape == ((4, 6) if turns % 2 else (6, 4))
    stands = upright(lies, FilmStanding(True, 1.0, turns, inverted))
    np.testing.assert_allclose(stands, FILM, atol=1e-6)


@pytest.mark.parametrize("turns", range(4))
def test_a_map_lies_where_its_film_lies(turns: int) -> None:
    standing = FilmStanding(True, 1.0, turns, inverted=True)
    np.testing.assert_allclose(film_map(FILM, standing), lying(FILM, turns, False))


def test_a_double_lets_every_film_through_as_it_lies() -> None:
    standing = AnyFilm().check(np.zeros((20, 20), np.float32))
    assert standing.chest and standing.as_it_should


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "the figures file of its film check is missing"),
        ("{", "the figures file of its film check is damaged"),
        ('{"schema": 99, "name": "x"}', "the figures file of its film check has another schema"),
        (
            '{"schema": 2, "name": "x", "points": {}}',
            "the figures file of its film check is damaged",
        ),
    ],
)
def test_an_unusable_figures_file_is_said(tmp_path: Path, content: str | None, reason: str) -> None:
    if content is not None:
        (tmp_path / "measured.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelUnavailableError) as refused:
        read_check_figures(tmp_path)
    assert refused.value.facts["reason"] == reason


def test_weights_that_were_not_measured_are_refused(tmp_path: Path) -> None:
    document = json.loads((FILM_CHECK_FOLDER / "measured.json").read_text(encoding="utf-8"))
    (tmp_path / "measured.json").write_text(json.dumps(document), encoding="utf-8")
    figures = read_check_figures(tmp_path)
    with pytest.raises(ModelUnavailableError, match="missing"):
        check_weights(tmp_path, figures)
    (tmp_path / "weights.safetensors").write_bytes(b"others")
    with pytest.raises(ModelUnavailableError, match="not the ones that were measured"):
        check_weights(tmp_path, figures)
