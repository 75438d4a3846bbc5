from __future__ import annotations

import numpy as np
import pytest

from core.domain.errors import TrainingError
from core.models.preprocessing import to_square
from core.training.boxes import Box, box_masks, read_boxes
from core.training.masks import SIDE, Masks, mask_on_square, masks_from

LABELS = {"Effusion": "pleural effusion"}


def film_with_border():
    """A film whose left quarter is black border, and a mask of its bright corner."""
    film = np.zeros((120, 160), np.float32)
    film[:, 40:] = np.linspace(0.2, 0.6, 120)
    film[80:, 120:] = 0.9
    mask = np.zeros(film.shape, np.float32)
    mask[80:, 120:] = 1
    return film, mask


def test_a_mask_lies_on_the_square_where_its_shadow_does():
    film, mask = film_with_border()
    square, geometry = to_square(film, 128)
    placed = mask_on_square(mask, geometry)
    assert placed.shape == (SIDE, SIDE)
    bright = square.reshape(SIDE, 2, SIDE, 2).mean(axis=(1, 3)) > 0.95
    assert ((placed > 127) == bright).mean() > 0.97


def test_boxes_are_read_in_shares_of_the_film(tmp_path):
    (tmp_path / "boxes.csv").write_text(
        "image,finding,x,y,w,h,orig_w,orig_h\n"
        "a.png,Effusion,100,200,300,400,1000,800\n"
        "a.png,Oddity,1,1,1,1,1000,800\n"
        "other.png,Effusion,1,1,1,1,1000,800\n"
    )
    found = read_boxes(tmp_path, [tmp_path / "b.png", tmp_path / "a.png"], LABELS)
    assert found == {1: (Box("pleural effusion", 0.1, 0.25, 0.3, 0.5),)}


def test_no_boxes_without_a_file_and_one_sentence_for_a_bad_one(tmp_path):
    assert read_boxes(tmp_path, [], LABELS) == {}
    (tmp_path / "boxes.csv").write_text("image,finding,x,y,w,h\na.png,Effusion,1,2,3,4\n")
    with pytest.raises(TrainingError, match=r"boxes\.csv"):
        read_boxes(tmp_path, [tmp_path / "a.png"], LABELS)


def test_boxes_of_one_finding_become_one_mask():
    film, _ = film_with_border()
    geometry = to_square(film, 128)[1]
    boxes = (Box("nodule", 0.3, 0.1, 0.1, 0.1), Box("nodule", 0.8, 0.8, 0.1, 0.1))
    masks = box_masks(boxes, geometry)
    assert list(masks) == ["nodule"]
    assert masks["nodule"][:20].any()
    assert masks["nodule"][40:].any()


def test_masks_are_numbered_on_when_films_follow_films():
    one = masks_from([(1, 0, np.full((SIDE, SIDE), 9, np.uint8))], np.ones((2, 3), np.bool_))
    both = one.followed_by(one)
    assert both.known.shape == (4, 3)
    assert [column for column, _ in both.of(3)] == [0]
    assert list(both.of(2)) == []
    assert Masks.none(2, 3).followed_by(one).film.tolist() == [3]
