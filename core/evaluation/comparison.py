"""A model beside its baselines: mean AUROC of each, and the difference, paired by patient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from core.domain.errors import N_
from core.evaluation.ranking import mean_auroc_each
from core.evaluation.resampling import Floats, interval_of, resample
from core.evaluation.scored import Scored
from core.models.base import Interval
from core.models.measured import interval_json

PRIOR = N_("prevalence alone")
CHANCE = 0.5


def comparison_figures(
    model: Scored, baselines: Mapping[str, npt.NDArray[np.float32]]
) -> dict[str, dict[str, Any]]:
    """Return ``auroc``, ``difference`` (model minus baseline) and ``beaten`` of each baseline.

    Parameters
    ----------
    model : Scored
        Headline films alone.
    baselines : mapping of name to scores, shape (films, findings)
        Of the same films in the same order.

    Returns
    -------
    dict
        The first entry, *prevalence alone*, gives every film the same score: an AUROC of 0.5 by
        definition. ``beaten`` says that the interval of the difference lies above zero.
    """
    columns = model.columns_for_mean()
    weights, cases = resample(model.patients), len(model.patients)
    own = mean_auroc_each(model, columns, weights)
    rivals: dict[str, Floats] = {PRIOR: np.full(len(weights), CHANCE)}
    for name, logits in baselines.items():
        rivals[name] = mean_auroc_each(model.with_logits(logits), columns, weights)
    table = {}
    for name, rival in rivals.items():
        difference = interval_of(own - rival, cases)
        table[name] = {
            "auroc": interval_json(interval_of(rival, cases)),
            "difference": interval_json(difference),
            "beaten": above_zero(difference),
        }
    return table


def above_zero(difference: Interval | None) -> bool:
    """Say whether an interval lies wholly above zero."""
    return difference is not None and difference.low > 0
