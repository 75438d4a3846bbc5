"""Weights that a run goes on from: trained before, of the same patients in the same folds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.domain.errors import TrainingError
from core.models.measured import WEIGHTS
from core.training.films import FilmRow, patient_folds
from core.training.recipe import Recipe

FITTED = "fitted.json"
"""What trained the weights beside it; a run that finds its own goes on with measuring."""
DEALT = "dealt_sha256"
WENT_ON = "went_on_from"
"""Where a run says which one it went on from."""
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
        other patients than those this recipe deals them: their scores would not be of unseen ones.
    """
    try:
        fitted: Mapping[str, Any] = json.loads((folder / FITTED).read_text(encoding="utf-8"))
        weights = (folder / WEIGHTS).read_bytes()
        told = {key: fitted[key] for key in _TOLD}
        dealt, members = fitted[DEALT], fitted["recipe"]["members"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            reason=f"the folder to go on from has no {WEIGHTS} with the {FITTED} of their run"
        ) from error
    if hashlib.sha256(weights).hexdigest() != told["weights_sha256"]:
        raise TrainingError(
            reason=f"the weights to go on from are not those that {FITTED} speaks of"
        )
    if dealt != deal_digest(rows, recipe) or members != recipe.members:
        raise TrainingError(
            reason="the weights to go on from were trained on other patients or folds, so that "
            "no member's unseen films are known"
        )
    return Start(folder, told)


def deal_digest(rows: Sequence[FilmRow], recipe: Recipe) -> str:
    """Return what tells which patients each member of a run never saw."""
    folds = patient_folds(rows, recipe.folds, recipe.seed).tolist()
    dealt = sorted({(row.source, row.patient, fold) for row, fold in zip(rows, folds, strict=True)})
    return hashlib.sha256(json.dumps(dealt).encode()).hexdigest()
