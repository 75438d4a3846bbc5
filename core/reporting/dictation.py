"""The sentences of a draft: what is stated, what may be denied, in which order.

A negative must be earned by a measured sensitivity; see `core.reporting.drafting`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.domain.draft import DraftSentence
from core.domain.finding import Certainty, Finding
from core.domain.report import ENGLISH
from core.domain.study import Projection
from core.findings.vocabulary import (
    BY_NAME,
    CARDIOMEGALY,
    LUNG_OPACITY,
    URGENCY,
    Region,
    narrower,
)
from core.models.base import FindingFigures, Interval
from core.reporting.phrases.catalogue import phrases
from core.reporting.phrases.statement import Statement
from core.reporting.wording import denied, explained, named, seen

EARNED = 0.90
"""Lower bound from which a measured rate earns a word (a side, a negative)."""
EARNED_POSITIVES = 30
"""Positives that must stand behind the sensitivity that earns a negative."""
CARDIOMEGALY_PROJECTIONS = (Projection.PA,)
SHOWN = (Certainty.PRESENT, Certainty.UNCERTAIN)


def findings_sentences(
    findings: Sequence[Finding],
    figures: Mapping[str, FindingFigures],
    films: Sequence[Projection],
) -> tuple[DraftSentence, ...]:
    """What is seen, then what is denied, region by region as a radiologist dictates."""
    sentences: list[DraftSentence] = []
    for region in Region:
        here = [each for each in findings if BY_NAME[each.name].region is region]
        sentences += _stated([each for each in here if each.drafted])
        absent = [each.name for each in here if earned_negative(each, findings, figures, films)]
        if absent:
            sentences.append(_sentence(denied(absent), "findings"))
    return tuple(sentences)


def _stated(drafted: Sequence[Finding]) -> list[DraftSentence]:
    """One sentence a finding; an opacity and what it is are one statement, not two shadows."""
    opacity = next((each for each in drafted if each.name == LUNG_OPACITY), None)
    kind = None if opacity is None else _kind_of(opacity, drafted)
    sentences = []
    for each in drafted:
        if kind is not None and each is kind:
            continue
        if kind is not None and each is opacity:
            sentences.append(_sentence(explained(each, kind), "findings", each.evidence))
        else:
            sentences.append(_sentence(seen(each), "findings", each.evidence))
    return sentences


def _sentence(said: Statement, section: str, evidence: int | None = None) -> DraftSentence:
    return DraftSentence(phrases(ENGLISH).say(said), section, said.names, evidence)


def _kind_of(opacity: Finding, drafted: Sequence[Finding]) -> Finding | None:
    """The one narrower finding that is as present as the opacity, on its side.

    Without a side nothing shows that the two are one shadow.
    """
    kinds = [
        each
        for each in drafted
        if each.name in narrower(LUNG_OPACITY)
        and BY_NAME[each.name].sided
        and each.certainty is opacity.certainty is Certainty.PRESENT
        and each.laterality is opacity.laterality is not None
    ]
    return kinds[0] if len(kinds) == 1 else None


def earned_negative(
    finding: Finding,
    findings: Sequence[Finding],
    figures: Mapping[str, FindingFigures],
    films: Sequence[Projection],
) -> bool:
    """Whether a finding may be denied: scored absent, by a model that was measured to miss few."""
    if finding.certainty is not Certainty.ABSENT or not BY_NAME[finding.name].worded:
        return False
    if any(each.certainty in SHOWN and each.name in narrower(finding.name) for each in findings):
        return False  # "no lung opacity" would deny the consolidation of the line before
    frontal = {film for film in films if film is not Projection.LATERAL}
    if finding.name == CARDIOMEGALY and not frontal <= set(CARDIOMEGALY_PROJECTIONS):
        return False
    measured = figures[finding.name].sensitivity_uncertain if finding.name in figures else None
    return measured is not None and _enough(measured, figures[finding.name])


def _enough(sensitivity: Interval, figures: FindingFigures) -> bool:
    positives = min(sensitivity.cases, figures.positives)
    return sensitivity.low >= EARNED and positives >= EARNED_POSITIVES


def impression_sentences(findings: Sequence[Finding]) -> tuple[DraftSentence, ...]:
    """The drafted findings, surest first, then by what must not wait."""
    drafted = [each for each in findings if each.drafted]
    ranked = sorted(
        drafted, key=lambda each: (SHOWN.index(each.certainty), URGENCY.index(each.name))
    )
    return tuple(_sentence(named(each), "impression", each.evidence) for each in ranked)
