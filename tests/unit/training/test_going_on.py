"""A run that goes on from the members of another."""

from __future__ import annotations

import csv
import json
import logging
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.domain.errors import TrainingError
from core.evaluation.document import Effort
from core.evaluation.embedded import compare_with_file, measure_again
from core.evaluation.unpretrained import read_unpretrained
from core.models.embedded import load_network
from core.models.network import NetworkShape
from core.training.films import patient_folds
from core.training.members import train_rows
from core.training.recipe import Recipe
from core.training.run import train_embedded
from tests.unit.training.conftest import write_films, write_manifest

SHAPE = NetworkShape((), size=32, widths=(8, 16, 16), blocks=(1, 1, 1), fused=8)
RECIPE = Recipe(
    folds=3, members=3, bare=1, epochs=1, pretraining=0, draws=8, batch=8, threads=1, size=32,
    phantoms=4, composites=0, readout=0.0,
)  # fmt: skip
READOUT = replace(RECIPE, epochs=0, readout=0.1)
EFFORT = Effort(phantoms=1, composites=1)
LEFT = ("weights.safetensors", "unpretrained.npz", "fitted.json")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Films, and what a run left of them."""
    folder = tmp_path_factory.mktemp("films")
    write_films(folder)
    train_embedded(folder, folder / "out", RECIPE, SHAPE, fit_only=True)
    return folder, folder / "out"


@pytest.fixture(scope="module")
def refitted(first: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run without epochs made of it."""
    films, out = first
    folder = tmp_path_factory.mktemp("refitted")
    train_embedded(films, folder, READOUT, effort=EFFORT, start=out)
    return folder


def test_without_epochs_only_the_readout_changes(first: tuple[Path, Path], refitted: Path) -> None:
    films, out = first
    before, after = (load_network(at / LEFT[0], "x").state_dict() for at in (out, refitted))
    changed = {name for name in after if not after[name].equal(before[name])}
    # A member with too few films of either kind keeps its own.
    assert {name.removeprefix("heads.")[2:] for name in changed} == {
        "whole.weight", "whole.bias", "trust",
    }  # fmt: skip
    assert not compare_with_file(measure_again(films, refitted), refitted).differing


def test_the_run_and_its_card_say_where_they_began(
    first: tuple[Path, Path], refitted: Path
) -> None:
    document = json.loads((refitted / "measured.json").read_text())
    told = json.loads((first[1] / "fitted.json").read_text())
    assert document["went_on_from"]["weights_sha256"] == told["weights_sha256"]
    assert document["went_on_from"]["recipe"] == told["recipe"]
    assert "--start FOLDER" in document["command"] and "--readout 0.1" in document["command"]
    card = (refitted / "card.md").read_text()
    assert f"went on from those with SHA-256 `{told['weights_sha256']}`" in card
    assert "fitted anew on the NIH films" in card
    assert "keeps the readout it was trained with" in card
    # The features know four phantoms, whatever this run would have drawn.
    assert "Apache-2.0 | | 4 | 0 |" in card


def test_members_without_pretraining_keep_what_they_said(
    first: tuple[Path, Path], refitted: Path
) -> None:
    kept, again = read_unpretrained(first[1]), read_unpretrained(refitted)
    assert kept is not None and again is not None
    assert np.array_equal(kept, again, equal_nan=True)


def test_with_epochs_members_learn_on_squares_of_another_size(
    first: tuple[Path, Path], tmp_path: Path
) -> None:
    films, out = first
    recipe = replace(RECIPE, size=48, learning_rate=1e-4)
    train_embedded(films, tmp_path, recipe, start=out, fit_only=True)
    before, after = (load_network(at / LEFT[0], "x") for at in (out, tmp_path))
    assert (before.shape.size, after.shape.size) == (32, 48)
    moved = [
        (new - old).abs().max().item()
        for old, new in zip(before.parameters(), after.parameters(), strict=True)
    ]
    # A step of a small rate from where they were, not from anywhere.
    assert 0 < max(moved) < 0.01
    assert not (tmp_path / "checkpoints" / "pretrained.pt").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seed": 5}, "other films or folds"),
        ({"folds": 4}, "other films or folds"),
        ({"members": 2}, "have 3 members, not 2"),
        ({"size": 48}, "say --size 32"),
        ({"readout": -1.0}, "or more"),
    ],
)
def test_members_that_do_not_fit_are_refused(
    first: tuple[Path, Path], tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    films, out = first
    with pytest.raises(TrainingError, match=said):
        train_embedded(films, tmp_path / "new", replace(READOUT, **change), start=out)
    assert not (tmp_path / "new" / LEFT[0]).exists()


@pytest.mark.parametrize("damage", ["no folder", "no record", "half a record", "other weights"])
def test_a_folder_that_no_run_left_is_refused(
    first: tuple[Path, Path], tmp_path: Path, damage: str
) -> None:
    films, out = first
    start = tmp_path / "start"
    if damage != "no folder":
        shutil.copytree(out, start)
    if damage == "no record":
        (start / "fitted.json").unlink()
    if damage == "half a record":
        (start / "fitted.json").write_text((start / "fitted.json").read_text()[:50])
    if damage == "other weights":
        (start / LEFT[0]).write_bytes(b"others")
    said = "not those that" if damage == "other weights" else "needs weights"
    with pytest.raises(TrainingError, match=said):
        train_embedded(films, tmp_path / "new", READOUT, start=start)


def test_films_in_another_order_are_refused(first: tuple[Path, Path], tmp_path: Path) -> None:
    """What members without pretraining said is kept by the place of a film."""
    films, out = first
    other = copied(films, tmp_path)
    head, *lines = (other / "manifest.csv").read_text().splitlines()
    (other / "manifest.csv").write_text("\n".join([head, *reversed(lines)]) + "\n")
    with pytest.raises(TrainingError, match="other films or folds"):
        train_embedded(other, tmp_path / "new", READOUT, start=out)


def copied(films: Path, to: Path) -> Path:
    return Path(shutil.copytree(films, to / "films", ignore=shutil.ignore_patterns("out")))


def test_films_that_teach_other_findings_are_refused(
    first: tuple[Path, Path], tmp_path: Path
) -> None:
    films, out = first
    other = copied(films, tmp_path)
    manifest = (other / "manifest.csv").read_text()
    (other / "manifest.csv").write_text(manifest.replace("Pneumonia", "Nodule"))
    with pytest.raises(TrainingError, match="other findings"):
        train_embedded(other, tmp_path / "new", READOUT, start=out)


def test_a_readout_never_learns_from_the_fold_its_member_did_not_see(
    first: tuple[Path, Path], refitted: Path, tmp_path: Path
) -> None:
    films, out = first
    other = copied(films, tmp_path)
    folds = dict(
        zip(
            (row.path.name for row in train_rows(films)),
            patient_folds(train_rows(films), RECIPE.folds, RECIPE.seed).tolist(),
            strict=True,
        )
    )
    rows = list(csv.DictReader((other / "manifest.csv").read_text().splitlines()))
    for row in rows:
        if folds.get(row["image"]) == 1:
            swapped = {"Effusion;Pneumonia": "No Finding", "No Finding": "Effusion;Pneumonia"}
            row["labels"] = swapped[row["labels"]]
    write_manifest(other, rows)
    train_embedded(other, tmp_path / "new", READOUT, start=out, fit_only=True)
    kept, changed = (load_network(at / LEFT[0], "x").heads for at in (refitted, tmp_path / "new"))
    same = [
        old.whole.weight.equal(new.whole.weight) for old, new in zip(kept, changed, strict=True)
    ]
    assert same[1] and not all(same)


def test_a_run_does_not_write_over_what_it_goes_on_from(first: tuple[Path, Path]) -> None:
    films, out = first
    with pytest.raises(TrainingError, match="another --out"):
        train_embedded(films, out, READOUT, start=out)


def test_a_run_may_go_on_from_one_that_went_on(
    first: tuple[Path, Path], refitted: Path, tmp_path: Path
) -> None:
    """Measured weights say what a run says of them; the card tells the whole way."""
    films, _ = first
    shipped = tmp_path / "shipped"
    shutil.copytree(refitted, shipped, ignore=shutil.ignore_patterns("fitted.json"))
    train_embedded(films, tmp_path / "new", READOUT, effort=EFFORT, start=shipped)
    document = json.loads((tmp_path / "new" / "measured.json").read_text())
    first_run = document["went_on_from"]["went_on_from"]
    assert first_run["recipe"]["phantoms"] == 4 and "went_on_from" not in first_run
    assert "Apache-2.0 | | 4 | 0 |" in (tmp_path / "new" / "card.md").read_text()


def test_another_readout_needs_no_other_training(
    first: tuple[Path, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    films, out = first
    again = Path(shutil.copytree(out, tmp_path / "out"))
    with caplog.at_level(logging.INFO):
        train_embedded(films, again, replace(RECIPE, readout=0.1), SHAPE, fit_only=True)
    assert "resumed after epoch 1" in caplog.text and "epoch 1 of 1" not in caplog.text
    assert (again / LEFT[0]).read_bytes() != (out / LEFT[0]).read_bytes()


def test_a_run_without_epochs_needs_something_to_go_on_from(
    first: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match="say --start"):
        train_embedded(first[0], tmp_path, READOUT, SHAPE)
