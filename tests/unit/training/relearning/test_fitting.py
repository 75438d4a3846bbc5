"""Fitting again: what is not known stays, what is kept is kept bit for bit, a run is repeatable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.domain.training_errors import RunError
from core.models.network import Network, NetworkShape
from core.training.relearning import fitting
from core.training.relearning.fitting import Lesson, features_of, logits_from, refit
from core.training.relearning.recipe import FUSE, HEAD, PARTS, WHOLE, Relearning

SHAPE = NetworkShape(
    ("pleural effusion", "nodule"), size=32, widths=(4, 8, 8), blocks=(1, 1, 1), fused=8, members=2
)
RECIPE = Relearning(epochs=3, batch=8)


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(1)
    return Network(SHAPE).eval()


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    rng = np.random.default_rng(0)
    labels = (rng.random((16, 2)) < 0.5).astype(np.float32)
    known = np.ones((16, 2), np.bool_)
    known[:, 1] = False
    squares = rng.integers(0, 255, (16, 32, 32), np.uint8)
    return Lesson(squares, labels, known, np.ones(16, np.float32), np.arange(16) % 2)


def fit(network: Network, lesson: Lesson, parts: str = HEAD, **changes: float) -> Network:
    recipe = replace(RECIPE, parts=parts, **changes)  # type: ignore[arg-type]
    return refit(network, features_of(network, lesson.squares, parts), lesson, recipe)


@pytest.mark.parametrize("parts", PARTS)
def test_features_lead_to_the_logits_of_the_network(
    parts: str, network: Network, lesson: Lesson
) -> None:
    films = torch.from_numpy(lesson.squares.astype(np.float32) / 255)[:, None]
    with torch.no_grad():
        said = logits_from(network, features_of(network, lesson.squares, parts), parts)
        whole = network.member_logits(network.features(films))
    assert torch.allclose(said, whole, atol=0.01)


def test_the_same_run_gives_the_same_weights(network: Network, lesson: Lesson) -> None:
    first, second = fit(network, lesson).state_dict(), fit(network, lesson).state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_what_nobody_stated_stays_as_it_was(network: Network, lesson: Lesson) -> None:
    before, after = network.state_dict(), fit(network, lesson).state_dict()
    moved = {key for key in before if not torch.equal(before[key], after[key])}
    assert moved and all(key.startswith("heads.") for key in moved)
    for key in ("heads.0.whole.weight", "heads.1.place.weight", "heads.0.trust"):
        assert torch.equal(before[key][1], after[key][1]), "nodule"
        assert not torch.equal(before[key][0], after[key][0]), "pleural effusion"


def test_maps_stay_where_the_whole_film_alone_is_fitted(network: Network, lesson: Lesson) -> None:
    before, after = network.state_dict(), fit(network, lesson, WHOLE).state_dict()
    moved = {key.split(".")[2] for key in before if not torch.equal(before[key], after[key])}
    assert moved == {"whole", "trust"}


def test_the_last_stage_is_fitted_where_it_is_asked_for(network: Network, lesson: Lesson) -> None:
    before, after = network.state_dict(), fit(network, lesson, FUSE).state_dict()
    moved = {key for key in before if not torch.equal(before[key], after[key])}
    assert any(key.startswith("trunks.0.fuse.0") for key in moved)
    assert all(".fuse." in key or key.startswith("heads.") for key in moved)
    assert not any("running" in key for key in moved)


def test_an_anchor_holds(network: Network, lesson: Lesson) -> None:
    def moved(anchor: float) -> float:
        after = fit(network, lesson, anchor=anchor, epochs=20).state_dict()
        pairs = ((after[key], value) for key, value in network.state_dict().items())
        return sum(float((new - old).float().square().sum()) for new, old in pairs)

    assert moved(10.0) < moved(0.0) / 4


def test_a_member_does_not_learn_from_its_own_fold(network: Network, lesson: Lesson) -> None:
    labels = lesson.labels.copy()
    labels[lesson.folds == 0] = 1 - labels[lesson.folds == 0]
    turned = fit(network, replace(lesson, labels=labels)).state_dict()
    plain = fit(network, lesson).state_dict()
    assert not torch.equal(turned["heads.1.whole.weight"], plain["heads.1.whole.weight"])
    assert torch.equal(turned["heads.0.whole.weight"], plain["heads.0.whole.weight"])


def test_too_many_films_are_refused(
    network: Network, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "MOST_BYTES", 1000)
    with pytest.raises(RunError, match="16 films do not fit"):
        features_of(network, lesson.squares, HEAD)
