"""Whether a stated probability holds, and what the three certainties turned out to mean.

References
----------
Naeini 2015 (expected calibration error), Nguyen 2015 (bins of equal mass).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.operating import Decision, decide
from core.evaluation.resampling import Floats, Numbers, interval_of, resample, share_interval
from core.models.measured import interval_json

BINS = 10
"""Of equal mass; fewer where a bin would hold fewer than `LEAST_IN_BIN` films."""
LEAST_IN_BIN = 10
CERTAINTIES = ("absent", "uncertain", "present")
UNSAID = -1
"""Code of a film of which nothing can be said without its own fold."""


def equal_mass_bins(stated: Floats, bins: int = BINS) -> npt.NDArray[np.int64]:
    """Return the bin of each film; equal probabilities always share one."""
    bins = max(1, min(bins, len(stated) // LEAST_IN_BIN))
    edges = np.unique(np.quantile(stated, np.linspace(0, 1, bins + 1)))
    place = np.searchsorted(edges, stated, "right") - 1
    return np.asarray(np.clip(place, 0, max(len(edges) - 2, 0)), np.int64)


def calibration_error_each(labels: Numbers, stated: Floats, weights: Floats) -> Floats:
    """Return the expected calibration error of every resample.

    The share of films in a bin times the distance between the mean probability and the observed
    share there, summed over bins of equal mass. It is above zero even for a perfect calibration,
    the more so the fewer films there are.

    Parameters
    ----------
    labels, stated : ndarray, shape (films,)
    weights : ndarray, shape (resamples, films)
    """
    place = equal_mass_bins(stated)
    member = np.eye(int(place.max()) + 1)[place]
    gap = np.asarray(labels, np.float64) - stated
    distance = np.abs((weights * gap) @ member).sum(axis=1)
    return np.asarray(distance / np.maximum(weights.sum(axis=1), 1e-9), np.float64)


def reliability_points(labels: Numbers, stated: Floats) -> list[dict[str, float | int]]:
    """Return, for each bin, the mean ``stated`` probability, the ``observed`` share, ``films``."""
    place = equal_mass_bins(stated)
    truth = np.asarray(labels, np.float64)
    return [
        {
            "stated": round(float(stated[place == b].mean()), 4),
            "observed": round(float(truth[place == b].mean()), 4),
            "films": int((place == b).sum()),
        }
        for b in np.unique(place)
    ]


def calibration_figures(
    labels: Numbers, stated: Floats, patients: npt.NDArray[np.str_]
) -> dict[str, Any]:
    """Return ``error`` (expected calibration error, interval by patient) and ``points``.

    A resample is noisier than its films, and noise adds to a distance: the resampled errors are
    brought back to the measured one by how far their mean lies above it, and end at zero.
    """
    each = calibration_error_each(labels, stated, resample(patients))
    each[1:] = np.maximum(each[1:] - (each[1:].mean() - each[0]), 0)
    return {
        "error": interval_json(interval_of(each, len(stated))),
        "points": reliability_points(labels, stated),
    }


def certainty_codes(shown: Floats, decision: Decision) -> npt.NDArray[np.int64]:
    """Return 0 absent, 1 uncertain, 2 present for each film."""
    possible = (shown >= decision.uncertain_point).astype(np.int64)
    return np.asarray(possible + (shown >= decision.operating_point), np.int64)


def certainty_figures(
    labels: Numbers, codes: npt.NDArray[np.int64], patients: npt.NDArray[np.str_]
) -> dict[str, dict[str, Any]]:
    """Return, for each certainty, how many ``films`` it was said of, how many of them ``had`` it.

    ``share`` is had of films with its interval by patient; ``None`` where nothing was called so.
    """
    had = np.asarray(labels) == 1
    weights = resample(patients)
    return {
        name: {
            "had": int((had & (codes == code)).sum()),
            "films": int((codes == code).sum()),
            "share": interval_json(share_interval(had, codes == code, patients, weights)),
        }
        for code, name in enumerate(CERTAINTIES)
    }


def held_out(
    labels: npt.NDArray[np.float32],
    logits: npt.NDArray[np.float32],
    folds: npt.NDArray[np.int64],
) -> tuple[Floats, npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Calibrate and choose points on the other folds; return what each film would be shown as.

    Without this the films that a curve was fitted to would testify to it.

    Returns
    -------
    shown : ndarray, shape (films,)
    codes : ndarray, shape (films,)
        See `certainty_codes`; `UNSAID` where the other folds carry no points.
    calibrated : ndarray of bool, shape (films,)
        Whether ``shown`` is a probability: not every choice of folds carries a curve.
    """
    shown, codes = np.zeros(len(labels)), np.zeros(len(labels), np.int64)
    calibrated = np.zeros(len(labels), np.bool_)
    for fold in np.unique(folds):
        here, others = folds == fold, folds != fold
        if not (labels[others] == 0).any():
            codes[here] = UNSAID
            continue
        decision = decide(labels[others], logits[others])
        shown[here] = decision.shown(logits[here])
        codes[here] = certainty_codes(shown[here], decision)
        calibrated[here] = decision.calibration is not None
    return shown, codes, calibrated
