"""Made films and a small classifier with an error planted in it: it calls an effusion wherever a
device stands in the upper corner of the film."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from core.evaluation.operating import decide
from core.evaluation.ranking import decision_figures, ranking_figures
from core.evaluation.scored import HEADLINE, Scored
from core.models.measured import CARD, MEASURED, SCHEMA, WEIGHTS
from core.models.network import Network, NetworkShape
from core.models.preprocessing import to_square
from core.models.registry import EMBEDDED
from core.training.run import save_weights
from tests.unit.training.conftest import line, write_manifest

EFFUSION, NODULE = "pleural effusion", "nodule"
FINDINGS = (EFFUSION, NODULE)
SHAPE = NetworkShape(
    FINDINGS, size=32, widths=(8, 16, 16), blocks=(1, 1, 1), fused=16, members=2, dropout=0.0
)
FOLDS, SEED = 2, 7
SIDE = 64


@dataclass(frozen=True)
class Made:
    """What was drawn into a film."""

    effusion: bool
    nodule: bool
    device: bool

    @property
    def truth(self) -> tuple[float, float]:
        return float(self.effusion), float(self.nodule)

    @property
    def planted(self) -> tuple[float, float]:
        """What the classifier was taught: a device is an effusion, too."""
        return float(self.effusion or self.device), float(self.nodule)


def make(number: int, seed: int) -> list[Made]:
    """Every combination as often as every other, in a mixed order."""
    every = [Made(bool(n & 1), bool(n & 2), bool(n & 4)) for n in range(8)]
    kinds = [every[n % 8] for n in range(number)]
    order = np.random.default_rng(seed).permutation(number)
    return [kinds[n] for n in order]


def draw(made: Made, seed: int) -> npt.NDArray[np.float32]:
    """A film, (64, 64), in [0, 1]."""
    rng = np.random.default_rng(seed)
    film = 0.35 + rng.normal(0, 0.03, (SIDE, SIDE))
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    if made.effusion:
        film[44:, :30] += 0.3 + rng.uniform(-0.05, 0.05)
    if made.nodule:
        row, column = rng.integers(22, 34), rng.integers(38, 52)
        film += 0.45 * np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * 4.0**2))
    if made.device:
        film[4:14, 6:18] = 0.95
    return np.clip(film, 0.05, 1).astype(np.float32)


def squares(films: Sequence[npt.NDArray[np.float32]]) -> torch.Tensor:
    return torch.from_numpy(np.stack([to_square(film, SHAPE.size)[0] for film in films]))[:, None]


def write_shipped(folder: Path) -> Path:
    """Train the classifier with its error, and write it as a model is shipped."""
    torch.manual_seed(SEED)
    made = make(160, 1)
    films = squares([draw(one, 1000 + n) for n, one in enumerate(made)])
    labels = torch.tensor([one.planted for one in made])
    network = Network(SHAPE).train()
    adam = torch.optim.Adam(network.parameters(), 5e-3)
    for _epoch in range(10):
        for chosen in torch.split(torch.randperm(len(films)), 40):
            said = network.member_logits(network.features(films[chosen]))
            every = labels[chosen].expand_as(said)
            loss = functional.binary_cross_entropy_with_logits(said, every)
            adam.zero_grad()
            loss.backward()
            adam.step()
    return write_model(folder, network.eval())


def write_model(folder: Path, network: Network) -> Path:
    """Weights, figures and a card; points as other films with the error call for."""
    folder.mkdir(parents=True, exist_ok=True)
    digest = save_weights(network, folder / WEIGHTS)
    made = make(120, 2)
    with torch.no_grad():
        logits = network(squares([draw(one, 5000 + n) for n, one in enumerate(made)])).numpy()
    labels = np.array([one.planted for one in made], np.float32)
    patients = np.array([f"p{n}" for n in range(len(made))])
    known = np.ones(labels.shape, np.bool_)
    films = Scored(FINDINGS, labels, known, logits, np.full(len(made), HEADLINE), patients)
    entries = {name: _entry(films, column) for column, name in enumerate(FINDINGS)}
    document = {
        "schema": SCHEMA,
        "name": EMBEDDED,
        "weights_sha256": digest,
        "recipe": {"folds": FOLDS, "seed": SEED, "members": SHAPE.members},
        "mean_nih_auroc": None,
        "localisation": {"default": "trained map"},
        "findings": entries,
    }
    (folder / MEASURED).write_text(json.dumps(document), encoding="utf-8")
    (folder / CARD).write_text("# Made for a test\n", encoding="utf-8")
    return folder


def _entry(films: Scored, column: int) -> dict[str, Any]:
    decision = decide(films.labels[:, column], films.logits[:, column])
    return {
        **ranking_figures(films, column),
        **decision.to_json(),
        **decision_figures(films, column, decision),
        "side_accuracy": None,
        "localised": False,
    }


def write_frozen(folder: Path, made: Sequence[Made]) -> Path:
    """Frozen patients as a labelled folder, one film each."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for place, one in enumerate(made):
        cv2.imwrite(
            str(folder / f"film{place}.png"),
            np.rint(draw(one, 9000 + place) * 255).astype(np.uint8),
        )
        words = ";".join(
            word for word, there in (("Effusion", one.effusion), ("Nodule", one.nodule)) if there
        )
        known = {"labels_known": "Effusion;Nodule", "patient_id": f"frozen{place}"}
        lines.append(line(place, words, "val", source=HEADLINE, **known))
    write_manifest(folder, lines)
    return folder
