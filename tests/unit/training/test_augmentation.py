from __future__ import annotations

import numpy as np

from core.training.augmentation import augment


def test_sides_are_never_swapped():
    square = np.full((184, 184), 60, np.uint8)
    square[60:120, 20:60] = 255
    rng = np.random.default_rng(0)
    for _ in range(50):
        film = augment(square, 160, rng)
        assert film[:, :80].mean() > film[:, 80:].mean()


def test_same_generator_same_film_and_levels_stay_in_range():
    square = np.random.default_rng(1).integers(0, 256, (184, 184)).astype(np.uint8)
    first = augment(square, 160, np.random.default_rng(5))
    again = augment(square, 160, np.random.default_rng(5))
    assert np.array_equal(first, again)
    assert first.shape == (160, 160)
    assert first.dtype == np.float32
    assert first.min() >= 0
    assert first.max() <= 1


def test_padding_stays_black():
    square = np.zeros((184, 184), np.uint8)
    square[40:140] = 128
    film = augment(square, 160, np.random.default_rng(8))
    assert np.median(film[:8]) == 0
