"""What reads findings from the features, fitted anew on patients' films."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.evaluation.metrics import auroc
from core.models.network import Network, NetworkShape
from core.training.embedded import read_squares
from core.training.readout import refit_readout

FINDINGS = ("mass", "nodule", "hernia")
SHAPE = NetworkShape(FINDINGS, size=32, widths=(8, 16, 16), blocks=(1, 1, 1), fused=8)


@pytest.fixture
def network() -> Network:
    torch.manual_seed(3)
    return Network(SHAPE).eval()


@pytest.fixture
def squares() -> np.ndarray:
    """Sixty films, the brighter the later."""
    rng = np.random.default_rng(1)
    brightness = np.linspace(40, 200, 60)[:, None, None]
    return (brightness + rng.uniform(-30, 30, (60, 32, 32))).astype(np.uint8)


def labels_of_brightness() -> tuple[np.ndarray, np.ndarray]:
    labels = np.zeros((60, 3), np.float32)
    labels[30:, 0] = 1
    labels[:, 1] = np.arange(60) % 2
    labels[:4, 2] = 1
    known = np.ones((60, 3), np.bool_)
    known[:20, 0] = False
    return labels, known


def test_a_finding_is_told_from_the_features(network: Network, squares: np.ndarray) -> None:
    labels, known = labels_of_brightness()
    before = auroc(labels[:, 0], read_squares(network, squares)[:, 0])
    refit_readout(network, squares, labels, known, 1.0)
    logits = read_squares(network, squares)[:, 0]
    assert auroc(labels[:, 0], logits) > max(0.97, before)
    # A logit of a half and half finding is about zero in the middle.
    assert logits[:20].mean() < 0 < logits[40:].mean()


def test_what_the_network_says_is_what_was_fitted(network: Network, squares: np.ndarray) -> None:
    labels, known = labels_of_brightness()
    whole, somewhere = features_of(network, squares)
    # Ten of sixty, so that the bias counts too.
    labels[:, 1] = somewhere[:, 1] >= np.sort(somewhere[:, 1])[-10]
    seen = np.column_stack([whole, somewhere[:, 1]])
    expected = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=5000))
    expected.fit(seen, labels[:, 1])
    refit_readout(network, squares, labels, known, 0.5)
    assert expected[-1].coef_[0, -1] > 0
    said = read_squares(network, squares)[:, 1]
    assert said == pytest.approx(expected.decision_function(seen), abs=1e-3)


def features_of(network: Network, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    with torch.no_grad():
        features = network.features(torch.from_numpy(squares.astype(np.float32) / 255)[:, None])
        head = network.heads[0]
        return network.pooled(features)[0].numpy(), head.somewhere(
            head.place_logits(features)
        ).numpy()


def test_a_map_never_speaks_against_its_own_finding(network: Network, squares: np.ndarray) -> None:
    labels, known = labels_of_brightness()
    _, somewhere = features_of(network, squares)
    # Present where the map sees it least.
    labels[:, 1] = somewhere[:, 1] < np.median(somewhere[:, 1])
    refit_readout(network, squares, labels, known, 10.0)
    assert network.heads[0].trust[1].item() == 0
    assert auroc(labels[:, 1], read_squares(network, squares)[:, 1]) > 0.5


def test_a_feature_that_hardly_moves_counts_little(network: Network, squares: np.ndarray) -> None:
    with torch.no_grad():
        fuse = network.trunks[0].fuse[1]
        fuse.weight[0] *= 1e-8
    labels, known = labels_of_brightness()
    refit_readout(network, squares, labels, known, 1.0)
    assert network.heads[0].whole.weight.abs().max() < 65504


def test_places_and_findings_with_few_films_stay(network: Network, squares: np.ndarray) -> None:
    labels, known = labels_of_brightness()
    kept = copy.deepcopy(network)
    refit_readout(network, squares, labels, known, 1.0)
    for name, value in network.state_dict().items():
        was = kept.state_dict()[name]
        if name.startswith("heads.0.whole") or name == "heads.0.trust":
            assert not torch.equal(value[:2], was[:2]) and torch.equal(value[2], was[2])
        else:
            assert torch.equal(value, was)


def test_labels_that_nobody_looked_for_teach_nothing(network: Network, squares: np.ndarray) -> None:
    labels, known = labels_of_brightness()
    other = copy.deepcopy(network)
    refit_readout(network, squares, labels, known, 1.0)
    refit_readout(other, squares, np.where(known, labels, 1 - labels), known, 1.0)
    assert torch.equal(network.heads[0].whole.weight, other.heads[0].whole.weight)
