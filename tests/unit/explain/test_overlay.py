from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.explain.overlay import OPACITY, jpeg, overlay, shrunk

GREY = np.full((100, 80), 128, np.uint8)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((3000, 2400), (1000, 800)),
        ((500, 2000), (250, 1000)),
        ((400, 300), (400, 300)),
        ((4000, 1), (1000, 1)),
    ],
)
def test_shrunk_keeps_aspect_and_never_enlarges(
    shape: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert shrunk(np.zeros(shape, np.uint8)).shape == expected


def test_shrinking_averages_areas() -> None:
    stripes = np.tile(np.array([0, 200], np.uint8), (2000, 1000))
    assert np.all(np.abs(shrunk(stripes).astype(int) - 100) <= 1)


def test_jpeg_is_close_to_the_film() -> None:
    film = np.tile(np.linspace(0, 255, 80).astype(np.uint8), (100, 1))
    decoded = cv2.imdecode(np.frombuffer(jpeg(film), np.uint8), cv2.IMREAD_UNCHANGED)
    assert decoded is not None and decoded.shape == film.shape
    assert np.abs(decoded.astype(int) - film).max() <= 6


def test_lower_third_of_a_map_is_transparent() -> None:
    heat = np.full((10, 8), 0.33, np.float32)
    assert np.all(overlay(GREY, heat) == 128)


def test_map_is_blended_at_its_opacity_with_the_inferno_colours() -> None:
    """matplotlib's inferno ends at RGB (252, 255, 164)."""
    blended = overlay(GREY, np.ones((10, 8), np.float32))[50, 40]
    expected = OPACITY * np.array([164, 255, 252]) + (1 - OPACITY) * 128
    assert np.abs(blended - expected).max() <= 2


def test_map_lies_where_it_belongs_and_holes_are_transparent() -> None:
    heat = np.full((10, 8), np.nan, np.float32)
    heat[7:, 5:] = 1.0
    changed = np.any(overlay(GREY, heat) != 128, axis=2)
    assert changed[85, 65]
    assert not changed[:60].any()
    assert not changed[:, :40].any()
