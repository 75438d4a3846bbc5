"""Text in the pixels of a film: found, told from markers, painted over without a trace."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.study import Window
from core.imaging.burned_in import find_text, is_marker, overlap, paint_over, with_margin
from core.imaging.dicom import read_dicom
from core.imaging.windowing import Pixels

WINDOW = Window(2048.0, 4096.0)


def film_with(text: str, *, value: int = 4095, at: tuple[int, int] = (40, 60)) -> Pixels:
    """A grey film of 640 by 640 with a line of text."""
    y, _ = np.mgrid[0:640, 0:640]
    noise = np.random.default_rng(0).normal(0, 30, (640, 640))
    levels = np.clip(900 + y + noise, 0, 4095)
    letters = np.zeros((640, 640), np.uint8)
    cv2.putText(letters, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2, cv2.LINE_AA)
    return np.asarray(levels + (value - levels) * (letters / 255.0), np.uint16)


def test_a_name_is_found_where_it_stands() -> None:
    (found,) = find_text(film_with("DOE JANE 1955"), WINDOW)
    assert "JANE" in found.text
    assert not found.marker
    assert overlap((40, 40, 200, 20), found.box) > 0.8


def test_text_that_the_window_drowns_is_found_all_the_same() -> None:
    # Through this window all of the film is white.
    found = find_text(film_with("ROE RICHARD"), Window(300.0, 400.0))
    assert any("RICHARD" in item.text for item in found)


def test_nothing_is_found_after_masking() -> None:
    pixels = film_with("DOE JANE 1955")
    boxes = [with_margin(item.box, pixels.shape) for item in find_text(pixels, WINDOW)]
    assert find_text(paint_over(pixels, boxes), WINDOW) == ()


@pytest.mark.parametrize("text", ["L", "r", "PA", "L PA", "AP ERECT", "LT.", "PORTABLE AP"])
def test_markers_say_side_projection_or_position(text: str) -> None:
    assert is_marker(text)


@pytest.mark.parametrize("text", ["LARA", "DOE", "R JS", "L 12", "PAUL", "19:40", "2H", ""])
def test_more_than_that_is_no_marker(text: str) -> None:
    assert not is_marker(text)


def test_readings_of_one_place_are_one_and_never_a_marker_if_one_says_more() -> None:
    corners = [(10, 10), (50, 10), (50, 30), (10, 30)]
    answers = iter([[(corners, "L", 0.9)], [(corners, "L DOE", 0.8)]])
    (found,) = find_text(film_with(""), WINDOW, reader=lambda _: next(answers))
    assert (found.text, found.marker) == ("L", False)


def test_boxes_are_in_the_pixels_of_a_large_film() -> None:
    pixels = np.zeros((3200, 1600), np.uint16)
    seen: list[tuple[int, ...]] = []

    def reader(picture: np.ndarray) -> list[tuple[list[tuple[int, int]], str, float]]:
        seen.append(picture.shape)
        return [([(10, 20), (60, 20), (60, 40), (10, 40)], "DOE", 0.9)]

    (found,) = find_text(pixels, WINDOW, reader=reader)
    assert seen == [(1600, 800)] * 2
    assert found.box == (20, 40, 100, 40)


def test_a_painted_box_keeps_nothing_of_what_it_covered() -> None:
    pixels = np.full((40, 40), 700, np.uint16)
    pixels[10:20, 10:30] = 4000
    painted = paint_over(pixels, [(10, 10, 20, 10)])
    assert (painted == 700).all()
    assert (pixels[10:20, 10:30] == 4000).all()


BOXES = st.tuples(*[st.integers(-5, 60)] * 2, *[st.integers(1, 70)] * 2)


@given(st.lists(BOXES, max_size=4), st.integers(0, 2**32 - 1))
def test_what_lies_in_boxes_changes_nothing_of_the_result(
    boxes: list[tuple[int, int, int, int]], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    first = rng.integers(1, 4096, (48, 48)).astype(np.uint16)
    second = first.copy()
    for x, y, width, height in boxes:
        part = second[max(0, y) : max(0, y + height), max(0, x) : max(0, x + width)]
        part[...] = rng.integers(1, 4096, part.shape)
    covered = [box for box in boxes if box[0] + box[2] > 0 and box[1] + box[3] > 0]
    one, other = paint_over(first, covered), paint_over(second, covered)
    inside = np.zeros((48, 48), np.bool_)
    for x, y, width, height in covered:
        inside[max(0, y) : y + height, max(0, x) : x + width] = True
    assert np.array_equal(one[~inside], first[~inside])
    assert np.array_equal(one, other)


@pytest.mark.films
def test_a_name_burned_into_a_real_film_is_found_and_gone_after_masking() -> None:
    folder = Path(os.environ["OVERREAD_TEST_DATA"]) / "dicom"
    (path,) = folder.glob("made_chest__burned_in_phi__*.dcm")
    film = read_dicom("film", path.read_bytes())
    found = find_text(film.pixels, film.window, monochrome1=film.monochrome1)
    text = " ".join(item.text for item in found)
    assert "DOE" in text
    assert "HOSPITAL" in text
    boxes = [with_margin(item.box, film.pixels.shape) for item in found]
    assert find_text(paint_over(film.pixels, boxes), film.window) == ()
