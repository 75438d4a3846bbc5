from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from core.findings.vocabulary import TERMS
from core.training.composites import SOURCE as COMPOSITE
from core.training.composites import composite_films
from core.training.drawn import labels_of
from core.training.films import FilmRow, read_manifest
from core.training.phantoms import SOURCE as PHANTOM
from core.training.phantoms import phantom_films

FINDINGS = tuple(term.name for term in TERMS)
ALL = frozenset(FINDINGS)


def test_a_consolidation_is_a_lung_opacity():
    positive, known = labels_of({"consolidation"}, frozenset())
    assert positive == known == {"consolidation", "lung opacity"}


@pytest.mark.parametrize("name", ["atelectasis", "edema", "mass", "nodule", "pleural effusion"])
def test_what_only_some_call_an_opacity_leaves_it_unknown(name):
    positive, known = labels_of({name}, ALL)
    assert positive == {name}
    assert known == ALL - {"lung opacity"}


@pytest.mark.parametrize("names", [set(), {"pneumothorax"}, {"cardiomegaly"}])
def test_without_a_shadow_of_the_lung_there_is_no_opacity(names):
    assert "lung opacity" in labels_of(names, ALL)[1]


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory):
    return phantom_films(12, FINDINGS, 48, 3, tmp_path_factory.mktemp("phantoms"))


def test_phantoms_know_what_was_drawn_and_where(phantoms):
    assert phantoms.squares.shape == (12, 48, 48)
    assert set(phantoms.sources) == {PHANTOM}
    assert phantoms.labels.any()
    for film in range(12):
        for column, mask in phantoms.masks.of(film):
            assert phantoms.labels[film, column] == 1
            assert mask.any()
    assert (phantoms.masks.known <= phantoms.known).all()
    assert not phantoms.masks.known[:, FINDINGS.index("fibrosis")].any()
    assert not phantoms.known[:, FINDINGS.index("pneumonia")].any()


def test_phantoms_are_drawn_once(tmp_path):
    first = phantom_films(2, FINDINGS, 32, 3, tmp_path)
    (kept,) = tmp_path.glob("*.npz")
    stamp = kept.stat().st_mtime_ns
    again = phantom_films(2, FINDINGS, 32, 3, tmp_path)
    assert kept.stat().st_mtime_ns == stamp
    assert np.array_equal(first.squares, again.squares)
    assert phantom_films(0, FINDINGS, 32, 3, tmp_path) is None


def test_a_film_without_lungs_is_kept_as_it_is(film_folder, tmp_path):
    known = frozenset({"no finding", "nodule", "pneumonia"})
    row = FilmRow(
        film_folder / "film2.png", "nih_cxr14", "p1", "train", "PA", "F", 40.0,
        frozenset({"no finding"}), known,
    )  # fmt: skip
    films = composite_films(2, [row], FINDINGS, 32, 3, tmp_path)
    assert set(films.sources) == {COMPOSITE}
    assert films.rows[0].patient == "p1"
    assert not films.labels.any()
    assert films.known[0, FINDINGS.index("pneumonia")]
    assert composite_films(2, [], FINDINGS, 32, 3, tmp_path) is None


def test_phantoms_can_hold_nodules_alone(tmp_path):
    films = phantom_films(3, FINDINGS, 32, 3, tmp_path, nodules=1.0)
    assert films.labels[:, FINDINGS.index("nodule")].all()
    assert films.labels.sum() == 3


@pytest.mark.films
@pytest.mark.parametrize("nodules", [0.0, 1.0])
def test_the_share_of_nodules_among_composites_is_chosen(tmp_path, nodules):
    home = os.environ.get("OVERREAD_TEST_DATA")
    if not home or not (Path(home) / "cxr").is_dir():
        pytest.skip("OVERREAD_TEST_DATA has no cxr folder")
    rows = read_manifest(Path(home) / "cxr")
    films = composite_films(4, rows, FINDINGS, 32, 3, tmp_path, nodules=nodules)
    drawn = {FINDINGS[column] for column in films.masks.column}
    assert drawn == {"nodule"} if nodules else drawn and "nodule" not in drawn
