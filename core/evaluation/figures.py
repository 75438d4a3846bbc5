"""The figures of a classifier on val films: per finding, per source, and the headline mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.metrics import auroc, patient_interval, sensitivity, specificity
from core.evaluation.operating import Decision
from core.findings.vocabulary import BY_NIH, NO_FINDING
from core.models.base import Interval
from core.models.measured import interval_json

HEADLINE = "nih_cxr14"
LEAST_FOR_MEAN = 5
"""Positives in val below which a finding's AUROC is noise and stays out of the mean."""


@dataclass(frozen=True)
class Scored:
    """Val films with their logits. Arrays have shape (films, findings) or (films,)."""

    findings: tuple[str, ...]
    labels: npt.NDArray[np.float32]
    known: npt.NDArray[np.bool_]
    logits: npt.NDArray[np.float32]
    sources: npt.NDArray[np.str_]
    patients: npt.NDArray[np.str_]

    def of(self, chosen: npt.NDArray[np.bool_]) -> Scored:
        return Scored(
            self.findings,
            self.labels[chosen],
            self.known[chosen],
            self.logits[chosen],
            self.sources[chosen],
            self.patients[chosen],
        )

    @property
    def headline(self) -> Scored:
        """The films of the headline source; all films where it has none."""
        chosen = self.sources == HEADLINE
        return self.of(chosen) if chosen.any() else self


def finding_figures(scored: Scored, column: int, decision: Decision) -> dict[str, Any]:
    """Return what stands in ``measured.json`` for one finding, intervals by patient."""
    films = scored.headline
    films = films.of(films.known[:, column])
    labels, shown = films.labels[:, column], decision.shown(films.logits[:, column])
    positives = int(labels.sum())
    counts = {"positives": positives, "negatives": len(labels) - positives}
    present, possible = shown >= decision.operating_point, shown >= decision.uncertain_point
    figures = {
        "auroc": (partial(auroc, labels, shown), min(counts.values())),
        "sensitivity": (partial(sensitivity, labels, present), counts["positives"]),
        "specificity": (partial(specificity, labels, present), counts["negatives"]),
        "sensitivity_uncertain": (partial(sensitivity, labels, possible), counts["positives"]),
        "specificity_uncertain": (partial(specificity, labels, possible), counts["negatives"]),
    }
    measured = {
        key: interval_json(patient_interval(figure, films.patients, cases))
        for key, (figure, cases) in figures.items()
    }
    by_source = {"sources": _by_source(scored, column)}
    unmeasured = {"side_accuracy": None, "localised": False}
    return {**counts, **decision.to_json(), **measured, **by_source, **unmeasured}


def mean_auroc(scored: Scored, least: int = LEAST_FOR_MEAN) -> tuple[Interval | None, list[str]]:
    """Return the mean AUROC over the NIH findings with enough positives, and their names.

    *No finding* stays out: it is the complement of the others.
    """
    films = scored.headline
    nih = {term.name for term in BY_NIH.values()} - {NO_FINDING}
    columns = [
        column
        for column, name in enumerate(films.findings)
        if name in nih and (films.labels * films.known)[:, column].sum() >= least
    ]

    def mean(weights: npt.NDArray[np.float64]) -> float:
        areas = [
            auroc(films.labels[:, c], films.logits[:, c], weights * films.known[:, c])
            for c in columns
        ]
        return float(np.nanmean(areas)) if areas else float("nan")

    interval = patient_interval(mean, films.patients, len(films.patients))
    return interval, [films.findings[column] for column in columns]


def all_figures(scored: Scored, decisions: Mapping[str, Decision]) -> dict[str, Any]:
    """Return the ``findings`` and ``mean_nih_auroc`` parts of ``measured.json``."""
    mean, names = mean_auroc(scored)
    return {
        "findings": {
            name: finding_figures(scored, column, decisions[name])
            for column, name in enumerate(scored.findings)
        },
        "mean_nih_auroc": interval_json(mean),
        "mean_nih_auroc_over": names,
    }


def _by_source(scored: Scored, column: int) -> dict[str, dict[str, Any]]:
    parts = {}
    for source in sorted(set(scored.sources.tolist())):
        films = scored.of((scored.sources == source) & scored.known[:, column])
        positives = int(films.labels[:, column].sum())
        if len(films.labels):
            area = auroc(films.labels[:, column], films.logits[:, column])
            parts[source] = {
                "positives": positives,
                "negatives": len(films.labels) - positives,
                "auroc": None if np.isnan(area) else round(area, 4),
            }
    return parts
