"""What a blind read is worth: by finding, by place, by wording.

References
----------
Brier 1950 (squared error of a probability).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import fmean

from core.domain.teaching import (
    Answer,
    AnsweredFinding,
    FindingScore,
    ReadScore,
    TeachingCase,
    TrueFinding,
)
from core.evaluation.blind_reads.location import locate
from core.evaluation.blind_reads.truth import in_order, stated_names, truth_of
from core.evaluation.blind_reads.wording import compare_wording
from core.findings.labeller import label

CALLED = 0.5
"""Certainty from which a finding was called present."""
OPEN = "open"
"""Outcome of a finding that was picked and of which the reference says nothing."""


def score(case: TeachingCase, answer: Answer) -> ReadScore:
    """Score a read against the reference of its case.

    Findings come in the order of the vocabulary, whatever the order of answer and reference. The
    mean is over those that the reference itself states, the same for every read of a case: what
    somebody picks beside them can neither improve nor spoil it.

    Raises
    ------
    ValueError
        If the case has no firm reference: it is not scored.
    """
    if not case.scored:
        raise ValueError("a case without a firm reference is not scored")
    findings = _findings(case, answer)
    located = locate(case, answer.marks)
    wording = compare_wording(case, answer.impression)
    return ReadScore(
        findings=findings,
        brier=_mean(case, findings),
        marks=located.marks,
        located=located.located,
        locatable=located.locatable,
        false_marks=located.false_marks,
        worded=wording.worded,
        unworded=wording.unworded,
        misworded=wording.misworded,
    )


def warm() -> None:
    """Build what the first score would wait for: the labeller takes seconds once a process."""
    label("No pleural effusion.")


def _mean(case: TeachingCase, findings: Iterable[FindingScore]) -> float | None:
    stated = stated_names(case)
    errors = [each.brier for each in findings if each.name in stated and each.brier is not None]
    return fmean(errors) if errors else None


def _findings(case: TeachingCase, answer: Answer) -> tuple[FindingScore, ...]:
    answered = {finding.name: finding for finding in answer.findings}
    truth = truth_of(case)
    names = in_order({*stated_names(case), *answered})
    return tuple(_finding(name, truth, answered) for name in names)


def _finding(
    name: str, truth: Mapping[str, TrueFinding], answered: Mapping[str, AnsweredFinding]
) -> FindingScore:
    there = truth.get(name)
    if there is None:
        return FindingScore(name, OPEN, None)
    said = answered.get(name, AnsweredFinding(name, 0.0))
    called = said.certainty >= CALLED
    if there.present:
        outcome = "hit" if called else "missed"
    else:
        outcome = "false" if called else "rejected"
    asked = outcome == "hit" and there.laterality is not None
    side_right = said.laterality is there.laterality if asked else None
    return FindingScore(name, outcome, (said.certainty - there.present) ** 2, side_right)
