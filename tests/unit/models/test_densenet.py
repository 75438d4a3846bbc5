"""The converted DenseNet-121: scores about their points, maps on the film, folders refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from core.domain.errors import FeatureError, ModelUnavailableError
from core.domain.model_errors import CheckpointRefusedError
from core.models import registry
from core.models.densenet import POINT, DenseNetClassifier
from core.models.language.catalogue import source_of
from core.models.language.checkpoint import open_checkpoint
from core.models.language.shelf import Shelf
from core.models.torchvision_guard import ensure_torchvision
from tests.checkpoints import change_json

SOURCE = source_of("torchxrayvision-densenet121")
LABELS = ["Effusion", "Cardiomegaly", "Fracture", "", "Lung Opacity"]
POINTS = [0.1, 0.2, 0.3, float("nan"), 0.4]


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights as the guide's conversion writes them."""
    folder = tmp_path_factory.mktemp("densenet")
    torch.manual_seed(0)
    network = ensure_torchvision().models.densenet121(weights=None, num_classes=len(LABELS))
    network.features.conv0 = torch.nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
    network.classifier.weight.data *= 0.02
    network.classifier.bias.data.fill_(-2.0)
    state = {**network.state_dict(), "op_threshs": torch.tensor(POINTS)}
    save_file(
        {name: tensor.contiguous() for name, tensor in state.items()}, folder / "model.safetensors"
    )
    document = {"architectures": ["DenseNet"], "labels": LABELS, "op_threshs": POINTS}
    (folder / "config.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def classifier(converted: Path) -> DenseNetClassifier:
    return DenseNetClassifier(open_checkpoint(SOURCE, converted))


@pytest.fixture
def copy(converted: Path, tmp_path: Path) -> Path:
    for path in converted.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def film(rows: int = 300, columns: int = 260) -> np.ndarray:
    return np.random.default_rng(3).random((rows, columns)).astype(np.float32)


def test_only_findings_of_the_vocabulary_that_were_trained_are_scored(
    classifier: DenseNetClassifier,
) -> None:
    names = {"pleural effusion", "cardiomegaly", "lung opacity"}
    reading = classifier.read(film())
    assert set(reading.scores) == set(classifier.figures) == names
    assert reading.probabilities == {}
    assert all(0.0 <= score <= 1.0 for score in reading.scores.values())
    assert classifier.identity.name == SOURCE.name and len(classifier.identity.digest) == 64
    for figures in classifier.figures.values():
        assert not figures.calibrated and figures.auroc is None and figures.positives == 0


def test_an_output_at_its_operating_point_is_shown_in_the_middle(
    classifier: DenseNetClassifier,
) -> None:
    points = np.array([0.1, 0.2, 0.3, 0.5, 0.4])
    at = classifier._shown(np.log(points / (1 - points)))
    assert list(at.values()) == pytest.approx([POINT] * 3)
    above = classifier._shown(np.log(points / (1 - points)) + 1.0)
    below = classifier._shown(np.log(points / (1 - points)) - 1.0)
    assert all(above[name] > POINT > below[name] for name in at)


def test_maps_lie_in_the_square_that_was_read(classifier: DenseNetClassifier) -> None:
    reading = classifier.read(film(200, 400), maps_for=("cardiomegaly", "hernia"))
    assert set(reading.maps) == {"cardiomegaly"}
    drawn = reading.maps["cardiomegaly"]
    assert drawn.shape == (128, 256) and drawn.max() <= 1.0
    # 200 of 400 columns in the middle were read.
    assert not drawn[:, :63].any() and not drawn[:, 193:].any()
    assert drawn[:, 64:192].any()


def test_a_film_that_says_nothing_is_refused(classifier: DenseNetClassifier) -> None:
    with pytest.raises(FeatureError):
        classifier.read(np.zeros((300, 300), np.float32))


def test_the_same_film_has_the_same_scores(classifier: DenseNetClassifier) -> None:
    assert classifier.read(film()).scores == classifier.read(film()).scores


@pytest.mark.parametrize(
    "change",
    [
        {"labels": LABELS[:3]},
        {"labels": None},
        {"op_threshs": ["a"] * 5},
        {"op_threshs": None},
        {"labels": [], "op_threshs": []},
    ],
)
def test_labels_without_points_are_refused(copy: Path, change: dict[str, object]) -> None:
    change_json(copy / "config.json", **change)
    with pytest.raises(CheckpointRefusedError, match="operating point"):
        DenseNetClassifier(open_checkpoint(SOURCE, copy))


def test_weights_of_other_labels_are_refused(copy: Path) -> None:
    change_json(copy / "config.json", labels=["Effusion"], op_threshs=[0.1])
    with pytest.raises(CheckpointRefusedError, match="no DenseNet-121 with these labels"):
        DenseNetClassifier(open_checkpoint(SOURCE, copy))


def test_weights_of_another_network_are_refused(copy: Path) -> None:
    state = load_file(copy / "model.safetensors")
    del state["features.conv0.weight"]
    save_file(state, copy / "model.safetensors")
    with pytest.raises(CheckpointRefusedError, match="no DenseNet-121"):
        DenseNetClassifier(open_checkpoint(SOURCE, copy))


# --- by its name --------------------------------------------------------------------------------


def test_it_is_loaded_by_its_name_once_its_folder_is_named(home: Path, converted: Path) -> None:
    absent = registry.entry(SOURCE.name)
    assert absent.state == "unavailable" and absent.reason == "the folder is not there"
    with pytest.raises(ModelUnavailableError):
        registry.load(SOURCE.name)

    Shelf(home / "models").name_folder(SOURCE.name, converted)
    entry = registry.entry(SOURCE.name)
    assert (entry.state, entry.kind, entry.measured) == ("ready", "classifier", None)
    loaded = registry.load(SOURCE.name)
    assert loaded.identity.digest == entry.digest
    assert registry.measured_of(loaded.identity) is None


def test_a_model_that_writes_is_no_classifier(home: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="no classifier"):
        registry.load("qwen2-vl-2b")
