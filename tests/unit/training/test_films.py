from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from core.domain.errors import TrainingError
from core.training.batches import draw_chances
from core.training.films import (
    is_permissive,
    load_films,
    patient_folds,
    read_manifest,
    teaches,
    trainable,
)
from core.training.loop import taught
from core.training.recipe import Recipe
from tests.unit.training.conftest import line, write_manifest


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("NIH: no restriction on use; credit NIH Clinical Center", True),
        ("CC BY 3.0", True),
        ("CC BY 4.0 (figshare 1, compiler's claim; sources mixed)", True),
        ("CC BY", True),
        ("CC0 1.0 (VQA-RAD)", True),
        ("CC BY-NC-SA", False),
        ("CC BY-NC-ND 4.0", False),
        ("CC BY-SA 4.0", False),
        ("listed as authorized for everyone", False),
        ("", False),
    ],
)
def test_only_permissive_licences_are_trained_on(licence, allowed):
    assert is_permissive(licence) is allowed


def test_a_finding_that_was_not_looked_for_is_unknown_not_absent(film_folder):
    write_manifest(film_folder, [line(0, "Effusion;Mass", "train", labels_known="Effusion")])
    films = load_films(read_manifest(film_folder), ("pleural effusion", "mass"), 32)
    assert films.known.tolist() == [[True, False]]
    assert films.labels.tolist() == [[1.0, 0.0]]


def test_a_patient_on_both_sides_of_the_split_is_refused(film_folder):
    write_manifest(film_folder, [line(0, "", "train"), line(1, "", "val")])
    with pytest.raises(TrainingError, match="both train and val"):
        read_manifest(film_folder)


def test_a_folder_without_manifest_is_refused(tmp_path):
    with pytest.raises(TrainingError, match=r"manifest\.csv"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_folds_never_part_a_patient_and_are_even(film_folder, folds):
    rows = read_manifest(film_folder)
    dealt = patient_folds(rows, folds, seed=1)
    by_patient: dict[str, set[int]] = {}
    for row, fold in zip(rows, dealt, strict=True):
        by_patient.setdefault(row.patient, set()).add(int(fold))
    assert all(len(seen) == 1 for seen in by_patient.values())
    sizes = np.bincount([next(iter(seen)) for seen in by_patient.values()], minlength=folds)
    assert sizes.max() - sizes.min() <= 1


def test_folds_do_not_depend_on_the_order_of_the_rows(film_folder):
    rows = read_manifest(film_folder)
    forward, backward = patient_folds(rows, 3, 1), patient_folds(rows[::-1], 3, 1)
    assert forward.tolist() == backward[::-1].tolist()


def test_a_source_that_always_says_yes_teaches_nothing(film_folder):
    rows = [line(place, "Pneumonia" if place < 12 else "", "train") for place in range(24)]
    rows += [line(place, "Pneumonia", "train", source="one-sided") for place in range(30, 50)]
    write_manifest(film_folder, rows)
    read = read_manifest(film_folder)
    assert teaches(read, "nih_cxr14", "pneumonia")
    assert not teaches(read, "one-sided", "pneumonia")
    assert trainable(read) == ("pneumonia",)


def test_labels_of_a_one_sided_source_are_masked(film_folder):
    rows = [line(place, "Pneumonia" if place < 12 else "", "train") for place in range(20)]
    rows += [
        line(place, "Pneumonia", "train", source="one-sided", patient_id=f"q{place}")
        for place in range(20, 24)
    ]
    write_manifest(film_folder, rows)
    films = load_films(read_manifest(film_folder), ("pneumonia",), 32)
    known = taught(films, np.arange(24))
    assert known[:20].all()
    assert not known[20:].any()


def test_sources_are_drawn_by_their_shares_not_by_their_films():
    sources = np.array(["nih_cxr14"] * 10 + ["kermany_peds"] * 90 + ["other"] * 50)
    chances = draw_chances(sources, Recipe())
    drawn = {name: chances[sources == name].sum() for name in set(sources)}
    assert chances.sum() == pytest.approx(1)
    assert drawn["nih_cxr14"] > 3 * drawn["kermany_peds"]


@pytest.mark.films
def test_the_real_split_has_no_patient_on_two_sides():
    home = os.environ.get("OVERREAD_TEST_DATA")
    if not home or not (Path(home) / "cxr").is_dir():
        pytest.skip("OVERREAD_TEST_DATA has no cxr folder")
    rows = read_manifest(Path(home) / "cxr")
    train = {row.patient for row in rows if row.split == "train"}
    assert train
    assert not train & {row.patient for row in rows if row.split == "val"}
