"""Calibration, points and figures of relearned weights, in the shape of ``measured.json``.

What was not measured again is absent or null, so that no word of a draft rests on it: sides and
places are null unless the maps are those of the old weights, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.calibration import LEAST_POSITIVES, Platt
from core.evaluation.metrics import auroc
from core.evaluation.operating import Decision, decide
from core.evaluation.ranking import decision_figures, ranking_figures, source_figures
from core.evaluation.reliability import calibration_figures, certainty_codes, certainty_figures
from core.evaluation.scored import Scored
from core.models.measured import Measured
from core.training.relearning.recipe import WHOLE

CHOSEN, KEPT = "chosen", "kept"
_NEVER_ONE = 1e-6


@dataclass(frozen=True)
class Points:
    """Calibration and points of a finding, and whether they were chosen again or kept."""

    decision: Decision
    how: str


def points_of(unseen: Scored, old: Measured) -> dict[str, Points]:
    """Choose calibration and points on films unseen by the member that scored them.

    With fewer than ``LEAST_POSITIVES`` films of either kind the old points stay, at the same place
    of the raw score, and the old curve goes: it was fitted to other weights.
    """
    return {name: _points(unseen, column, old) for column, name in enumerate(unseen.findings)}


def _points(unseen: Scored, column: int, old: Measured) -> Points:
    films = unseen.known_of(column)
    labels, logits = films.labels[:, column], films.logits[:, column]
    positives = int(labels.sum())
    if min(positives, len(labels) - positives) >= LEAST_POSITIVES:
        return Points(decide(labels, logits), CHOSEN)
    name = unseen.findings[column]
    before, curve = old.findings[name], old.calibrations.get(name)
    area = auroc(labels, logits) if len(labels) else math.nan
    kept = Decision(
        calibration=None,
        operating_point=_raw(before.operating_point, curve),
        uncertain_point=_raw(before.uncertain_point, curve),
        positives=positives,
        films=len(labels),
        auroc=area,
    )
    return Points(kept, KEPT)


def _raw(point: float, curve: Any) -> float:
    """A point on the scale of probabilities as one on the scale of raw scores."""
    if curve is None:
        return point
    inside = min(max(point, _NEVER_ONE), 1 - _NEVER_ONE)
    logit = (math.log(inside / (1 - inside)) - curve.intercept) / curve.slope
    return round(1 / (1 + math.exp(-logit)), 4)


def findings_document(
    frozen: Scored, unseen: Scored, points: Mapping[str, Points], old: Measured, parts: str
) -> dict[str, Any]:
    """Return the ``findings`` of ``measured.json``: figures on frozen patients alone.

    Parameters
    ----------
    frozen : Scored
        Films of held-out patients with the logits of the vote.
    unseen : Scored
        Films that calibration and points were chosen on.
    """
    return {
        name: {
            **_figures(frozen, column, points[name].decision),
            **_stated(points[name], unseen, column),
            **_of_maps(name, old, parts),
        }
        for column, name in enumerate(frozen.findings)
    }


def _figures(frozen: Scored, column: int, decision: Decision) -> dict[str, Any]:
    films = frozen.known_of(column)
    if not len(films.labels):
        nothing = dict.fromkeys(
            ("sensitivity", "specificity", "sensitivity_uncertain", "specificity_uncertain")
        )
        return {
            **ranking_figures(films, column), **nothing, "sources": {},
            "reliability": {"val": None}, "certainties": {"val": None},
        }  # fmt: skip
    labels, shown = films.labels[:, column], decision.shown(films.logits[:, column])
    reliability = None
    if decision.calibration is not None:
        reliability = calibration_figures(labels, shown, films.patients)
    said = certainty_figures(labels, certainty_codes(shown, decision), films.patients)
    return {
        **ranking_figures(films, column),
        **decision_figures(films, column, decision),
        "sources": source_figures(frozen, column, decision),
        "reliability": {"val": reliability},
        "certainties": {"val": said},
    }


def _stated(points: Points, unseen: Scored, column: int) -> dict[str, Any]:
    decision = points.decision
    films = unseen.known_of(column)
    sources, counts = np.unique(films.sources, return_counts=True)
    curve: Platt | None = decision.calibration
    return {
        "operating_point": round(decision.operating_point, 4),
        "uncertain_point": round(decision.uncertain_point, 4),
        "calibrated": curve is not None,
        "calibration": {"slope": curve.slope, "intercept": curve.intercept} if curve else None,
        "prevalence": round(decision.positives / decision.films, 4) if decision.films else 0.0,
        "points": points.how,
        "cross_fit": {
            "positives": decision.positives,
            "films": decision.films,
            "auroc": None if math.isnan(decision.auroc) else round(decision.auroc, 4),
            "sources": {str(s): int(n) for s, n in zip(sources, counts, strict=True)},
        },
    }


def _of_maps(name: str, old: Measured, parts: str) -> dict[str, Any]:
    """What was measured of maps: of the same maps it holds, of others nothing is known."""
    entry = old.document["findings"].get(name, {})
    if parts != WHOLE:
        return {"localised": False, "side_accuracy": None}
    return {
        "localised": bool(entry.get("localised", False)),
        "side_accuracy": entry.get("side_accuracy"),
    }


def localisation_document(old: Measured, parts: str) -> dict[str, Any]:
    """Return ``localisation``: whole where the maps are the old ones, else the method alone."""
    if parts != WHOLE:
        return {"default": old.map_method}
    return {**old.document["localisation"], "of_weights": old.weights_sha256}


def scored(
    rows: tuple[Any, ...],
    findings: tuple[str, ...],
    labels: npt.NDArray[np.float32],
    known: npt.NDArray[np.bool_],
    logits: npt.NDArray[np.float32],
) -> Scored:
    """Return films with their logits; rows are `core.training.films.FilmRow`."""
    sources = np.array([row.source for row in rows], dtype=np.str_)
    patients = np.array([f"{row.source}:{row.patient}" for row in rows], dtype=np.str_)
    return Scored(findings, labels, known, logits, sources, patients)
