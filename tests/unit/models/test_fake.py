from __future__ import annotations

import numpy as np

from core.models.fake import FakeClassifier


def test_the_same_film_gets_the_same_reading_and_another_film_another():
    rng = np.random.default_rng(0)
    film, other = rng.uniform(0, 1, (2, 120, 100)).astype(np.float32)
    first, again = FakeClassifier().read(film), FakeClassifier().read(film)
    assert first.scores == again.scores
    assert set(first.maps) == set(again.maps)
    assert first.scores != FakeClassifier().read(other).scores


def test_it_keeps_the_promises_of_the_protocol():
    film = np.random.default_rng(1).uniform(0, 1, (300, 200)).astype(np.float32)
    model = FakeClassifier()
    reading = model.read(film)
    assert set(reading.scores) == set(model.figures)
    assert set(reading.probabilities) == {n for n, f in model.figures.items() if f.calibrated}
    assert set(reading.maps) == {
        name
        for name, score in reading.scores.items()
        if score >= model.figures[name].uncertain_point
    }
    drawn = model.read(film, maps_for=("mass",)).maps["mass"]
    assert drawn.shape == (256, 171)
    assert drawn.max() > 0.9


def test_another_draw_is_another_model():
    film = np.random.default_rng(2).uniform(0, 1, (120, 100)).astype(np.float32)
    first, second = FakeClassifier(), FakeClassifier("fake-second", draw=1)
    assert first.read(film).scores != second.read(film).scores
    assert second.identity.name == "fake-second"
    assert second.identity.digest != first.identity.digest
