"""Pixels that are not square: films come in their true proportions."""

from __future__ import annotations

import numpy as np
import pytest

from core.imaging.intake import read_file
from tests.factories import dicom_bytes


@pytest.mark.parametrize(
    ("tags", "shape", "spacing"),
    [
        ({"ImagerPixelSpacing": [0.4, 0.2]}, (192, 80), (0.2, 0.2)),
        ({"ImagerPixelSpacing": [0.2, 0.3]}, (96, 120), (0.2, 0.2)),
        ({"ImagerPixelSpacing": None, "PixelAspectRatio": [2, 1]}, (192, 80), None),
        ({"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.4, 0.2]}, (96, 80), (0.1, 0.1)),
        ({"ImagerPixelSpacing": [0.2, 0.2005]}, (96, 80), (0.2, 0.2005)),
        ({"ImagerPixelSpacing": [0, 0.2]}, (96, 80), None),
        ({"ImagerPixelSpacing": None, "PixelAspectRatio": [0, 1]}, (96, 80), None),
    ],
)
def test_films_come_in_their_true_proportions(
    tags: dict[str, object], shape: tuple[int, int], spacing: tuple[float, float] | None
) -> None:
    film = read_file("a", dicom_bytes(**tags))
    assert film.pixels.shape == shape and film.spacing_mm == spacing
    assert any("true proportions" in note for note in film.notes) == (shape != (96, 80))


def test_interpolation_keeps_a_ramp_and_its_ends() -> None:
    ramp = np.tile(np.arange(96, dtype=np.uint16)[:, None] * 10, (1, 80))
    tall = (
        read_file("a", dicom_bytes(ramp, ImagerPixelSpacing=[0.4, 0.2], WindowCenter=None))
        .pixels[:, 0]
        .astype(int)
    )
    assert tall[0] == 0 and tall[-1] == 950 and np.all(np.diff(tall) >= 0)
    assert np.abs(tall[2:-2] - (np.arange(192)[2:-2] * 5 - 2.5)).max() <= 1


def test_absurd_proportions_are_only_said() -> None:
    film = read_file("a", dicom_bytes(ImagerPixelSpacing=[9, 0.1]))
    assert film.pixels.shape == (96, 80) and "as if they were square" in film.notes[0]
