"""The words of a draft: plain, in the language of the field, and read back by the labeller."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.domain.finding import Certainty, Finding, Laterality
from core.domain.study import Projection
from core.findings.vocabulary import BY_NAME

SIDE_PLACEHOLDER = "[side]"
"""Stands where a side has not been earned; it blocks signing."""
LIKELY = 0.5
"""Calibrated probability from which an uncertain finding is likely: as often there as not."""


def technique(films: Iterable[Projection]) -> str:
    """One sentence from the projections alone."""
    taken = set(films)
    views = {Projection.PA: "PA", Projection.AP: "AP", Projection.LATERAL: "lateral"}
    stated = [word for view, word in views.items() if view in taken]
    if not taken:
        return ""
    if not stated:
        return "Chest radiograph, projection not stated."
    if Projection.UNKNOWN in taken:
        return f"Chest radiographs, {' and '.join(stated)}; one projection not stated."
    if taken == {Projection.LATERAL}:
        return "Lateral chest radiograph."
    if len(stated) == 1:
        return f"Frontal chest radiograph, {stated[0]} projection."
    return f"{', '.join(stated[:-1])} and {stated[-1]} chest radiographs."


def sentence(finding: Finding) -> str:
    """One finding as the findings section states it."""
    term = BY_NAME[finding.name]
    if finding.certainty is Certainty.UNCERTAIN:
        return line(finding)
    if finding.laterality is Laterality.BILATERAL and term.plural:
        return f"There are {_noun(finding)}."
    return " ".join(f"There is {term.article} {_noun(finding)}.".split())


def explained(opacity: Finding, kind: Finding) -> str:
    """A lung opacity and the narrower finding that it is; both are present, on one side."""
    term = BY_NAME[kind.name]
    many = opacity.laterality is Laterality.BILATERAL and term.plural
    named = term.plural if many else f"{term.article} {term.wording or term.name}".strip()
    return f"{sentence(opacity)[:-1]} consistent with {named}."


def line(finding: Finding) -> str:
    """One finding as the impression states it."""
    text = f"{_doubt(finding)}{_noun(finding)}."
    return text[0].upper() + text[1:]


def _doubt(finding: Finding) -> str:
    """The hedge before an uncertain finding; a score that is no probability hedges as possible."""
    if finding.certainty is not Certainty.UNCERTAIN:
        return ""
    probable = finding.probability is not None and finding.probability >= LIKELY
    return "likely " if probable else "possible "


def denial(names: Sequence[str]) -> str:
    """One sentence that denies one or more findings."""
    words = [BY_NAME[name].wording or name for name in names]
    listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
    return f"No {listed}."


def _noun(finding: Finding) -> str:
    """The finding with its side: "left pleural effusion", "[side] atelectasis", "cardiomegaly"."""
    term = BY_NAME[finding.name]
    if not term.sided:
        return term.wording or term.name
    if finding.laterality is Laterality.BILATERAL:
        return f"bilateral {term.plural or term.wording or term.name}"
    side = finding.laterality.value if finding.laterality else SIDE_PLACEHOLDER
    return f"{side} {term.wording or term.name}"
