"""Does the network know where a film comes from, and does it read what is written on it?

References
----------
Zech 2018 and DeGrave 2021: networks that learn the hospital or its markers instead of the disease.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.evaluation.ranking import mean_auroc_each
from core.evaluation.resampling import auroc_each, interval_of, resample
from core.evaluation.scored import Scored
from core.models.measured import interval_json
from core.models.preprocessing import Grey

CORNER = 0.12
"""Of each side: what is masked in every corner."""
TEXT_STROKE = 0.03
"""Of the short side: strokes thinner than this may be writing."""
TEXT_BRIGHT, TEXT_CONTRAST = 0.8, 0.3
TEXT_AREA = 0.004
"""Of the film: a larger bright blob is anatomy or a device, not a letter."""
FOLDS = 5
LEAST_PATIENTS = 5
"""A source with fewer patients cannot be told from the others by patient."""


def source_figures(
    pooled: npt.NDArray[np.float32],
    sources: npt.NDArray[np.str_],
    patients: npt.NDArray[np.str_],
) -> dict[str, Any]:
    """Return the AUROC of telling each source from all others by pooled features.

    One-vs-rest logistic regression, cross-validated by patient; 0.5 means that the features do
    not carry the source.

    Parameters
    ----------
    pooled : ndarray, shape (films, width)
        Of films whose patients the network never saw.
    """
    figures: dict[str, Any] = {}
    weights = resample(patients)
    for source in sorted(set(sources.tolist())):
        labels = (sources == source).astype(np.float64)
        people = len(set(patients[sources == source].tolist()))
        others = len(set(patients[sources != source].tolist()))
        if min(people, others) < LEAST_PATIENTS:
            continue
        scores = np.zeros(len(labels))
        for seen, unseen in GroupKFold(FOLDS).split(pooled, labels, patients):
            if len(set(labels[seen].tolist())) == 2:
                model = make_pipeline(StandardScaler(), LogisticRegression(C=1e-2, max_iter=500))
                told = model.fit(pooled[seen], labels[seen]).decision_function(pooled[unseen])
                # Five models have five scales: within a fold only the order says something.
                scores[unseen] = rankdata(told) / (len(told) + 1)
        each = auroc_each(labels, scores, weights)
        figures[source] = interval_json(interval_of(each, int(labels.sum())))
    return figures


def mask_writing(grey: Grey) -> Grey:
    """Return a film whose corners and writing hold the median of what is around them.

    Parameters
    ----------
    grey : ndarray, shape (rows, columns), float32 in [0, 1]
    """
    film = np.array(grey, np.float32)
    rows, columns = film.shape
    stroke = max(3, round(min(rows, columns) * TEXT_STROKE)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (stroke, stroke))
    thin = cv2.morphologyEx(film, cv2.MORPH_TOPHAT, kernel) > TEXT_CONTRAST
    letters = (thin & (film > TEXT_BRIGHT)).astype(np.uint8)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(letters, connectivity=8)
    small = np.arange(count) > 0
    small &= stats[:, cv2.CC_STAT_AREA] < TEXT_AREA * rows * columns
    written = cv2.dilate(small[parts].astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    around = cv2.medianBlur(np.rint(film * 255).astype(np.uint8), (4 * stroke) | 1)
    film[written] = around[written] / np.float32(255)
    tall, wide = max(1, round(rows * CORNER)), max(1, round(columns * CORNER))
    for down in (slice(0, tall), slice(rows - tall, rows)):
        for across in (slice(0, wide), slice(columns - wide, columns)):
            film[down, across] = np.median(film[down, across])
    return film


def masking_figures(films: Scored, masked_logits: npt.NDArray[np.float32]) -> dict[str, Any]:
    """Return the mean AUROC of masked films and how far it fell, paired by patient.

    Parameters
    ----------
    films : Scored
        Headline films as they are.
    masked_logits : ndarray, shape (films, findings)
        Of the same films through `mask_writing`.
    """
    columns, cases = films.columns_for_mean(), len(films.patients)
    weights = resample(films.patients)
    plain = mean_auroc_each(films, columns, weights)
    masked = mean_auroc_each(films.with_logits(masked_logits), columns, weights)
    return {
        "corner": CORNER,
        "auroc": interval_json(interval_of(masked, cases)),
        "drop": interval_json(interval_of(plain - masked, cases)),
    }
