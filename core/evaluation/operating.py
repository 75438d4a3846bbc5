"""What is decided per finding from cross-fitted scores: calibration and the two points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.calibration import Platt, fit_platt, present_point, sigmoid, uncertain_point
from core.evaluation.metrics import auroc
from core.evaluation.scored import Scored

FloatArray = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Decision:
    """Points are on the scale that is shown: probability with a calibration, else raw score."""

    calibration: Platt | None
    operating_point: float
    uncertain_point: float
    positives: int
    films: int
    auroc: float

    @property
    def prevalence(self) -> float:
        return self.positives / self.films

    def shown(self, logits: FloatArray) -> npt.NDArray[np.float64]:
        """Return what the reader sees for these logits."""
        return sigmoid(logits) if self.calibration is None else self.calibration.probability(logits)

    def to_json(self) -> dict[str, Any]:
        return {
            "operating_point": round(self.operating_point, 4),
            "uncertain_point": round(self.uncertain_point, 4),
            "calibrated": self.calibration is not None,
            "calibration": asdict(self.calibration) if self.calibration else None,
            "prevalence": round(self.prevalence, 4),
            "cross_fit": {
                "positives": self.positives,
                "films": self.films,
                "auroc": round(self.auroc, 4),
            },
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Decision:
        curve, fold = entry["calibration"], entry["cross_fit"]
        return cls(
            calibration=Platt(**curve) if curve else None,
            operating_point=entry["operating_point"],
            uncertain_point=entry["uncertain_point"],
            positives=fold["positives"],
            films=fold["films"],
            auroc=fold["auroc"],
        )


def decide(labels: FloatArray, logits: FloatArray) -> Decision:
    """Calibrate a finding and choose its points on films that the scoring network never saw."""
    platt = fit_platt(labels, logits)
    shown = platt.probability(logits) if platt else sigmoid(logits)
    present = present_point(labels, shown, calibrated=platt is not None)
    # Rounded here, not when they are written: what is measured is what a reader will see.
    return Decision(
        calibration=platt,
        operating_point=round(present, 4),
        uncertain_point=round(uncertain_point(labels, shown), 4),
        positives=int(labels.sum()),
        films=len(labels),
        auroc=auroc(labels, logits),
    )


def decide_all(cross: Scored) -> dict[str, Decision]:
    """Decide per finding on the headline films, which training makes sure that it has."""
    decisions = {}
    for column, name in enumerate(cross.findings):
        films = cross.headline.known_of(column)
        decisions[name] = decide(films.labels[:, column], films.logits[:, column])
    return decisions
