"""A report drafted from what is known of a film: of its labels, or of what was drawn into it.

The words are those of drafts (`core.reporting.phrases`). Nothing is said of a finding that was
never looked for, and no film is called normal.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

from core.domain.finding import Laterality
from core.domain.report import ENGLISH
from core.findings.vocabulary import (
    BY_NAME,
    CARDIOMEGALY,
    CONSOLIDATION,
    LUNG_OPACITY,
    URGENCY,
    Region,
    narrower,
)
from core.reporting.phrases.catalogue import phrases
from core.reporting.phrases.statement import Form, Statement

ROUTINE_NEGATIVES = (CONSOLIDATION, "edema", "pleural effusion", "pneumothorax", CARDIOMEGALY)
"""What a report denies of its own accord: the critical findings, not all that could be listed."""


def dictate(present: Mapping[str, Laterality | None], known: Set[str]) -> str:
    """Word a film as a radiologist dictates: region by region, what is seen, then what is not.

    Parameters
    ----------
    present : mapping of finding to Laterality or None
        ``None`` where no side is known; none is made up. A finding that drafts have no word for is
        said as the lung opacity that it is.
    known : set of str
        Findings that were looked for: of the others none is denied.

    Returns
    -------
    str
        One sentence a finding; empty where nothing can be said.
    """
    seen = _worded(present)
    absent = known - present.keys()
    sentences: list[Statement] = []
    for region in Region:
        here = [name for name in URGENCY if BY_NAME[name].region is region]
        sentences += [_stated(name, seen[name]) for name in here if name in seen]
        denied = tuple(
            name
            for name in ROUTINE_NEGATIVES
            if name in here and name in absent and not narrower(name) & present.keys()
        )
        if denied:
            sentences.append(Statement(Form.DENIED, denied))
    return " ".join(phrases(ENGLISH).say(each) for each in sentences)


def _stated(name: str, side: Laterality | None) -> Statement:
    return Statement(Form.SEEN, (name,), side if BY_NAME[name].sided else None)


def _worded(present: Mapping[str, Laterality | None]) -> dict[str, Laterality | None]:
    """What is stated of a film: an opacity is not named again beside what it is."""
    opaque = narrower(LUNG_OPACITY)
    seen = {
        name: side for name, side in present.items() if name in BY_NAME and BY_NAME[name].worded
    }
    if seen.keys() & opaque:
        seen.pop(LUNG_OPACITY, None)
    elif present.keys() & opaque:
        unworded = {side for name, side in present.items() if name in opaque}
        seen[LUNG_OPACITY] = present.get(LUNG_OPACITY) or unworded.pop()
    return seen
