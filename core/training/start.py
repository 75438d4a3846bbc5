"""Weights that a run goes on from: trained before, of the same patients in the same folds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.domain.errors import TrainingError
from core.models.measured import MEASURED, WEIGHTS, WENT_ON
from core.training.films import FilmRow, patient_folds
from core.training.recipe import Recipe

FITTED = "fitted.json"
"""What trained the weights beside it; a run that finds its own goes on with measuring."""
DEALT = "dealt_sha256"
_TOLD = ("weights_sha256", "command", "commit", "recipe", "torch", "trained_on")


@dataclass(frozen=True)
class Start:
    """A folder that a run wrote. ``told`` is what stands of it beside the figures of the next."""

    folder: Path
    told: Mapping[str, Any]

    @property
    def weights(self) -> Path:
        return self.folder / WEIGHTS


def read_start(folder: Path, rows: Sequence[FilmRow], recipe: Recipe) -> Start:
    """Check that a run may go on from the weights of a folder.

    Raises
    ------
    TrainingError
        If the folder does not hold what a run leaves, its weights are others, or its members saw
        other films than those this recipe deals them: their scores would not be of unseen patients.
    """
    # What a run measured says the same of it; shipped weights come with that alone.
    record = folder / (FITTED if (folder / FITTED).exists() else MEASURED)
    try:
        run: Mapping[str, Any] = json.loads(record.read_text(encoding="utf-8"))
        weights = (folder / WEIGHTS).read_bytes()
        told = {key: run[key] for key in _TOLD} | {
            key: run[key] for key in (WENT_ON,) if key in run
        }
        dealt, members = run[DEALT], run["recipe"]["members"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            reason=f"the folder to go on from needs {WEIGHTS} beside a {FITTED} that says whom its "
            "members saw; give the folder that a training run of this version wrote"
        ) from error
    if hashlib.sha256(weights).hexdigest() != told["weights_sha256"]:
        raise TrainingError(
            reason=f"the weights to go on from are not those that {record.name} speaks of; "
            "copy both from the same run"
        )
    if members != recipe.members:
        raise TrainingError(
            reason=f"the weights to go on from have {members} members, not {recipe.members}; "
            f"say --members {members}"
        )
    if dealt != deal_digest(rows, recipe):
        raise TrainingError(
            reason="the weights to go on from were trained on other films or folds, so that no "
            "member's unseen patients are known; give their films, --seed and --folds"
        )
    return Start(folder, told)


def deal_digest(rows: Sequence[FilmRow], recipe: Recipe) -> str:
    """Return what tells which films there are, in which order, and which member never saw them."""
    folds = patient_folds(rows, recipe.folds, recipe.seed).tolist()
    dealt = [(r.path.name, r.source, r.patient, fold) for r, fold in zip(rows, folds, strict=True)]
    return hashlib.sha256(json.dumps(dealt).encode()).hexdigest()


def taught_in(run: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the run that the features were learned in: one without epochs left them alone."""
    while not run["recipe"]["epochs"]:
        run = run[WENT_ON]
    return run


def first_of(run: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the run that began with nothing."""
    while WENT_ON in run:
        run = run[WENT_ON]
    return run
