"""The whole command on tiny films: everything is written, measured and loadable."""

from __future__ import annotations

import json
import logging
from dataclasses import replace

import numpy as np
import pytest

from core.domain.errors import TrainingError
from core.evaluation.document import Effort
from core.evaluation.embedded import compare_with_file, measure_again
from core.models.embedded import EmbeddedClassifier
from core.models.network import NetworkShape
from core.training.recipe import Recipe
from core.training.run import train_embedded
from tests.unit.training.conftest import write_films

SHAPE = NetworkShape((), size=32, widths=(8, 16, 16), blocks=(1, 1, 1), fused=8)
RECIPE = Recipe(
    folds=2, members=2, bare=1, epochs=2, pretraining=1, draws=16, batch=8, threads=1,
    phantoms=4, composites=4,
)  # fmt: skip
EFFORT = Effort(phantoms=1, composites=1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of films and the folder that the command wrote; trained once for all tests."""
    folder = tmp_path_factory.mktemp("films")
    write_films(folder)
    train_embedded(folder, folder / "out", RECIPE, SHAPE, EFFORT)
    return folder, folder / "out"


def test_the_command_writes_every_artefact(trained):
    _, out = trained
    for name in ("weights.safetensors", "measured.json", "card.md", "roc.png", "unpretrained.npz"):
        assert (out / name).stat().st_size > 0
    document = json.loads((out / "measured.json").read_text())
    assert document["schema"] == 2
    assert set(document["findings"]) == {"pleural effusion", "pneumonia", "no finding"}
    assert document["split"]["train"]["nih_cxr14"] == {"films": 18, "patients": 9}
    effusion = document["findings"]["pleural effusion"]
    assert (effusion["positives"], effusion["negatives"]) == (2, 4)
    assert effusion["calibrated"] is False  # 10 positives are too few
    assert effusion["cross_fit"]["films"] == 18
    assert document["weights_sha256"] in (out / "card.md").read_text()


def test_what_was_written_can_be_loaded_and_measured_again(trained):
    folder, out = trained
    film = np.random.default_rng(0).uniform(0, 1, (90, 80)).astype(np.float32)
    assert set(EmbeddedClassifier(out).read(film).scores) == {
        "pleural effusion",
        "pneumonia",
        "no finding",
    }
    assert not compare_with_file(measure_again(folder, out), out).differing


def test_a_stopped_run_ends_like_an_unbroken_one(trained, caplog):
    folder, out = trained
    weights = (out / "weights.safetensors").read_bytes()
    (out / "checkpoints" / "member1.pt").unlink()
    (out / "fitted.json").unlink()
    with caplog.at_level(logging.INFO):
        train_embedded(folder, out, RECIPE, SHAPE, EFFORT)
    assert "member 0 resumed after epoch 2" in caplog.text
    assert "member -1 resumed after epoch 1" in caplog.text
    assert (out / "weights.safetensors").read_bytes() == weights


def test_a_run_that_was_fitted_elsewhere_is_only_measured(trained, tmp_path, caplog):
    folder, out = trained
    for name in ("weights.safetensors", "unpretrained.npz", "fitted.json"):
        (tmp_path / name).write_bytes((out / name).read_bytes())
    with caplog.at_level(logging.INFO):
        train_embedded(folder, tmp_path, RECIPE, SHAPE, EFFORT)
    assert "trained already" in caplog.text and not (tmp_path / "checkpoints").exists()
    kept, again = (json.loads((at / "measured.json").read_text()) for at in (out, tmp_path))
    # Another commit may measure than trained.
    assert kept | {"measured_with": None} == again | {"measured_with": None}
    assert again["trained_on"] == json.loads((out / "fitted.json").read_text())["trained_on"]


def test_weights_that_are_not_those_of_the_run_are_trained_anew(trained, tmp_path):
    folder, out = trained
    for name in ("unpretrained.npz", "fitted.json"):
        (tmp_path / name).write_bytes((out / name).read_bytes())
    (tmp_path / "weights.safetensors").write_bytes(b"others")
    train_embedded(folder, tmp_path, RECIPE, SHAPE, EFFORT, fit_only=True)
    assert (tmp_path / "weights.safetensors").read_bytes() != b"others"
    assert not (tmp_path / "measured.json").exists()


def test_members_without_pretraining_that_were_not_asked_before_are_trained(trained, tmp_path):
    folder, out = trained
    for name in ("weights.safetensors", "unpretrained.npz", "fitted.json"):
        (tmp_path / name).write_bytes((out / name).read_bytes())
    train_embedded(folder, tmp_path, replace(RECIPE, bare=2), SHAPE, EFFORT, fit_only=True)
    assert json.loads((tmp_path / "fitted.json").read_text())["recipe"]["bare"] == 2


def test_films_changed_in_other_processes_teach_the_same(trained, tmp_path):
    folder, _ = trained
    alone = replace(RECIPE, members=1, bare=0, pretraining=0, loaders=0)
    for loaders in (0, 2):
        recipe = replace(alone, loaders=loaders)
        train_embedded(folder, tmp_path / str(loaders), recipe, SHAPE, EFFORT, fit_only=True)
    weights = [(tmp_path / name / "weights.safetensors").read_bytes() for name in ("0", "2")]
    assert weights[0] == weights[1]


def test_checkpoints_of_another_recipe_or_other_films_are_refused(trained):
    folder, out = trained
    with pytest.raises(TrainingError, match="another recipe"):
        train_embedded(folder, out, replace(RECIPE, seed=5), SHAPE, EFFORT)
    other = folder.parent / "other films"
    other.mkdir()
    write_films(other)
    manifest = (other / "manifest.csv").read_text()
    (other / "manifest.csv").write_text(manifest.replace(",p1,", ",p99,", 1))
    with pytest.raises(TrainingError, match="other films"):
        train_embedded(other, out, RECIPE, SHAPE, EFFORT)


@pytest.mark.parametrize(("folds", "members"), [(1, 1), (2, 3), (3, 0)])
def test_a_run_without_unseen_films_to_calibrate_on_is_refused(
    film_folder, tmp_path, folds, members
):
    with pytest.raises(TrainingError, match="two folds"):
        recipe = replace(RECIPE, folds=folds, members=members, bare=0)
        train_embedded(film_folder, tmp_path / "out", recipe, SHAPE, EFFORT)


def test_fewer_members_than_folds_are_calibrated_on_what_they_did_not_see(film_folder, tmp_path):
    recipe = replace(RECIPE, folds=3, members=1, bare=0, pretraining=0)
    train_embedded(film_folder, tmp_path / "out", recipe, SHAPE, EFFORT)
    document = json.loads((tmp_path / "out" / "measured.json").read_text())
    assert document["findings"]["pleural effusion"]["cross_fit"]["films"] == 6
