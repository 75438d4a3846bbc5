"""Masks become polygons in the pixels of the film."""

from __future__ import annotations

import cv2
import numpy as np

from core.imaging.outlines import outlines
from core.imaging.phantom.dicom_film import phantom_uid
from core.imaging.phantom.samples import sample_film


def test_each_part_has_an_outline_and_crumbs_have_none() -> None:
    mask = np.zeros((60, 80), np.bool_)
    mask[5:45, 5:35] = mask[10:30, 50:70] = mask[50:52, 2:5] = True
    large, small = outlines(mask, (2.0, 3.0))
    assert {(11.0, 16.5), (69.0, 133.5)} <= set(large)
    assert min(x for x, _ in small) == 101.0


def test_an_outline_covers_its_mask_within_a_pixel() -> None:
    y, x = np.mgrid[0:120, 0:120]
    mask = (x - 60) ** 2 + (y - 50) ** 2 < 30**2
    (outline,) = outlines(mask)
    drawn = np.zeros(mask.shape, np.uint8)
    cv2.fillPoly(drawn, [np.round(np.array(outline) - 0.5).astype(np.int32)], 1)
    assert np.logical_xor(drawn > 0, mask).sum() < 0.04 * mask.sum()


def test_an_empty_mask_has_no_outline() -> None:
    assert outlines(np.zeros((9, 9), np.bool_)) == []


def test_the_truth_of_a_sample_is_known_from_its_identifier() -> None:
    film = sample_film(str(phantom_uid("study", 3)), 192)
    assert film is not None
    assert film.findings == (("pleural effusion", "right"),)
    assert film.masks["pleural effusion"].any()
    assert sample_film("1.2.3", 192) is None
