"""The ``findings`` part of ``measured.json``, and the headline mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.operating import Decision
from core.evaluation.ranking import decision_figures, mean_figures, ranking_figures, source_figures
from core.evaluation.reliability import (
    calibration_figures,
    certainty_codes,
    certainty_figures,
    held_out,
)
from core.evaluation.scored import Scored

__all__ = ["CrossScored", "Scored", "all_figures", "finding_figures"]


@dataclass(frozen=True)
class CrossScored:
    """Headline train films, each scored by the member that never saw its patient."""

    films: Scored
    folds: npt.NDArray[np.int64]


def finding_figures(
    scored: Scored, column: int, decision: Decision, cross: CrossScored | None = None
) -> dict[str, Any]:
    """Return what stands in ``measured.json`` for one finding, intervals by patient."""
    films = scored.headline.known_of(column)
    reliability = {"val": _val_reliability(films, column, decision)}
    certainties = {"val": _val_certainties(films, column, decision)}
    figures: dict[str, Any] = {
        **ranking_figures(films, column),
        **decision.to_json(),
        **decision_figures(films, column, decision),
        "sources": source_figures(scored, column, decision),
        "side_accuracy": None,
        "localised": False,
    }
    if cross is not None:
        figures["cross_validation"] = ranking_figures(cross.films.known_of(column), column)
        reliability["cross_fit"], certainties["cross_fit"] = _cross_calls(cross, column, decision)
    return {**figures, "reliability": reliability, "certainties": certainties}


def _val_reliability(films: Scored, column: int, decision: Decision) -> dict[str, Any] | None:
    if decision.calibration is None or not len(films.labels):
        return None
    stated = decision.shown(films.logits[:, column])
    return calibration_figures(films.labels[:, column], stated, films.patients)


def _val_certainties(films: Scored, column: int, decision: Decision) -> dict[str, Any] | None:
    if not len(films.labels):
        return None
    codes = certainty_codes(decision.shown(films.logits[:, column]), decision)
    return certainty_figures(films.labels[:, column], codes, films.patients)


def _cross_calls(
    cross: CrossScored, column: int, decision: Decision
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Reliability and certainties, calibrated each time on the folds of other patients."""
    known = cross.films.known[:, column]
    films = cross.films.of(known)
    labels = films.labels[:, column]
    if not len(labels) or len(set(labels.tolist())) < 2:
        return None, None
    shown, codes, stated = held_out(labels, films.logits[:, column], cross.folds[known])
    certainties = certainty_figures(labels, codes, films.patients)
    if decision.calibration is None or not stated.any():
        return None, certainties
    return calibration_figures(labels[stated], shown[stated], films.patients[stated]), certainties


def all_figures(
    scored: Scored, decisions: Mapping[str, Decision], cross: CrossScored | None = None
) -> dict[str, Any]:
    """Return ``findings``, ``mean_nih_auroc``, ``mean_nih_auroc_over`` and ``mean_nih_auprc``.

    With cross-fitted scores also ``cross_validation``: the mean over findings on train patients.
    """
    mean = mean_figures(scored)
    figures: dict[str, Any] = {
        "findings": {
            name: finding_figures(scored, column, decisions[name], cross)
            for column, name in enumerate(scored.findings)
        },
        "mean_nih_auroc": mean["auroc"],
        "mean_nih_auroc_over": mean["over"],
        "mean_nih_auprc": mean["auprc"],
    }
    if cross is not None:
        across = mean_figures(cross.films)
        figures["cross_validation"] = {
            "folds": len(np.unique(cross.folds)),
            "films": len(cross.folds),
            "patients": len(set(cross.films.patients.tolist())),
            "mean_nih_auroc": across["auroc"],
            "mean_nih_auprc": across["auprc"],
            "over": across["over"],
        }
    return figures
