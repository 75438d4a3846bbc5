"""A finding on a film: what, where, how sure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Laterality(StrEnum):
    """Side of the patient, not of the picture."""

    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"


class Certainty(StrEnum):
    PRESENT = "present"
    UNCERTAIN = "uncertain"
    ABSENT = "absent"


@dataclass(frozen=True)
class Finding:
    """One row of the findings panel.

    ``score`` is the network's raw output in [0, 1]. ``probability`` is the calibrated one, ``None``
    where too few positives stood behind a calibration; ``prevalence`` is the one it was calibrated
    at. ``operating_point`` and ``uncertain_point`` are on
    the scale of whichever of the two is shown.
    """

    name: str
    score: float
    operating_point: float
    certainty: Certainty
    probability: float | None = None
    prevalence: float | None = None
    uncertain_point: float = 0.0
    laterality: Laterality | None = None
    zone: str | None = None
    drafted: bool = False
    evidence: int | None = None

    @property
    def shown(self) -> float:
        """The number the reader sees: the probability where there is one, else the score."""
        return self.score if self.probability is None else self.probability


@dataclass(frozen=True)
class Mention:
    """A finding as a text states it, read back by the labeller."""

    name: str
    certainty: Certainty
    laterality: Laterality | None = None
    sentence: int = 0
    compared: bool = False


MOST_DIGITS = 6


def digits_apart(*numbers: float) -> int:
    """Return with how many decimals unlike numbers are shown so that they do not read alike.

    Two are enough for most; beyond `MOST_DIGITS` they may read alike.
    """
    unlike = len(set(numbers))
    for digits in range(2, MOST_DIGITS):
        if len({round(number, digits) for number in numbers}) == unlike:
            return digits
    return MOST_DIGITS
