"""Platt scaling and operating points, chosen on films that the scoring network never saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

FloatArray = npt.NDArray[np.floating]

LEAST_POSITIVES = 20
"""Below this many positives a score is shown as a score, not as a probability."""
UNCERTAIN_SPECIFICITY = 0.90
PRESENT_SPECIFICITY = 0.975
MORE_LIKELY_THAN_NOT = 0.5


@dataclass(frozen=True)
class Platt:
    """``probability = sigmoid(slope * logit + intercept)`` (Platt 1999)."""

    slope: float
    intercept: float

    def probability(self, logits: FloatArray) -> npt.NDArray[np.float64]:
        return sigmoid(self.slope * np.asarray(logits, np.float64) + self.intercept)


def sigmoid(logits: FloatArray) -> npt.NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.asarray(logits, np.float64))))


def fit_platt(labels: FloatArray, logits: FloatArray) -> Platt | None:
    """Fit a calibration; ``None`` on too few positives, or where the score runs backwards.

    A falling curve would turn the order of films around: the score then means nothing here, and a
    probability made of it would look as if it did.
    """
    positives = int(labels.sum())
    if min(positives, len(labels) - positives) < LEAST_POSITIVES:
        return None
    model = LogisticRegression(C=1e6, max_iter=1000).fit(np.asarray(logits)[:, None], labels)
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    return Platt(slope, intercept) if slope > 0 else None


def uncertain_point(labels: FloatArray, shown: FloatArray) -> float:
    """Return the number that 90 % of the negatives stay below: from it to *present*, uncertain.

    A point at a high sensitivity would call nearly every film uncertain of nearly every finding,
    with scores like these; what a reader stops looking at protects nobody.
    """
    return float(np.quantile(shown[labels == 0], UNCERTAIN_SPECIFICITY))


def present_point(labels: FloatArray, shown: FloatArray, *, calibrated: bool) -> float:
    """Return the number from which a finding is called present.

    A probability must say *more likely than not*; a score, which says no such thing, must be one
    that 97.5 % of the negatives stay below. Never below the point of *uncertain*.
    """
    if calibrated:
        return max(MORE_LIKELY_THAN_NOT, uncertain_point(labels, shown))
    return float(np.quantile(shown[labels == 0], PRESENT_SPECIFICITY))
