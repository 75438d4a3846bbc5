"""How a film check is measured."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from core.evaluation.film_check import drawn, false_rejects, other_dicom, poses, write_figures
from core.evaluation.other_dicom import dicom_pictures
from core.models.film_check import FilmCheck
from core.models.film_standing import FilmStanding
from core.models.preprocessing import Grey
from core.training.films import FilmRow
from tests.factories import dicom_bytes


class Brightness:
    """A check that takes bright pictures for chest films that lie as they should."""

    def check(self, grey: Grey) -> FilmStanding:
        return FilmStanding(chest=float(grey.mean()) > 0.5, chance=0.5)


CHECK = cast(FilmCheck, Brightness())
NOTHING = frozenset[str]()


def row(patient: str, source: str) -> FilmRow:
    return FilmRow(Path(), source, patient, "val", "PA", "", None, NOTHING, NOTHING)


def film(level: float) -> Grey:
    grey = np.full((40, 40), level, np.float32)
    grey[0, 0] = 1 - level
    return grey


def test_refused_films_are_counted_by_source() -> None:
    rows = [row("a", "one"), row("b", "one"), row("c", "two"), row("d", "two")]
    found = false_rejects(CHECK, rows, [film(0.9), film(0.1), film(0.9), film(0.8)])
    assert found["one"]["refused"] == 1 and found["one"]["rate"]["value"] == 0.5
    # None refused of two patients says little, and the interval says so.
    assert found["two"]["rate"]["value"] == 0 and found["two"]["rate"]["high"] > 0.5
    assert found["all"]["films"] == 4 and found["all"]["patients"] == 4


def test_every_way_to_lie_is_tried() -> None:
    found = poses(CHECK, [film(0.9), film(0.8)])
    assert found["all ways"] == {"films": 16, "refused": 8, "turn and scale right": 2}
    assert found["turned"]["left as they are"] == found["turned"]["films"] == 12
    assert found["inverted"] == {"films": 8, "called inverted": 0}


def test_drawn_pictures_that_pass_are_counted() -> None:
    kinds = {"black": lambda _rng: np.zeros((64, 64), np.float32)}
    assert drawn(CHECK, kinds, each=3)["black"].endswith(" of 3")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = [("ct.dcm", "CT", "HEAD"), ("same.dcm", "CT", "HEAD"), ("text.dcm", "", "")]
    for name, modality, _ in lines[:2]:
        (tmp_path / name).write_bytes(dicom_bytes(Modality=modality))
    (tmp_path / "text.dcm").write_bytes(b"text")
    with (tmp_path / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer: Any = csv.writer(file)
        writer.writerow(("file", "modality", "body_part"))
        writer.writerows(lines)
    return tmp_path


def test_other_modalities_are_read_and_equal_pixels_count_once(folder: Path) -> None:
    pictures = list(dicom_pictures(folder))
    assert [picture.shows for picture in pictures] == ["CT HEAD", "CT HEAD"]
    [(kind, words)] = other_dicom(CHECK, iter(pictures)).items()
    assert kind == "CT HEAD" and words.endswith(" of 1 pass")


def test_figures_join_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "measured.json").write_text('{"name": "x", "figures": {"a": 1}}', encoding="utf-8")
    write_figures(tmp_path, {"b": {"c": 2}})
    assert '"a": 1' in (tmp_path / "measured.json").read_text(encoding="utf-8")
