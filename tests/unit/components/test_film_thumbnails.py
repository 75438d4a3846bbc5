"""Thumbnails come from one folder, small, grey, and never from outside it."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from core.training.boxes import Box
from dashboard.components import film_thumbnails
from dashboard.components.film_thumbnails import Thumbnail, film_path, thumbnail_jpeg


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "films" / "images").mkdir(parents=True)
    ramp = np.tile(np.linspace(0, 255, 400), (300, 1)).astype(np.uint8)
    for name in ("films/images/a.png", "films/images/b.jpg", "outside.png"):
        cv2.imwrite(str(tmp_path / name), ramp)
    return tmp_path / "films"


@pytest.mark.parametrize("image", ["images/a.png", "images/b.jpg"])
def test_a_thumbnail_is_grey_and_small(folder: Path, image: str) -> None:
    content = thumbnail_jpeg(folder, image)
    assert content is not None
    with Image.open(io.BytesIO(content)) as shown:
        assert shown.size == (160, 120) and shown.mode == "L"
        assert np.asarray(shown)[60, 10] < 40 and np.asarray(shown)[60, 150] > 215


@pytest.mark.parametrize(
    "image",
    ["../outside.png", "images/../../outside.png", "images", "images/none.png", "a\0.png", ""],
)
def test_nothing_outside_the_folder_is_opened(folder: Path, image: str) -> None:
    assert film_path(folder, image) is None
    assert thumbnail_jpeg(folder, image) is None


def test_absolute_paths_and_links_do_not_lead_out(folder: Path) -> None:
    outside = folder.parent / "outside.png"
    (folder / "link.png").symlink_to(outside)
    assert film_path(folder, str(outside)) is None
    assert film_path(folder, "link.png") is None
    assert film_path(folder.parent / "nowhere", "a.png") is None


def test_other_files_and_large_ones_are_left_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "manifest.csv").write_text("image\n")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno picture")
    (folder / "page.png").write_bytes(b"<svg onload=alert(1)>")
    for name in ("manifest.csv", "broken.png", "page.png"):
        assert thumbnail_jpeg(folder, name) is None
    monkeypatch.setattr(film_thumbnails, "MOST_PIXELS", 100)
    assert thumbnail_jpeg(folder, "images/a.png") is None
    monkeypatch.setattr(film_thumbnails, "MOST_BYTES", 10)
    assert film_path(folder, "images/a.png") is None


def test_sixteen_bits_are_scaled_not_cut(folder: Path) -> None:
    ramp = np.tile(np.linspace(0, 65535, 320), (320, 1)).astype(np.uint16)
    cv2.imwrite(str(folder / "deep.png"), ramp)
    content = thumbnail_jpeg(folder, "deep.png")
    assert content is not None
    grey = np.asarray(Image.open(io.BytesIO(content)), np.int64)
    assert grey[80, 80] == pytest.approx(128, abs=8) and grey[80, 158] > 240


def test_words_are_escaped_and_boxes_stay_on_the_film(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(film_thumbnails.st, "html", shown.append)
    box = Box("mass", 0.9, -0.2, 0.4, 0.5)
    films = [
        Thumbnail("images/a.png", ('<img src="x">',), (box,)),
        Thumbnail("../<b>.png", ("gone",)),
    ]
    film_thumbnails.show_thumbnails(folder, films)
    [html] = shown
    assert html.count("<img ") == 1 and "data:image/jpeg;base64," in html
    assert "left:90.0%;top:0.0%;width:10.0%;height:50.0%" in html
    assert "film not at hand" in html and "<b>" not in html
