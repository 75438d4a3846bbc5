"""How a film check is measured."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from core.evaluation.film_check import drawn, false_rejects, other_dicom, poses, write_figures
from core.evaluation.film_check_card import write_card
from core.evaluation.other_dicom import LeftOut, Picture, dicom_pictures
from core.models.film_check import FilmCheck
from core.models.film_standing import FilmStanding
from core.models.preprocessing import Grey
from core.models.registry import FILM_CHECK_FOLDER
from core.training.films import FilmRow
from tests.factories import dicom_bytes


class Brightness:
    """A check that takes bright pictures for chest films that lie as they should."""

    def check(self, grey: Grey) -> FilmStanding:
        return FilmStanding(chest=float(grey.mean()) > 0.5, chance=0.5)


CHECK = cast(FilmCheck, Brightness())
NOTHING = frozenset[str]()
PLAN: dict[str, object] = {
    "Modality": "RTPLAN",
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.481.5",
    "PixelData": None,
    "Rows": None,
}


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
    [found] = drawn(CHECK, kinds, each=3).values()
    assert found["pictures"] == 3 and 0 <= found["passed"] <= 3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = [
        ("ct.dcm", "CT", "HEAD"),
        ("same.dcm", "CT", "HEAD"),
        ("text.dcm", "", ""),
        ("plan.dcm", "RTPLAN", ""),
        ("odd.dcm", "DX", "CHEST"),
    ]
    for name, modality, _ in lines[:2]:
        (tmp_path / name).write_bytes(dicom_bytes(Modality=modality))
    (tmp_path / "text.dcm").write_bytes(b"text")
    (tmp_path / "plan.dcm").write_bytes(dicom_bytes(**PLAN))
    (tmp_path / "odd.dcm").write_bytes(dicom_bytes(Modality="CT")[:-100])
    with (tmp_path / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer: Any = csv.writer(file)
        writer.writerow(("file", "modality", "body_part"))
        writer.writerows(lines)
    return tmp_path


def test_other_modalities_are_read_and_equal_pixels_count_once(folder: Path) -> None:
    read = list(dicom_pictures(folder))
    pictures = [one for one in read if isinstance(one, Picture)]
    assert [picture.shows for picture in pictures] == ["CT HEAD", "CT HEAD"]
    assert other_dicom(CHECK, iter(pictures))["dicom"] == {
        "CT HEAD": {"passed": int(CHECK.check(pictures[0].grey).chest), "pictures": 1}
    }


def test_every_file_is_counted_and_what_is_left_out_says_why(folder: Path) -> None:
    read = list(dicom_pictures(folder))
    assert len(read) == 5
    left = {one.file: one.reason for one in read if isinstance(one, LeftOut)}
    assert left == {
        "text.dcm": "cannot be read",
        "plan.dcm": "holds no image",
        "odd.dcm": "cannot be read",
    }
    counted = other_dicom(CHECK, iter(read))["dicom_left_out"]
    assert counted == {"cannot be read": 2, "holds no image": 1, "same pixels as another file": 1}


def test_figures_join_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "measured.json").write_text('{"name": "x", "figures": {"a": 1}}', encoding="utf-8")
    write_figures(tmp_path, {"b": {"c": 2}})
    assert '"a": 1' in (tmp_path / "measured.json").read_text(encoding="utf-8")


@pytest.fixture
def shipped() -> dict[str, Any]:
    """The figures of the shipped check, to be written elsewhere."""
    return dict(json.loads((FILM_CHECK_FOLDER / "measured.json").read_text(encoding="utf-8")))


def card_of(document: dict[str, Any], folder: Path) -> str:
    (folder / "measured.json").write_text(json.dumps(document), encoding="utf-8")
    write_card(folder)
    return (folder / "card.md").read_text(encoding="utf-8")


def test_the_shipped_counts_are_numbers_and_stand_in_the_card(shipped: dict[str, Any]) -> None:
    card = (FILM_CHECK_FOLDER / "card.md").read_text(encoding="utf-8")
    figures = shipped["figures"]
    for group in ("drawn_kinds_learned", "drawn_kinds_held_out", "dicom"):
        assert figures[group]
        for name, count in figures[group].items():
            assert 0 <= count["passed"] <= count["pictures"] and count["pictures"] > 0
            assert f": {name} | {count['passed']} of {count['pictures']} |" in card


def test_the_card_cites_the_sources_of_its_films_and_no_other(
    shipped: dict[str, Any], tmp_path: Path
) -> None:
    assert card_of(shipped, tmp_path).count("\n- ") == 7
    few = card_of({**shipped, "train_films": {"hannover": 9, "nih_cxr14": 1}}, tmp_path)
    cited = [line[2:].split()[0] for line in few.splitlines() if line.startswith("- ")]
    assert cited == ["Wang", "Shih", "Winther"]


def test_the_card_says_which_files_were_not_tried(shipped: dict[str, Any], tmp_path: Path) -> None:
    left = {"cannot be read": 2, "same pixels as another file": 9}
    figures = {**shipped["figures"], "dicom_left_out": left}
    card = card_of({**shipped, "figures": figures}, tmp_path)
    assert (
        "DICOM files that were not tried: cannot be read 2; same pixels as another file 9." in card
    )
    del figures["dicom_left_out"]
    assert "not tried" not in card_of({**shipped, "figures": figures}, tmp_path)
