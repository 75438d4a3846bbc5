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

    A finding that a text states and no classifier scored has no number at all: its ``score`` and
    ``operating_point`` are ``None``, its certainty and side are the words' own.
    """

    name: str
    score: float | None
    operating_point: float | None
    certainty: Certainty
    probability: float | None = None
    prevalence: float | None = None
    uncertain_point: float = 0.0
    laterality: Laterality | None = None
    zone: str | None = None
    drafted: bool = False
    evidence: int | None = None

    @property
    def shown(self) -> float | None:
        """The number that the reader sees, if any: the probability, else the score."""
        return self.score if self.probability is None else self.probability

    @property
    def numbers(self) -> tuple[float, float] | None:
        """The number shown and its operating point; ``None`` where a text alone states it."""
        if self.shown is None or self.operating_point is None:
            return None
        return self.shown, self.operating_point


class Zone(StrEnum):
    """Where in the lung or at its edge; ``SEVERAL`` is more than one zone, or all of them."""

    APICAL = "apical"
    UPPER = "upper"
    MIDDLE = "middle"
    PERIHILAR = "perihilar"
    LOWER = "lower"
    BASAL = "basal"
    RETROCARDIAC = "retrocardiac"
    SEVERAL = "several zones"

    @property
    def broad(self) -> Zone:
        """The zone that it lies in: an apical opacity is an upper one."""
        return _BROAD.get(self, self)


_BROAD = {Zone.APICAL: Zone.UPPER, Zone.BASAL: Zone.LOWER, Zone.RETROCARDIAC: Zone.LOWER}


class Severity(StrEnum):
    """Size or degree in the words of a report, least first."""

    SMALL = "small"
    MODERATE = "moderate"
    LARGE = "large"


@dataclass(frozen=True)
class Mention:
    """A finding as a text states it, read back by the labeller.

    ``zone`` and ``severity`` are read by rules whose accuracy nobody has measured; they serve the
    ledger of corrections, and no check and no score. What is denied has neither.
    """

    name: str
    certainty: Certainty
    laterality: Laterality | None = None
    sentence: int = 0
    compared: bool = False
    zone: Zone | None = None
    severity: Severity | None = None


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
