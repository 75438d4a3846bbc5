"""Lungs found in a frontal film, or none where nothing looks like them."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from core.imaging.phantom.film import PhantomFilm, make_film
from core.imaging.phantom.lung_fields import TYPICAL_SPAN_MM, find_lungs, lung_fields


@lru_cache(maxsize=8)
def film(seed: int) -> PhantomFilm:
    return make_film(seed, rows=256)


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_the_lungs_of_a_phantom_are_found(seed: int) -> None:
    made = film(seed)
    lungs = find_lungs((made.pixels / 4095).astype(np.float32))
    assert lungs is not None
    assert np.nonzero(lungs.right)[1].mean() < np.nonzero(lungs.left)[1].mean()
    assert not (lungs.right & lungs.left).any()
    assert (lungs.both & ~made.lungs).sum() < 0.05 * lungs.both.sum()
    open_lung = made.lungs & ~made.heart
    assert (lungs.both & open_lung).sum() > 0.5 * open_lung.sum()
    assert lungs.mm_per_pixel == pytest.approx(made.spacing_mm[0], rel=0.25)


@pytest.mark.parametrize(
    "grey",
    [
        np.zeros((200, 220), np.float32),
        np.full((200, 200), 0.5, np.float32),
        np.random.default_rng(0).random((240, 200), dtype=np.float32),
    ],
    ids=["black", "grey", "noise"],
)
def test_what_has_no_lungs_gives_none(grey: np.ndarray) -> None:
    assert find_lungs(grey) is None


def test_a_film_of_one_lung_gives_none() -> None:
    grey = (film(1).pixels / 4095).astype(np.float32)
    one = grey.copy()
    one[:, grey.shape[1] // 2 :] = 0.9
    assert find_lungs(one) is None


def test_without_a_spacing_the_lungs_are_as_wide_as_most() -> None:
    right, left = np.zeros((2, 50, 100), np.bool_)
    right[10:40, 10:40] = True
    left[10:40, 60:90] = True
    assert lung_fields(right, left).mm_per_pixel == pytest.approx(TYPICAL_SPAN_MM / 80)
    assert lung_fields(right, left, 1.2).mm_per_pixel == 1.2
    with pytest.raises(ValueError, match="empty"):
        lung_fields(np.zeros_like(right), np.zeros_like(left))


@pytest.mark.films
def test_lungs_are_found_in_most_normal_films() -> None:
    folder = Path(os.environ["OVERREAD_TEST_DATA"]) / "cxr"
    table = pd.read_csv(folder / "manifest.csv")
    normal = table[(table["labels"] == "No Finding") & (table["source"] == "nih_cxr14")]
    found = 0
    for name in normal["image"][::13]:
        grey = cv2.imread(str(folder / name), cv2.IMREAD_GRAYSCALE)
        assert grey is not None
        found += find_lungs((grey / 255).astype(np.float32)) is not None
    assert found >= 0.7 * len(normal["image"][::13])
