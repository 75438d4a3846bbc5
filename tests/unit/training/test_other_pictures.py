"""Pictures that are no chest film, and what befalls a film before it is read."""

from __future__ import annotations

import numpy as np
import pytest

from core.training.film_poses import posed
from core.training.other_pictures.kinds import HELD_OUT, PIECES, TRAINED, phantom, pictures
from core.training.other_pictures.strokes import ellipse, shell, solid, tube

KINDS = {**TRAINED, **HELD_OUT}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_draws_pictures_that_follow_their_seed(kind: str) -> None:
    one, same, other = (KINDS[kind](np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one.dtype == np.float32 and one.ndim == 2 and min(one.shape) >= 40
    assert np.isfinite(one).all() and one.min() >= 0 and one.max() <= 1 + 1e-6
    np.testing.assert_array_equal(one, same)
    assert one.shape != other.shape or not np.array_equal(one, other)


def test_kinds_learned_and_held_out_share_nothing() -> None:
    assert not set(TRAINED) & set(HELD_OUT)


@pytest.mark.parametrize("kind", sorted(PIECES))
def test_a_piece_is_not_its_film(kind: str) -> None:
    film = phantom("PA", np.random.default_rng(3))
    piece = PIECES[kind](film, np.random.default_rng(4))
    assert piece.dtype == np.float32 and min(piece.shape) >= 40
    assert piece.shape != film.shape or not np.array_equal(piece, film)


def test_pictures_come_by_kind() -> None:
    drawn = pictures({"clouds": TRAINED["clouds"]}, 3, seed=5)
    assert len(drawn["clouds"]) == 3


def test_a_posed_film_can_be_brought_back() -> None:
    film = np.zeros((80, 60), np.float32)
    film[:25] = 1.0
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(60):
        pose = posed(film, rng)
        seen.add((pose.quarter_turns, pose.inverted))
        grey = 1 - pose.grey if pose.inverted else pose.grey
        back = np.rot90(grey, pose.quarter_turns)
        rows = back.shape[0]
        assert back[: rows // 3].mean() > back[-rows // 3 :].mean()
    assert len(seen) == 8


def test_a_solid_is_thickest_inside_and_a_shell_densest_at_its_rim() -> None:
    mask = ellipse((64, 64), (0.5, 0.5), (0.3, 0.3))
    assert solid(mask)[32, 32] > solid(mask)[32, 15] > 0 == solid(mask)[0, 0]
    assert shell(mask)[32, 14] > shell(mask)[32, 32] > 0
    whole = np.ones((32, 32), np.uint8)
    assert np.isfinite(solid(whole)).all()
    assert tube((64, 64), [(0.5, 0.0), (0.5, 1.0)], [0.1])[32, 32] == 1
