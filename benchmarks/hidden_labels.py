"""Real films whose labels are hidden until they are asked for, and small heads that learn of them.

A network that learned from a film knows its labels already. The embedded network's members are
cross-fitted: each learned from all train patients but those of its own fold. So each fold is a
field of its own: the films of the patients that its member never saw, which are its fold and the
val patients, in that member's features.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from core.evaluation.scored import HEADLINE
from core.findings.vocabulary import NAMES
from core.models.embedded import load_network
from core.models.measured import check_weights, read_measured
from core.models.network import Network
from core.models.preprocessing import to_square
from core.models.registry import EMBEDDED_FOLDER
from core.training.films import FilmRow, label_tables, patient_folds, read_grey, read_manifest
from core.training.recipe import Recipe

LEAST_POSITIVES = 40
"""Films with a finding, in all, from which on its ranking is looked at."""
INVERSE_PENALTY = 0.01
"""Of the heads' weights (L2, in scikit-learn's C): few films, many features."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Field:
    """Films that one member never saw: features (films, width), labels (films, findings)."""

    features: Floats
    labels: Floats
    patients: npt.NDArray[np.str_]

    def rows(self, chosen: npt.NDArray[np.intp]) -> Field:
        return Field(self.features[chosen], self.labels[chosen], self.patients[chosen])


def findings_of(rows: Sequence[FilmRow]) -> tuple[str, ...]:
    """Return the findings that were looked for in every film and are there often enough."""
    everywhere = frozenset(NAMES).intersection(*(row.known for row in rows))
    often = {
        name for name in everywhere if sum(name in row.positive for row in rows) >= LEAST_POSITIVES
    }
    return tuple(name for name in NAMES if name in often)


def drawn_field(films: int = 90) -> Field:
    """Return films that were never taken, three a patient: a finding that two features tell."""
    draw = np.random.default_rng(0)
    features = draw.normal(size=(films, 6))
    told = features[:, :1] + features[:, 1:2] + draw.normal(0, 0.5, (films, 1))
    patients = np.array([f"P{film // 3}" for film in range(films)])
    return Field(features, (told > 1).astype(np.float64), patients)


def read_fields(films: Path, cache: Path) -> tuple[list[Field], tuple[str, ...]]:
    """Return a field for each member, and the findings of its labels.

    Parameters
    ----------
    cache : Path
        Folder in which features are kept, by the digests of weights and films' names.
    """
    torch.set_num_threads(1)
    measured = read_measured(EMBEDDED_FOLDER)
    network = load_network(check_weights(EMBEDDED_FOLDER, measured), measured.name)
    every = read_manifest(films)
    train = [row for row in every if row.split == "train"]
    recipe = Recipe()
    fold_of = patient_folds(train, recipe.folds, recipe.seed)
    findings = findings_of([row for row in every if row.source == HEADLINE])
    fields = []
    for member in range(network.shape.members):
        unseen = [row for row, fold in zip(train, fold_of, strict=True) if fold == member]
        unseen += [row for row in every if row.split == "val"]
        rows = [row for row in unseen if row.source == HEADLINE]
        named = [measured.weights_sha256, str(member), *(row.path.name for row in rows)]
        name = hashlib.sha256("\n".join(named).encode()).hexdigest()[:24]
        features = _features(network.member(member), rows, cache / f"{name}.npy")
        labels, _known = label_tables(rows, findings)
        fields.append(
            Field(features, labels.astype(np.float64), np.array([r.patient for r in rows]))
        )
    return fields, findings


def _features(member: Network, rows: Sequence[FilmRow], path: Path) -> Floats:
    """Return the means of a member's last feature map, (films, width); made once."""
    if path.is_file():
        return np.asarray(np.load(path, allow_pickle=False), np.float64)
    made = []
    with torch.no_grad():
        for row in rows:
            square, _geometry = to_square(read_grey(row.path), member.shape.size)
            cells = member.features(torch.from_numpy(square)[None, None])
            made.append(member.pooled(cells)[0, 0].numpy())
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.stack(made), allow_pickle=False)
    return np.asarray(np.stack(made), np.float64)


def scaled(features: Floats) -> Floats:
    """Return features of mean 0 and variance 1: their scale needs no label."""
    return np.asarray(StandardScaler().fit_transform(features), np.float64)


def learned(features: Floats, labels: Floats, asked: Floats) -> Floats:
    """Return the probabilities of all findings in other films, (asked films, findings).

    One logistic regression a finding. What was seen in every film or in none so far gets its share,
    counted as if one film with and one without it had been seen besides.
    """
    said = np.empty((len(asked), labels.shape[1]))
    for column, seen in enumerate(labels.T):
        if 0 < seen.sum() < len(seen):
            head = LogisticRegression(C=INVERSE_PENALTY, max_iter=200, tol=1e-3)
            said[:, column] = head.fit(features, seen).predict_proba(asked)[:, 1]
        else:
            said[:, column] = (seen.sum() + 1) / (len(seen) + 2)
    return said
