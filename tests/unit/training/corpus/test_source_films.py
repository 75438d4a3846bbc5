from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from core.domain.finding import Certainty
from core.domain.training_errors import CorpusError
from core.findings.labeller import label
from core.training.corpus.sources.films import open_films

COLUMNS = (
    "image",
    "source",
    "licence",
    "patient_id",
    "view",
    "sex",
    "age",
    "labels",
    "labels_known",
    "split",
)
LOOKED_FOR = "Consolidation;Edema;Effusion;Pneumothorax;Cardiomegaly;Mass;Infiltration"


def line(number: int, **more: Any) -> dict[str, Any]:
    return {
        "image": f"images/{number}.jpg",
        "source": "nih_cxr14",
        "licence": "CC0",
        "patient_id": f"p{number}",
        "view": "PA",
        "sex": "F",
        "age": 40,
        "labels": "",
        "labels_known": LOOKED_FOR,
        "split": "train",
        **more,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    cv2.imwrite(str(tmp_path / "images" / "1.jpg"), np.full((20, 20), 90, np.uint8))
    return tmp_path


def written(folder: Path, *lines: dict[str, Any]) -> Path:
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(lines)
    return folder


def captions(folder: Path, *lines: dict[str, Any]) -> list[str]:
    return [record.caption for record in open_films(written(folder, *lines))]


@pytest.mark.parametrize(
    ("labels", "known", "view", "said"),
    [
        ("Mass", LOOKED_FOR, "PA", "There is a mass. No consolidation or pulmonary edema. "
         "No pleural effusion or pneumothorax. No cardiomegaly."),
        ("Effusion", "Effusion;Edema", "PA", "No pulmonary edema. There is a pleural effusion."),
        # A vague term is an opacity, and which one is open: no consolidation cannot be said of a
        # pneumonia.
        ("Infiltration", LOOKED_FOR, "AP", "There is a lung opacity. No consolidation or pulmonary "
         "edema. No pleural effusion or pneumothorax."),
        ("Pneumonia", "Pneumonia;Consolidation", "PA", "There is a lung opacity."),
        ("Consolidation;Lung Opacity", "Consolidation;Lung Opacity", "PA",
         "There is consolidation."),
        ("Cardiomegaly", "Cardiomegaly", "AP", "There is cardiomegaly."),
        ("", "Cardiomegaly", "AP", ""),
        ("", "COVID-19", "PA", ""),
    ],
)  # fmt: skip
def test_labels_in_words(folder: Path, labels: str, known: str, view: str, said: str) -> None:
    assert captions(folder, line(1, labels=labels, labels_known=known, view=view)) == [said]


def test_what_was_never_looked_for_is_not_denied(folder: Path) -> None:
    (said,) = captions(folder, line(1, labels="", labels_known="Edema"))
    assert said == "No pulmonary edema."


def test_the_labeller_reads_back_what_was_labelled(folder: Path) -> None:
    (said,) = captions(folder, line(1, labels="Mass;Effusion"))
    read = {(mention.name, mention.certainty, mention.laterality) for mention in label(said)}
    assert {name for name, sure, _ in read if sure is Certainty.PRESENT} == {
        "mass",
        "pleural effusion",
    }
    assert {side for _, _, side in read} == {None}


def test_adults_frontal_films_alone(folder: Path) -> None:
    rows = [
        line(1),
        line(2, age="1-5"),
        line(3, age=""),
        line(4, age=15),
        line(5, view="L"),
        line(6, licence="CC BY-NC 4.0"),
    ]
    assert [record.identifier for record in open_films(written(folder, *rows))] == ["images/1.jpg"]


def test_a_record_keeps_patient_split_licence_and_bytes(folder: Path) -> None:
    rows = [line(1), line(2, split="val", patient_id="other")]
    first, second = open_films(written(folder, *rows))
    assert (first.group, first.split, first.licence, first.chest) == ("p1", "train", "CC0", True)
    assert len(first.image()) == first.image_bytes > 0
    assert (second.group, second.split, second.image_bytes) == ("other", "validation", 0)


def test_a_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"manifest\.csv"):
        list(open_films(tmp_path))


def test_a_manifest_that_lacks_a_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("image,licence\na.jpg,CC0\n")
    with pytest.raises(CorpusError, match="cannot be read"):
        list(open_films(tmp_path))


@pytest.mark.films
def test_real_films_keep_their_split_and_name_no_side() -> None:
    where = os.environ.get("OVERREAD_TEST_DATA")
    if not where or not (Path(where) / "cxr" / "manifest.csv").is_file():
        pytest.skip("no labelled films at OVERREAD_TEST_DATA")
    records = list(open_films(Path(where) / "cxr"))
    sides = {split: {each.group for each in records if each.split == split} for split in
             ("train", "validation")}  # fmt: skip
    assert sides["train"] and sides["validation"]
    assert not sides["train"] & sides["validation"]
    words = {word for each in records for word in each.caption.lower().split()}
    assert not words & {"left", "right", "bilateral", "normal"}


def test_a_name_with_a_dot_before_it_is_the_same_file(folder: Path) -> None:
    (record,) = open_films(written(folder, line(1, image="./images/1.jpg")))
    assert (record.identifier, record.licence) == ("images/1.jpg", "CC0") and record.image_bytes


@pytest.mark.parametrize("name", ["/etc/hostname", "../outside.jpg"])
def test_a_name_outside_the_folder_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(CorpusError, match="outside its folder"):
        list(open_films(written(folder, line(1, image=name))))
