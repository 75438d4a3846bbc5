"""The film check's own training: lessons, points, and a run from end to end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.models.film_check import CHEST, FilmCheck, FilmCheckNetwork
from core.training import film_check
from core.training.film_check import CheckRecipe, Lesson, Pool, choose_points, loss_of

GREY = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1))


@pytest.fixture
def pool() -> Pool:
    return Pool([GREY, GREY.T.copy()], ["one", "two"], [[1 - GREY], [GREY[::-1].copy()]])


def test_half_of_a_lesson_are_films(pool: Pool) -> None:
    lesson = pool.lesson(16, np.random.default_rng(0))
    assert lesson.squares.shape == (16, 64, 64) and lesson.chest.mean() == 0.5
    assert set(lesson.turns.tolist()) <= {0, 1, 2, 3}


def test_only_films_teach_how_a_film_lies() -> None:
    other = Lesson(
        np.zeros((2, 64, 64), np.float32),
        np.zeros(2, np.float32),
        np.array([1, 2]),
        np.ones(2, np.float32),
    )
    logits = torch.zeros((2, 6), requires_grad=True)
    loss_of(logits, other).backward()
    assert logits.grad is not None
    assert logits.grad[:, CHEST].abs().sum() > 0 and logits.grad[:, 1:].abs().sum() == 0


def test_the_points_refuse_no_more_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    def ranked(_network: object, squares: np.ndarray) -> np.ndarray:
        logits = np.zeros((len(squares), 6), np.float32)
        logits[:, 0] = np.linspace(-3, 3, len(squares))
        logits[:, 1] = 9
        logits[:, 5] = -9
        return logits

    monkeypatch.setattr(film_check, "logits_of", ranked)
    points = choose_points(FilmCheckNetwork(), [GREY] * 200)
    scores = 1 / (1 + np.exp(-np.linspace(-3, 3, 200)))
    assert (scores < points["chest"]).mean() <= film_check.FALSE_REJECTS
    assert points["turn"] >= 0.9 and points["inverted"] >= 0.9


def test_a_run_leaves_a_check_that_reads(
    film_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {"clouds": film_check.TRAINED["clouds"]}
    monkeypatch.setattr(film_check, "TRAINED", few)
    recipe = CheckRecipe(folds=3, draws=64, batch=16, phantoms=0, each_kind=3)
    film_check.train_film_check(film_folder, tmp_path, recipe)
    seen = FilmCheck(tmp_path).check(GREY)
    assert 0 <= seen.chance <= 1
