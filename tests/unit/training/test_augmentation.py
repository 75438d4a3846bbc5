from __future__ import annotations

import numpy as np

from core.training.augmentation import augment, pose_mask


def test_sides_are_never_swapped():
    square = np.full((184, 184), 60, np.uint8)
    square[60:120, 20:60] = 255
    rng = np.random.default_rng(0)
    films = [augment(square, 160, rng)[0] for _ in range(50)]
    # Now and then something bright is laid over the other side.
    brighter = [film[:, :80].mean() > film[:, 80:].mean() for film in films]
    assert np.mean(brighter) > 0.9


def test_same_generator_same_film_and_levels_stay_in_range():
    square = np.random.default_rng(1).integers(0, 256, (184, 184)).astype(np.uint8)
    first, pose = augment(square, 160, np.random.default_rng(5))
    again, same = augment(square, 160, np.random.default_rng(5))
    assert np.array_equal(first, again)
    assert np.array_equal(pose, same)
    assert first.shape == (160, 160)
    assert first.dtype == np.float32
    assert first.min() >= 0
    assert first.max() <= 1


def test_padding_stays_black():
    square = np.zeros((184, 184), np.uint8)
    square[40:140] = 128
    film, _ = augment(square, 160, np.random.default_rng(8))
    assert np.median(film[:8]) == 0


def test_a_mask_takes_the_pose_of_its_film():
    square = np.full((184, 184), 20, np.uint8)
    square[110:150, 30:80] = 250
    mask = np.zeros((92, 92), np.uint8)
    mask[55:75, 15:40] = 255
    for seed in range(20):
        film, pose = augment(square, 160, np.random.default_rng(seed))
        placed = pose_mask(mask, pose, 184, 160, 20)
        rows, columns = np.nonzero(placed > 0.9)
        inside = [
            np.median(film[8 * row : 8 * row + 8, 8 * column : 8 * column + 8])
            for row, column in zip(rows, columns, strict=True)
        ]
        outside = np.median(film[np.kron(placed == 0, np.ones((8, 8))) > 0])
        assert len(rows) >= 8
        assert np.median(inside) > outside + 0.4
