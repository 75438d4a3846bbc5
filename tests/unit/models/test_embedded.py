from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from core.domain.errors import FeatureError, ModelUnavailableError
from core.models.embedded import EmbeddedClassifier
from core.models.network import Network, NetworkShape
from core.models.preprocessing import to_square
from core.models.registry import EMBEDDED_FOLDER


@pytest.fixture
def film() -> np.ndarray:
    return np.random.default_rng(1).uniform(0.1, 0.9, (300, 250)).astype(np.float32)


def test_scores_come_from_the_weights_and_probabilities_from_the_calibration(weights_folder, film):
    model = EmbeddedClassifier(weights_folder)
    reading = model.read(film, maps_for=())
    logits = dict(zip(reading.scores, model.logits(film).tolist(), strict=True))

    assert set(reading.scores) == {"pleural effusion", "cardiomegaly", "no finding"}
    assert set(reading.probabilities) == {"pleural effusion"}
    for name, logit in logits.items():
        assert reading.scores[name] == pytest.approx(1 / (1 + math.exp(-logit)), abs=1e-5)
    expected = 1 / (1 + math.exp(-(2.0 * logits["pleural effusion"] - 1.0)))
    assert reading.probabilities["pleural effusion"] == pytest.approx(expected, abs=1e-5)


def test_maps_are_for_what_was_asked_in_the_films_aspect(weights_folder, film):
    model = EmbeddedClassifier(weights_folder)
    assert set(model.read(film).maps) == {"pleural effusion"}
    asked = model.read(film, maps_for=("cardiomegaly", "of another model")).maps
    assert set(asked) == {"cardiomegaly"}
    drawn = asked["cardiomegaly"]
    assert drawn.dtype == np.float32
    assert drawn.shape == (256, 213)
    assert drawn.min() >= 0
    assert drawn.max() <= 1


def test_identity_is_the_digest_of_the_file(weights_folder):
    document = json.loads((weights_folder / "measured.json").read_text())
    identity = EmbeddedClassifier(weights_folder).identity
    assert (identity.name, identity.digest) == ("tiny", document["weights_sha256"])


def test_other_weights_than_the_measured_ones_are_refused(weights_folder):
    weights = weights_folder / "weights.safetensors"
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(bytes(changed))
    with pytest.raises(ModelUnavailableError, match="not the ones that were measured"):
        EmbeddedClassifier(weights_folder)


@pytest.mark.parametrize("missing", ["weights.safetensors", "measured.json"])
def test_a_missing_file_is_one_sentence(weights_folder, missing):
    (weights_folder / missing).unlink()
    with pytest.raises(ModelUnavailableError, match="missing"):
        EmbeddedClassifier(weights_folder)


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 2, "name": "x"}'])
def test_a_damaged_figures_file_is_one_sentence(weights_folder, text):
    (weights_folder / "measured.json").write_text(text)
    with pytest.raises(ModelUnavailableError, match="damaged"):
        EmbeddedClassifier(weights_folder)


def test_a_constant_film_is_refused(weights_folder):
    with pytest.raises(FeatureError):
        EmbeddedClassifier(weights_folder).read(np.full((100, 100), 0.4, np.float32))


def test_readers_in_parallel_get_their_own_film(weights_folder):
    model = EmbeddedClassifier(weights_folder)
    rng = np.random.default_rng(2)
    films = [rng.uniform(0, 1, (200, 180 + 5 * place)).astype(np.float32) for place in range(6)]
    alone = [model.read(film) for film in films]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(model.read, films))
    for first, second in zip(alone, together, strict=True):
        assert second.scores == pytest.approx(first.scores, abs=1e-5)
        for name, drawn in first.maps.items():
            assert np.allclose(second.maps[name], drawn, atol=1e-4)


def test_a_symmetric_network_mirrors_its_map_with_the_film():
    """Square, network, gradients and way back commute with mirroring, to the pixel."""
    from core.explain.gradcam import split_gradcam

    torch.manual_seed(4)
    # An odd input keeps stride-2 windows symmetric about the middle column.
    shape = NetworkShape(("a",), size=65, widths=(8, 16, 32), blocks=(1, 1, 1))
    network = Network(shape).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim == 4:
                parameter.copy_((parameter + parameter.flip(3)) / 2)
    for module in network.modules():
        if isinstance(module, torch.nn.AvgPool2d):
            module.padding, module.kernel_size, module.count_include_pad = 1, 3, False

    def drawn(film: np.ndarray) -> np.ndarray:
        square, geometry = to_square(film, 65)
        features = network.features(torch.from_numpy(square)[None, None]).detach()
        return geometry.maps_to_film(split_gradcam(features, network.head, [0]))[0]

    film = np.random.default_rng(3).uniform(0, 1, (130, 130)).astype(np.float32)
    film[30:70, 20:60] += 1
    film /= 2
    straight, mirrored = drawn(film), drawn(np.ascontiguousarray(film[:, ::-1]))
    assert straight.max() > 0
    assert np.allclose(mirrored[:, ::-1], straight, atol=1e-3)


shipped = pytest.mark.skipif(
    not (EMBEDDED_FOLDER / "weights.safetensors").is_file(), reason="no shipped weights"
)


@shipped
def test_the_shipped_weights_load_and_read_without_a_network():
    model = EmbeddedClassifier(EMBEDDED_FOLDER)
    film = np.random.default_rng(1).uniform(0.1, 0.9, (1000, 900)).astype(np.float32)
    reading = model.read(film, maps_for=tuple(model.figures))
    assert set(reading.scores) == set(model.figures)
    assert set(reading.probabilities) == {n for n, f in model.figures.items() if f.calibrated}
    assert set(reading.maps) == set(model.figures)
    assert (EMBEDDED_FOLDER / "weights.safetensors").stat().st_size < 30e6


@shipped
def test_what_reads_says_what_was_trained():
    """The reader's network has its norms folded; the file holds them apart."""
    from core.models.embedded import load_network

    trained = load_network(EMBEDDED_FOLDER / "weights.safetensors", "shipped")
    film = np.random.default_rng(2).uniform(0.1, 0.9, (600, 500)).astype(np.float32)
    square, _ = to_square(film, trained.shape.size)
    with torch.no_grad():
        said = trained(torch.from_numpy(square)[None, None])[0].numpy()
    assert np.allclose(EmbeddedClassifier(EMBEDDED_FOLDER).logits(film), said, atol=1e-4)


@shipped
def test_every_shipped_point_is_in_order():
    for figures in EmbeddedClassifier(EMBEDDED_FOLDER).figures.values():
        assert 0 <= figures.uncertain_point <= figures.operating_point <= 1


@shipped
def test_only_what_was_measured_on_enough_boxes_is_a_place():
    located = EmbeddedClassifier(EMBEDDED_FOLDER).measured.document["localisation"]
    figures = EmbeddedClassifier(EMBEDDED_FOLDER).figures
    for name in figures:
        boxes = located["boxes"].get(name, 0)
        assert not figures[name].localised or boxes >= located["least_boxes"]


@shipped
@pytest.mark.films
def test_the_shipped_mean_auroc_can_be_measured_again():
    from core.evaluation.ranking import mean_auroc
    from core.evaluation.reading import read_films
    from core.evaluation.scored import HEADLINE, Scored
    from core.models.embedded import load_network
    from core.models.measured import read_measured
    from core.models.network import for_reading
    from core.training.films import label_tables, read_manifest

    home = os.environ.get("OVERREAD_TEST_DATA")
    if not home or not (Path(home) / "cxr").is_dir():
        pytest.skip("OVERREAD_TEST_DATA has no cxr folder")
    rows = [
        row for row in read_manifest(Path(home) / "cxr")
        if row.split == "val" and row.source == HEADLINE
    ]  # fmt: skip
    network = for_reading(load_network(EMBEDDED_FOLDER / "weights.safetensors", "shipped"))
    findings = network.shape.findings
    scored = Scored(
        findings,
        *label_tables(rows, findings),
        read_films(network, rows).vote,
        np.array([row.source for row in rows]),
        np.array([row.patient for row in rows]),
    )
    stated = read_measured(EMBEDDED_FOLDER).mean_nih_auroc
    assert mean_auroc(scored)[0].value == pytest.approx(stated.value, abs=0.002)


def test_the_list_of_models_needs_no_torch():
    code = (
        "import sys; from core.models.registry import entries; listed = entries(); "
        "assert listed and all(entry.name != 'fake' for entry in listed); "
        "sys.exit('torch' in sys.modules or 'cv2' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@shipped
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_shipped_maps_move_to_the_other_side_with_the_film(seed):
    """Mirror a phantom with an effusion on one side: the map's centre of weight mirrors with it.

    The network never saw a mirrored film and is not symmetric by construction, so this holds
    within a tolerance of the film's width, and says nothing about the side being right.
    """
    from core.imaging.phantom.film import make_film
    from core.imaging.phantom.lesions import PleuralEffusion
    from core.training.phantoms import phantom_grey

    name = "pleural effusion"
    film = phantom_grey(make_film(seed, "PA", [PleuralEffusion("left", 900.0)], rows=256).pixels)
    model = EmbeddedClassifier(EMBEDDED_FOLDER)
    straight = model.read(film, (name,)).maps[name]
    mirrored = model.read(np.ascontiguousarray(film[:, ::-1]), (name,)).maps[name]
    assert centre_across(straight) == pytest.approx(1 - centre_across(mirrored), abs=0.1)


def centre_across(drawn: np.ndarray) -> float:
    """The map's centre of weight as a share of the width."""
    across = (np.arange(drawn.shape[1]) + 0.5) / drawn.shape[1]
    return float((drawn * across).sum() / drawn.sum())
