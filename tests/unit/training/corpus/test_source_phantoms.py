from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.domain.training_errors import CorpusError
from core.imaging.phantom.lesions import Cardiomegaly, Consolidation, Nodule, PleuralEffusion
from core.training.corpus.sources.phantoms import open_phantoms, true_report


def test_true_reports_name_what_was_drawn_and_its_side() -> None:
    lesions = (
        PleuralEffusion("left", 500.0),
        Consolidation("right", "upper", 30.0),
        Cardiomegaly(1.3),
    )
    assert true_report(lesions) == (
        "There is right consolidation. No pulmonary edema. There is a left pleural effusion. "
        "No pneumothorax. There is cardiomegaly."
    )


def test_one_kind_on_both_sides_is_bilateral() -> None:
    nodules = (Nodule("left", 12.0, "upper", 0), Nodule("right", 12.0, "lower", 1))
    assert true_report(nodules).startswith("There are bilateral nodules.")
    assert true_report((*nodules, Nodule("left", 9.0, "lower", 2))).startswith(
        "There are bilateral nodules."
    )


def test_nothing_drawn_is_denied_and_not_called_normal() -> None:
    assert true_report(()) == (
        "No consolidation or pulmonary edema. No pleural effusion or pneumothorax. No cardiomegaly."
    )


def test_films_are_drawn_once_and_are_the_same_again(tmp_path: Path) -> None:
    first = list(open_phantoms(tmp_path / "kept", 2))
    drawn = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "kept").iterdir()}
    again = list(open_phantoms(tmp_path / "kept", 2))
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "kept").iterdir()} == drawn
    assert len(drawn) == len(first) == 2
    for one, other in zip(first, again, strict=True):
        assert (one.identifier, one.caption) == (other.identifier, other.caption)
        encoded = one.image()
        assert len(encoded) == one.image_bytes
        film = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_UNCHANGED)
        assert film.ndim == 2 and film.std() > 10
    assert first[0].group != first[1].group
    assert {one.split for one in first} == {""}


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CorpusError, match="cannot be made"):
        next(iter(open_phantoms(tmp_path / "file" / "kept")))
