"""Maps against the boxes of readers: who points right, how well the shapes agree, which side.

Every number of a map is set beside two that need no film: a blob at its centre, and where the
boxes of that finding lie on other patients' films (their mean box: the share of train films whose
boxes cover a place, without films of the patient's own fold).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.domain.errors import N_
from core.evaluation.boxes import BoxedFinding, box_mask
from core.evaluation.comparison import above_zero
from core.evaluation.pointing import THRESHOLDS, MapScore
from core.evaluation.resampling import Floats, interval_of, mean_each, resample, share_interval
from core.models.base import Interval
from core.models.measured import interval_json

CENTRE, MEAN_BOX = N_("centre"), N_("mean box")
LEAST_BOXES = 30
"""Below this many boxes of a finding nothing is claimed about where it is."""
VAL = -1
"""The fold of a film that no member was trained on."""
GRID = 64


@dataclass(frozen=True)
class Pointed:
    """One finding on one film with the scores of each method's map of it.

    ``fold`` is the fold whose member drew the map without having seen the patient, or `VAL`;
    ``film`` is the place of the film among the rows that were asked for.
    """

    finding: str
    patient: str
    fold: int
    boxes: int
    side: str | None
    scores: Mapping[str, MapScore]
    film: int = -1


def mean_box(
    boxed: Sequence[BoxedFinding], folds: npt.NDArray[np.int64], finding: str, fold: int
) -> npt.NDArray[np.float32]:
    """Return where the boxes of a finding lie on train films of other folds, (`GRID`, `GRID`).

    Parameters
    ----------
    folds : ndarray of int
        Of every film that ``boxed`` may name; `VAL` for those of val.
    fold : int
        The one to leave out; `VAL` leaves out no train film.
    """
    masks = [
        box_mask(one.boxes, GRID, GRID)
        for one in boxed
        if one.finding == finding and folds[one.film] not in (VAL, fold)
    ]
    if not masks:
        return np.zeros((GRID, GRID), np.float32)
    # A plain share has wide plateaus: a little blur puts the maximum in the middle of one.
    blurred = cv2.GaussianBlur(np.mean(masks, axis=0, dtype=np.float32), (0, 0), GRID / 32)
    return np.asarray(blurred, np.float32)


def localisation_figures(
    pointed: Sequence[Pointed], counts: Mapping[str, int], default: str
) -> dict[str, Any]:
    """Return the figures of every finding with scores.

    Parameters
    ----------
    counts : mapping of finding to int
        Boxes of every finding, also of those with too few to be scored.
    default : str
        The method whose maps a reader sees: ``localised`` is said of it alone.
    """
    names = sorted({one.finding for one in pointed})
    return {
        "default": default,
        "least_boxes": LEAST_BOXES,
        "tolerance_cells": 1,
        "boxes": dict(counts),
        "findings": {
            name: _finding([one for one in pointed if one.finding == name], default)
            for name in names
        },
    }


def example_figures(
    pointed: Sequence[Pointed], images: Sequence[str], method: str
) -> list[dict[str, Any]]:
    """Return where the maps of val films point, for a page that has the films.

    Parameters
    ----------
    images : sequence of str
        Path of each film, relative to the folder of the films.

    Returns
    -------
    list of dict
        ``image``, ``finding``, ``across`` and ``down`` in shares of the film, and ``hit``: whether
        that lies in a box.
    """
    return [
        {
            "image": images[one.film],
            "finding": one.finding,
            "across": round(score.at[0], 3),
            "down": round(score.at[1], 3),
            "hit": score.pointing,
        }
        for one in pointed
        if one.fold == VAL and (score := one.scores[method]).at is not None
    ]


def _finding(films: Sequence[Pointed], default: str) -> dict[str, Any]:
    methods = list(films[0].scores)
    overlap = {method: tuned_overlap(films, method) for method in methods}
    folds = np.array([one.fold for one in films])
    figures: dict[str, Any] = {
        "boxes": sum(one.boxes for one in films),
        "films": len(films),
        "patients": len({one.patient for one in films}),
        "thresholds": {method: _best(films, method, folds != VAL) for method in methods},
    }
    parts = {"pooled": folds >= VAL, "cross_fit": folds != VAL, "val": folds == VAL}
    for name, chosen in parts.items():
        if chosen.any():
            figures[name] = _part(films, overlap, np.flatnonzero(chosen))
    figures["side"] = side_figures(films)
    pooled = figures["pooled"]["methods"].get(default, {})
    rise = pooled.get("pointing_minus_mean_box")
    beaten = above_zero(Interval(**rise) if rise else None)
    figures["localised"] = beaten and figures["boxes"] >= LEAST_BOXES
    return figures


def tuned_overlap(films: Sequence[Pointed], method: str) -> Floats:
    """Return each film's overlap at a threshold that was tuned on other patients' films.

    The threshold of a train film has the best mean overlap on the train films of all other folds,
    that of a val film on all train films.
    """
    folds = np.array([one.fold for one in films])
    chosen = {
        fold: _best(films, method, (folds != VAL) & (folds != fold)) for fold in set(folds.tolist())
    }
    places = {fold: int(np.argmin(np.abs(THRESHOLDS - best))) for fold, best in chosen.items()}
    return np.array([one.scores[method].overlap[places[one.fold]] for one in films])


def _best(films: Sequence[Pointed], method: str, chosen: npt.NDArray[np.bool_]) -> float:
    if not chosen.any():
        return 0.5
    each = [one.scores[method].overlap for one, ok in zip(films, chosen, strict=True) if ok]
    return float(THRESHOLDS[int(np.mean(each, axis=0).argmax())])


def _part(
    films: Sequence[Pointed], overlap: Mapping[str, Floats], chosen: npt.NDArray[np.int64]
) -> dict[str, Any]:
    here = [films[at] for at in chosen]
    patients = np.array([one.patient for one in here])
    weights, whole = resample(patients), np.ones(len(here), np.bool_)
    hits = {m: np.array([one.scores[m].pointing for one in here]) for m in overlap}
    near = {m: np.array([one.scores[m].tolerant for one in here]) for m in overlap}

    def minus(values: Mapping[str, npt.NDArray[Any]], method: str) -> dict[str, Any] | None:
        rise = values[method].astype(np.float64) - values[MEAN_BOX]
        return interval_json(interval_of(mean_each(rise, weights), len(here)))

    matched = {method: values[chosen] for method, values in overlap.items()}
    methods = {}
    for method in overlap:
        mean = interval_of(mean_each(matched[method], weights), len(here))
        methods[method] = {
            "pointing": interval_json(share_interval(hits[method], whole, patients, weights)),
            "pointing_tolerant": interval_json(
                share_interval(near[method], whole, patients, weights)
            ),
            "iou": interval_json(mean),
        }
        if method != MEAN_BOX:
            methods[method]["pointing_minus_mean_box"] = minus(hits, method)
            methods[method]["pointing_tolerant_minus_mean_box"] = minus(near, method)
            methods[method]["iou_minus_mean_box"] = minus(matched, method)
    return {"films": len(here), "patients": len(set(patients.tolist())), "methods": methods}


def side_figures(films: Sequence[Pointed]) -> dict[str, Any]:
    """Return how often a map has more mass in the half of the film where all boxes are.

    Only films with boxes on one side of the film's midline, none across it. An empty map is wrong.
    """
    sided = [one for one in films if one.side is not None]
    figures: dict[str, Any] = {"films": len(sided), "methods": {}}
    if not sided:
        return figures
    patients = np.array([one.patient for one in sided])
    whole = np.ones(len(sided), np.bool_)
    for method in (name for name in sided[0].scores if name not in (CENTRE, MEAN_BOX)):
        left = np.array([one.scores[method].left for one in sided])
        expected = np.array([one.side == "left" for one in sided])
        right = np.where(expected, left > 0.5, left < 0.5)
        figures["methods"][method] = interval_json(share_interval(right, whole, patients))
    return figures
