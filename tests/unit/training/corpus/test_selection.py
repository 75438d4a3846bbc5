from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from core.training.corpus.sample import Record
from core.training.corpus.selection import (
    chest_radiograph,
    names_another,
    names_chest_radiograph,
)

PLAIN, CHEST, CT = "C1306645", "C0817096", "C0040405"


def record(caption: str, *concepts: str, chest: bool = False) -> Record:
    return Record("rocov2", "1", "1", bytes, 0, caption, concepts, chest=chest)


@pytest.mark.parametrize(
    "caption",
    [
        "Chest radiograph showing a nodule.",
        "CXR on admission.",
        "PA chest x-ray.",
        "Chest X\u2010ray showing sarcoidosis.",
        "Postero-anterior X ray of the chest.",
        "Anteroposterior radiograph of the patient's chest.",
        "Thoracic radiograph with a raised diaphragm.",
        "Radiographie thoracique de face.",
        "Supine chest film: the right lung base shows an air bronchogram.",
        "Chest radiograph with a CT ratio of 0.6.",
        "Chest radiograph after catheterisation of the left subclavian vein.",
    ],
)
def test_words_that_name_a_chest_radiograph(caption: str) -> None:
    assert chest_radiograph(record(caption))


@pytest.mark.parametrize(
    "caption",
    [
        "Axial CT of the chest.",
        "Chest radiograph and CT scan.",
        "Chest computed tomography.",
        "Cardiac magnetic resonance and chest X-ray.",
        "Lung ultrasound of the chest; the chest radiograph was normal.",
        "Coronary angiography.",
        "Abdominal radiograph in a patient with chest pain.",
        "Radiograph of the left knee.",
        "Lateral radiograph of the cervical spine and chest.",
        "Chest radiograph of a rabbit.",
        "A patient with chest pain.",
        "Panoramic view.",
        "",
    ],
)
def test_words_that_do_not(caption: str) -> None:
    assert not chest_radiograph(record(caption))


def test_concepts_decide_where_words_are_silent() -> None:
    silent = "Bilateral infiltrates on admission."
    assert chest_radiograph(record(silent, PLAIN, CHEST))
    assert chest_radiograph(record(silent, "C0039985"))
    assert not chest_radiograph(record(silent, PLAIN))
    assert not chest_radiograph(record(silent, PLAIN, "C0030797"))


def test_a_concept_of_another_modality_outweighs_words() -> None:
    assert not chest_radiograph(record("Chest radiograph.", PLAIN, CHEST, CT))


def test_words_of_another_modality_outweigh_concepts() -> None:
    assert not chest_radiograph(record("Axial CT.", PLAIN, CHEST))


def test_a_source_of_chest_radiographs_is_believed() -> None:
    assert chest_radiograph(record("The heart is enlarged.", chest=True))


@pytest.mark.films
def test_real_captions_are_selected_by_the_rules() -> None:
    path = Path(os.environ["OVERREAD_TEST_DATA"]) / "text" / "roco_chest_captions.csv"
    if not path.is_file():
        pytest.skip("no list of ROCO captions in OVERREAD_TEST_DATA")
    with path.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    selected = [row for row in rows if chest_radiograph(record(row["caption"]))]
    for row in selected:
        assert names_chest_radiograph(row["caption"]) and not names_another(row["caption"])
        assert row["mentions_ct_mr"] == "False"
    # The list was made by a search for chest radiographs.
    assert len(selected) > 0.9 * len(rows)
