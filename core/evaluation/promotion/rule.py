"""When a new version may take the place of an old one: not where it could have lost too much.

For every critical finding that either version reads, each guarded figure of new minus old, paired
by patient on frozen patients, must have a lower 95 % bound above ``-margin``, with enough patients
of both kinds behind it: films of one patient are one witness. A bootstrap cannot see a loss that
happened to no patient, nor one that a gain of the same patient covers: the bound of a share is
never above the difference less Wilson's upper end of no loss among so many patients. With a margin
of 0.05 two versions that are alike need 74 patients with the finding and 74 without it. Where
neither version finds it in any film nothing was shown.

References
----------
Efron 1993 (percentile intervals, clusters drawn whole), Wilson 1927, Piaggio 2012 (non-inferiority
needs a margin that was stated before, and a sample that can exclude it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.models.base import Interval

MARGIN = 0.05
MOST_MARGIN = 0.10
LEAST = 30
FEWEST = 20
"""Margin and patients of either kind unless others are asked for, and how lax one may be."""

CRITICAL = (
    "pneumothorax",
    "pleural effusion",
    "consolidation",
    "lung opacity",
    "mass",
    "nodule",
)
"""What harms most when it is missed on a film. Not the five of the CheXpert competition, which are
figures of written drafts (`core.evaluation.drafts.figures`) and leave pneumothorax, mass and nodule
out."""

GUARDED = ("auroc", "sensitivity", "specificity")
"""Figures that may not be lost; of texts there is no AUROC."""


class Outcome(StrEnum):
    """``LOST``: a guarded figure fell. ``UNDERPOWERED``: a fall cannot be excluded."""

    ACCEPTED = "accepted"
    LOST = "lost"
    UNDERPOWERED = "underpowered"


@dataclass(frozen=True)
class Pair:
    """A figure of both versions on the same films, and new minus old; ``None`` if undefined."""

    old: Interval | None
    new: Interval | None
    difference: Interval | None


@dataclass(frozen=True)
class FindingFigures:
    """What was compared of one finding; ``outcome`` is ``None`` where it is not critical.

    ``positives`` and ``negatives`` are films, ``patients`` and ``patients_without`` whose they are;
    a patient with films of both kinds counts in both.
    """

    positives: int
    negatives: int
    patients: int
    patients_without: int
    figures: Mapping[str, Pair]
    outcome: Outcome | None = None


@dataclass(frozen=True)
class Rule:
    """What is asked. ``least`` patients with a finding and as many without it."""

    margin: float = MARGIN
    least: int = LEAST

    @property
    def strict(self) -> bool:
        """Whether it asks for no less than may be asked for."""
        return 0 < self.margin <= MOST_MARGIN and self.least >= FEWEST


def judged(name: str, found: FindingFigures, rule: Rule) -> Outcome | None:
    """Return what the rule says of one finding; ``None`` where it asks nothing of it."""
    if name not in CRITICAL:
        return None
    pairs = [pair for figure, pair in found.figures.items() if figure in GUARDED]
    differences = [pair.difference for pair in pairs]
    if min(found.patients, found.patients_without) < rule.least or not differences:
        return Outcome.UNDERPOWERED
    if any(each is not None and _fell(each, rule) for each in differences):
        return Outcome.LOST
    if never_found(found):
        return Outcome.UNDERPOWERED
    if any(each is None or each.low <= -rule.margin for each in differences):
        return Outcome.UNDERPOWERED
    return Outcome.ACCEPTED


def never_found(found: FindingFigures) -> bool:
    """Whether neither finds it in any film: two that say nothing are alike in everything."""
    pair = found.figures.get("sensitivity")
    return pair is not None and all(one and one.value == 0 for one in (pair.old, pair.new))


def _fell(difference: Interval, rule: Rule) -> bool:
    return difference.value <= -rule.margin or (
        difference.high < 0 and difference.low <= -rule.margin
    )


def overall(findings: Mapping[str, FindingFigures]) -> Outcome:
    """Return what the rule says of all findings: the worst of the critical ones.

    Without a critical finding nothing was shown, which is underpowered.
    """
    outcomes = {found.outcome for found in findings.values() if found.outcome is not None}
    for worst in (Outcome.LOST, Outcome.UNDERPOWERED):
        if worst in outcomes:
            return worst
    return Outcome.ACCEPTED if outcomes else Outcome.UNDERPOWERED
