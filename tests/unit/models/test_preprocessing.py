"""Geometry there and back, borders, and films that are refused."""

from __future__ import annotations

import numpy as np
import pytest

from core.domain.errors import FeatureError
from core.models.preprocessing import Geometry, to_square

SIZE = 160


def film_with_dot(
    rows: int, columns: int, dot: tuple[int, int], border: tuple[int, int] = (0, 0)
) -> np.ndarray:
    """A grey ramp with one bright square; ``border`` rows and columns of black on every side."""
    film = np.full((rows, columns), 0.3, np.float32)
    film += np.linspace(0, 0.1, columns, dtype=np.float32)
    reach = max(rows, columns) // 14  # more than the percentile that is clipped
    film[dot[0] - reach : dot[0] + reach, dot[1] - reach : dot[1] + reach] = 1.0
    above, before = border
    if above:
        film[:above] = film[-above:] = 0
    if before:
        film[:, :before] = film[:, -before:] = 0
    return film


def centroid(drawn: np.ndarray) -> tuple[float, float]:
    """Weighted centre in shares of the height and the width."""
    rows, columns = drawn.shape
    y = ((np.arange(rows) + 0.5)[:, None] * drawn).sum() / drawn.sum() / rows
    x = ((np.arange(columns) + 0.5)[None, :] * drawn).sum() / drawn.sum() / columns
    return float(y), float(x)


@pytest.mark.parametrize(
    ("rows", "columns", "dot", "border"),
    [
        (500, 400, (100, 300), (0, 0)),
        (400, 500, (300, 60), (0, 0)),
        (600, 600, (300, 200), (60, 0)),
        (600, 450, (450, 300), (0, 70)),
        (3000, 2500, (700, 1900), (200, 150)),
        (120, 100, (40, 70), (0, 0)),
    ],
)
def test_a_bright_dot_comes_back_to_its_place(rows, columns, dot, border):
    film = film_with_dot(rows, columns, dot, border)
    square, geometry = to_square(film, SIZE)
    bright = (square > 0.9).astype(np.float32)

    back = geometry.maps_to_film(bright[None])[0]

    y, x = centroid(back)
    assert y == pytest.approx(dot[0] / rows, abs=0.01)
    assert x == pytest.approx(dot[1] / columns, abs=0.01)
    assert back.shape[0] / back.shape[1] == pytest.approx(rows / columns, rel=0.02)
    assert max(back.shape) <= 256


@pytest.mark.parametrize(("rows", "columns"), [(480, 400), (400, 480), (401, 333)])
def test_a_mirrored_film_gives_a_mirrored_square_and_map(rows, columns):
    film = film_with_dot(rows, columns, (100, 80))
    square, geometry = to_square(film, SIZE)
    mirrored, other = to_square(np.ascontiguousarray(film[:, ::-1]), SIZE)
    back = geometry.maps_to_film((square > 0.9).astype(np.float32)[None])[0]
    back_mirrored = other.maps_to_film((mirrored > 0.9).astype(np.float32)[None])[0]
    assert centroid(back_mirrored)[1] == pytest.approx(1 - centroid(back)[1], abs=0.01)


def test_black_borders_are_cut_and_their_map_is_zero():
    film = film_with_dot(600, 600, (300, 300), border=(60, 100))
    _, geometry = to_square(film, SIZE)
    assert (geometry.left, geometry.width) == (100, 400)
    assert (geometry.top, geometry.height) == (60, 480)
    drawn = geometry.maps_to_film(np.ones((1, 10, 10), np.float32))[0]
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    # The map has 256 pixels for the 600 of the film.
    assert (rows[0], rows[-1]) == (26, 229)
    assert (columns[0], columns[-1]) == (43, 212)
    assert (drawn[26:230, 43:213] == 1).all()


def test_a_nearly_black_film_is_not_cropped_to_its_marker():
    film = np.zeros((400, 400), np.float32)
    film[20:60, 20:60] = 1
    _, geometry = to_square(film, SIZE)
    assert (geometry.height, geometry.width) == (400, 400)


def test_grey_levels_do_not_depend_on_exposure():
    rng = np.random.default_rng(0)
    film = rng.uniform(0.2, 0.6, (300, 300)).astype(np.float32)
    brighter = (film * 1.5 + 0.05).astype(np.float32)
    assert np.abs(to_square(film, SIZE)[0] - to_square(brighter, SIZE)[0]).max() < 1e-3


def test_positions_agree_with_the_pixels():
    geometry = Geometry(rows=300, columns=200, top=0, left=0, height=300, width=200, size=160)
    assert geometry.to_square(0, 0) == pytest.approx((0, 26.5), abs=0.6)
    assert geometry.to_square(300, 200) == pytest.approx((160, 133.5), abs=0.6)


def test_several_maps_come_back_each_at_its_own_place():
    _, geometry = to_square(film_with_dot(600, 450, (300, 200), border=(0, 70)), SIZE)
    maps = np.random.default_rng(2).random((3, 20, 20), np.float32)
    drawn = geometry.maps_to_film(maps)
    assert drawn.shape == (3, 256, 192)
    for one, expected in zip(maps, drawn, strict=True):
        assert (geometry.maps_to_film(one[None])[0] == expected).all()
    assert geometry.maps_to_film(maps[:0]).shape == (0, 256, 192)
    channels_innermost = np.ascontiguousarray(maps.transpose(1, 2, 0)).transpose(2, 0, 1)
    assert (geometry.maps_to_film(channels_innermost) == drawn).all()
    with pytest.raises(ValueError, match="unpack"):
        geometry.maps_to_film(maps[0])


def one_value(value: float) -> np.ndarray:
    film = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64)
    film[40, 9] = value
    return film


@pytest.mark.parametrize(
    "film",
    [
        np.zeros((0, 0), np.float32),
        np.zeros((64, 64), np.float32),
        np.full((64, 64), 0.5, np.float32),
        np.zeros((64, 64, 3), np.float32),
        np.full((64, 64), np.nan, np.float32),
        one_value(np.nan),
        one_value(np.inf),
        one_value(-np.inf),
    ],
    ids=[
        "empty",
        "black",
        "constant",
        "three-dimensional",
        "not numbers",
        "one not a number",
        "one infinite",
        "one infinite below",
    ],
)
def test_a_film_without_an_image_is_refused(film):
    with pytest.raises(FeatureError):
        to_square(film, SIZE)
