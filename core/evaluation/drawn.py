"""Drawn lesions, whose truth is known to the pixel: are they noticed, and pointed at?

None of this is a clinical figure. It says what the network does with a shadow of stated kind, size
and contrast when nothing else of the film changes: each film is also read without its lesion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.evaluation.operating import Decision
from core.evaluation.resampling import auroc_each, hits_of, interval_of, mean_each, resample
from core.models.measured import interval_json


@dataclass(frozen=True)
class DrawnReading:
    """One lesion on one film, read with and without it.

    ``patient`` is the seed of a phantom or the patient of a real film; ``logit`` and ``without``
    are of the lesion's finding; ``pointing`` and ``tolerant`` as in
    `core.evaluation.pointing.MapScore`.
    """

    finding: str
    patient: str
    logit: float
    without: float
    pointing: bool
    tolerant: bool
    size_mm: float | None = None
    contrast: float | None = None


def share_json(hits: Sequence[bool]) -> dict[str, Any]:
    """Return ``hits`` of ``films`` and their ``share`` with Wilson's interval."""
    found = sum(hits)
    return {
        "hits": found,
        "films": len(hits),
        "share": interval_json(hits_of(found, len(hits))),
    }


def drawn_figures(readings: Sequence[DrawnReading], decision: Decision) -> dict[str, Any]:
    """Return what became of one kind of lesion.

    Returns
    -------
    dict
        ``called`` (at or above the operating point) and ``noticed`` (the uncertain point), each
        beside ``called_without`` and ``noticed_without`` of the same films; ``auroc`` against those
        films; ``rise`` of the logit, paired; ``pointing`` and ``pointing_tolerant``.
    """
    patients = np.array([one.patient for one in readings])
    with_lesion = np.array([one.logit for one in readings])
    without = np.array([one.without for one in readings])
    weights = resample(patients)
    labels = np.r_[np.ones(len(readings)), np.zeros(len(readings))]
    # Drawn apart, which is the wider: a film that is drawn twice would else meet itself four times.
    apart = np.concatenate([weights, resample(patients, seed=1)], axis=1)
    area = auroc_each(labels, np.r_[with_lesion, without], apart)
    rise = mean_each(with_lesion - without, weights)
    shown, before = decision.shown(with_lesion), decision.shown(without)
    return {
        "finding": readings[0].finding,
        "films": len(readings),
        "calibrated": decision.calibration is not None,
        "called": share_json((shown >= decision.operating_point).tolist()),
        "called_without": share_json((before >= decision.operating_point).tolist()),
        "noticed": share_json((shown >= decision.uncertain_point).tolist()),
        "noticed_without": share_json((before >= decision.uncertain_point).tolist()),
        "auroc": interval_json(interval_of(area, len(readings))),
        "rise": interval_json(interval_of(rise, len(readings))),
        **pointing_figures(readings),
    }


def pointing_figures(readings: Sequence[DrawnReading]) -> dict[str, Any]:
    """Return ``pointing`` and ``pointing_tolerant``, each hits of films."""
    return {
        "pointing": share_json([one.pointing for one in readings]),
        "pointing_tolerant": share_json([one.tolerant for one in readings]),
    }


def curve_points(readings: Sequence[DrawnReading], decision: Decision) -> list[dict[str, Any]]:
    """Return one point for each size and contrast: detection and pointing.

    Each point has ``size_mm``, ``contrast`` and the entries of `drawn_figures`.
    """
    grid = sorted({(one.size_mm or 0.0, one.contrast or 0.0) for one in readings})
    points = []
    for size, contrast in grid:
        here = [
            one for one in readings if (one.size_mm or 0.0, one.contrast or 0.0) == (size, contrast)
        ]
        figures = drawn_figures(here, decision)
        points.append({"size_mm": size, "contrast": contrast, **figures})
    return points
