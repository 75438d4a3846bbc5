"""How well films are ranked and called: per finding, per source, and over the findings."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.metrics import RESAMPLES
from core.evaluation.operating import Decision
from core.evaluation.resampling import (
    Floats,
    auroc_each,
    average_precision_each,
    interval_of,
    resample,
    share_interval,
)
from core.evaluation.scored import LEAST_FOR_MEAN, Scored
from core.models.base import Interval
from core.models.measured import interval_json


def ranking_figures(films: Scored, column: int) -> dict[str, Any]:
    """Return ``positives``, ``negatives``, ``auroc`` and ``auprc`` of films known for a finding."""
    labels, logits = films.labels[:, column], films.logits[:, column]
    positives = int(labels.sum())
    negatives = len(labels) - positives
    figures: dict[str, Any] = {"positives": positives, "negatives": negatives}
    if not len(labels):
        return {**figures, "auroc": None, "auprc": None}
    weights = resample(films.patients)
    area = interval_of(auroc_each(labels, logits, weights), min(positives, negatives))
    # With one class alone precision is not undefined, but says nothing.
    precision = average_precision_each(labels, logits, weights) if area else np.full(2, np.nan)
    return {
        **figures,
        "auroc": interval_json(area),
        "auprc": interval_json(interval_of(precision, positives)),
    }


def decision_figures(films: Scored, column: int, decision: Decision) -> dict[str, Any]:
    """Return sensitivity and specificity of films known for a finding, at both points."""
    labels = films.labels[:, column]
    shown = decision.shown(films.logits[:, column])
    weights = resample(films.patients)

    def rate(hit: npt.NDArray[np.bool_], among: npt.NDArray[np.bool_]) -> dict[str, Any] | None:
        return interval_json(share_interval(hit, among, films.patients, weights))

    present, possible = shown >= decision.operating_point, shown >= decision.uncertain_point
    return {
        "sensitivity": rate(present, labels == 1),
        "specificity": rate(~present, labels == 0),
        "sensitivity_uncertain": rate(possible, labels == 1),
        "specificity_uncertain": rate(~possible, labels == 0),
    }


def source_figures(scored: Scored, column: int, decision: Decision) -> dict[str, dict[str, Any]]:
    """Return ranking and calls of one finding for each source that looked for it."""
    parts = {}
    for source in sorted(set(scored.sources.tolist())):
        films = scored.of((scored.sources == source) & scored.known[:, column])
        if len(films.labels):
            calls = decision_figures(films, column, decision)
            parts[source] = {
                **ranking_figures(films, column),
                "sensitivity": calls["sensitivity"],
                "specificity": calls["specificity"],
            }
    return parts


def mean_auroc_each(films: Scored, columns: list[int], weights: Floats) -> Floats:
    """Return the mean AUROC over findings in every resample; NaN without columns.

    In a resample without positives of a finding the mean is over the others.
    """
    return _mean_each(films, columns, weights, precision=False)


def mean_auprc_each(films: Scored, columns: list[int], weights: Floats) -> Floats:
    """Return the mean average precision over findings in every resample."""
    return _mean_each(films, columns, weights, precision=True)


def _mean_each(films: Scored, columns: list[int], weights: Floats, *, precision: bool) -> Floats:
    area = average_precision_each if precision else auroc_each
    areas = []
    for column in columns:
        known = films.known[:, column]
        labels, logits = films.labels[known, column], films.logits[known, column]
        areas.append(area(labels, logits, weights[:, known]))
    if not areas:
        return np.full(len(weights), np.nan)
    stacked = np.stack(areas)
    defined = (~np.isnan(stacked)).sum(axis=0)
    total = np.nansum(stacked, axis=0)
    undefined = np.full(len(weights), np.nan)
    return np.asarray(np.divide(total, defined, out=undefined, where=defined > 0), np.float64)


def mean_auroc(
    scored: Scored, least: int = LEAST_FOR_MEAN, resamples: int = RESAMPLES
) -> tuple[Interval | None, list[str]]:
    """Return the mean AUROC over the NIH findings with enough positives, and their names."""
    films = scored.headline
    columns = films.columns_for_mean(least)
    names = [films.findings[column] for column in columns]
    if not columns:
        return None, names
    each = mean_auroc_each(films, columns, resample(films.patients, resamples))
    return interval_of(each, len(films.patients)), names


def mean_figures(scored: Scored) -> dict[str, Any]:
    """Return the means over the headline findings: ``auroc``, ``auprc`` and ``over``."""
    films = scored.headline
    columns = films.columns_for_mean()
    figures: dict[str, Any] = {"over": [films.findings[c] for c in columns]}
    if not columns:
        return {"auroc": None, "auprc": None, **figures}
    weights = resample(films.patients)
    cases = len(films.patients)
    auroc = interval_of(mean_auroc_each(films, columns, weights), cases)
    auprc = interval_of(mean_auprc_each(films, columns, weights), cases)
    return {"auroc": interval_json(auroc), "auprc": interval_json(auprc), **figures}
