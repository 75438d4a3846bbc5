"""What a draft says of its findings, as statements; `core.reporting.phrases` puts them in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.domain.finding import Certainty, Finding
from core.domain.report import ENGLISH
from core.domain.study import Projection
from core.findings.vocabulary import BY_NAME
from core.reporting.phrases.catalogue import phrases, taken
from core.reporting.phrases.statement import Form, Statement

LIKELY = 0.5
"""Calibrated probability from which an uncertain finding is likely: as often there as not."""


def technique(films: Iterable[Projection], language: str = ENGLISH) -> str:
    """One sentence from the projections alone."""
    return phrases(language).say(taken(films))


def seen(finding: Finding) -> Statement:
    """One finding as the findings section states it."""
    if finding.certainty is Certainty.UNCERTAIN:
        return named(finding)
    return _statement(Form.SEEN, finding)


def explained(opacity: Finding, kind: Finding) -> Statement:
    """A lung opacity and the narrower finding that it is; both are present, on one side."""
    return Statement(Form.EXPLAINED, (opacity.name, kind.name), opacity.laterality)


def named(finding: Finding) -> Statement:
    """One finding as the impression states it; a score that is no probability is possible."""
    if finding.certainty is not Certainty.UNCERTAIN:
        return _statement(Form.NAMED, finding)
    probable = finding.probability is not None and finding.probability >= LIKELY
    return _statement(Form.LIKELY if probable else Form.POSSIBLE, finding)


def denied(names: Sequence[str]) -> Statement:
    """One or more findings denied in one sentence."""
    return Statement(Form.DENIED, tuple(names))


def _statement(form: Form, finding: Finding) -> Statement:
    side = finding.laterality if BY_NAME[finding.name].sided else None
    open_side = BY_NAME[finding.name].sided and side is None
    return Statement(form, (finding.name,), side, open_side)
