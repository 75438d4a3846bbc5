"""A read in whole sentences: what was seen, missed, wrongly seen, misplaced and left unsaid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core.domain.errors import N_
from core.domain.finding import Certainty, Laterality
from core.domain.teaching import (
    Answer,
    AnsweredFinding,
    FindingScore,
    MarkScore,
    ReadScore,
    TeachingCase,
    TrueFinding,
)
from core.evaluation.blind_reads.location import meant
from core.evaluation.blind_reads.scoring import CALLED, OPEN
from core.evaluation.blind_reads.truth import in_order, truth_of
from core.evaluation.blind_reads.wording import read_impression
from core.findings.labeller import stated
from core.findings.vocabulary import NO_FINDING


@dataclass(frozen=True)
class FeedbackLine:
    """One sentence: a template that the interface translates, and what fills it.

    Facts are words of their own, which are translated as well, or numbers. ``findings`` are the
    names that the sentence is about. As a string it is the sentence in English.
    """

    template: str
    facts: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.template.format(**self.facts)


_SIDES = {
    Laterality.LEFT: N_("the left side"),
    Laterality.RIGHT: N_("the right side"),
    Laterality.BILATERAL: N_("both sides"),
}


def feedback(
    case: TeachingCase, answer: Answer, scored: ReadScore | None
) -> tuple[FeedbackLine, ...]:
    """Say what a read was worth, finding by finding, then mark by mark, then the wording.

    Parameters
    ----------
    scored : ReadScore, optional
        Of a case that is not scored: none; then the sentences say what differs from the signed
        report, without a judgement. Of a case that is: none where the read came too late.
    """
    if not case.scored:
        return tuple(_differences(case, answer))
    if scored is None:
        return (FeedbackLine(N_("You committed after the answer was opened: no score is kept.")),)
    return (
        *_of_findings(case, answer, scored),
        *_of_places(case, answer, scored),
        *_of_wording(case, answer, scored),
    )


# --- findings -----------------------------------------------------------------------------------


def _of_findings(case: TeachingCase, answer: Answer, scored: ReadScore) -> Iterator[FeedbackLine]:
    answered = {finding.name: finding for finding in answer.findings}
    truth = truth_of(case)
    if case.normal and not any(finding.outcome == "false" for finding in scored.findings):
        yield FeedbackLine(N_("Nothing is there, and you called nothing."))
    for finding in scored.findings:
        said = answered.get(finding.name)
        line = None if finding.name == NO_FINDING else _of_finding(finding, said)
        if line is not None:
            yield line
        if finding.side_right is False and said is not None and finding.name in truth:
            yield _of_side(said, truth[finding.name])


def _of_finding(finding: FindingScore, said: AnsweredFinding | None) -> FeedbackLine | None:
    if finding.outcome == "hit":
        return _called(N_("You saw {finding}, which is there ({percent} % sure)."), said)
    if finding.outcome == "false":
        return _called(N_("You called {finding}, which is not there ({percent} % sure)."), said)
    if finding.outcome == "missed" and said is not None:
        return _called(N_("You took {finding} for unlikely ({percent} %), but it is there."), said)
    if finding.outcome == "missed":
        return _about(N_("You missed {finding}, which is there."), finding.name)
    if finding.outcome == OPEN:
        return _about(
            N_("The reference says nothing of {finding}: your call is not judged."), finding.name
        )
    return None


def _of_side(said: AnsweredFinding, there: TrueFinding) -> FeedbackLine:
    side = _SIDES[there.laterality] if there.laterality else ""
    if said.laterality is None:
        return _about(N_("For {finding} you named no side; it is on {side}."), said.name, side=side)
    return _about(
        N_("For {finding} you named {answered}; it is on {side}."),
        said.name,
        answered=_SIDES[said.laterality],
        side=side,
    )


# --- places -------------------------------------------------------------------------------------


def _of_places(case: TeachingCase, answer: Answer, scored: ReadScore) -> Iterator[FeedbackLine]:
    truth = truth_of(case)
    for mark in scored.marks:
        there = truth.get(mark.mark.finding)
        if not mark.hit:
            yield _of_mark(mark, there)
    bare = {
        region.finding
        for region in case.regions
        if not any(meant(mark, region) for mark in answer.marks)
    }
    for name in in_order(bare):
        yield _about(N_("You did not mark where {finding} is."), name)
    if scored.locatable and scored.located == scored.locatable:
        yield FeedbackLine(N_("You marked every place where something is."))


def _of_mark(mark: MarkScore, there: TrueFinding | None) -> FeedbackLine:
    name = mark.mark.finding
    if mark.distance is None and there is None:
        return _about(N_("The reference says nothing of {finding}: your mark is not judged."), name)
    if mark.distance is None:
        return (
            _about(N_("The case does not say where {finding} is: your mark is not judged."), name)
            if there is not None and there.present
            else _about(N_("You marked {finding}, which is not there."), name)
        )
    if mark.distance == 0 and mark.mark.width:
        return _about(N_("Your box of {finding} is too large to point at it."), name)
    template = (
        N_("Your mark of {finding} lies {distance} mm beside it.")
        if mark.in_mm
        else N_("Your mark of {finding} lies {distance} pixels beside it.")
    )
    return _about(template, name, distance=f"{mark.distance:.0f}")


# --- wording ------------------------------------------------------------------------------------


def _of_wording(case: TeachingCase, answer: Answer, scored: ReadScore) -> Iterator[FeedbackLine]:
    read = read_impression(answer.impression)
    mentions, truth = stated(read.mentions), truth_of(case)
    if read.unread:
        yield FeedbackLine(N_("Part of your impression could not be read, and is not judged."))
    for name in scored.unworded:
        yield _about(N_("Your impression does not mention {finding}."), name)
    for name in scored.misworded:
        there, mention = truth.get(name), mentions.get(name)
        if name == NO_FINDING:
            yield FeedbackLine(N_("Your impression says that nothing is there, but something is."))
        elif there is None or mention is None:
            # The labeller or the vocabulary was another when the read was scored.
            yield _about(N_("Your impression of {finding} was judged by earlier rules."), name)
        elif not there.present:
            yield _about(N_("Your impression states {finding}, which is not there."), name)
        elif mention.certainty is Certainty.ABSENT:
            yield _about(N_("Your impression denies {finding}, which is there."), name)
        else:
            yield _about(N_("Your impression puts {finding} on another side."), name)


# --- without a firm reference -------------------------------------------------------------------


def _differences(case: TeachingCase, answer: Answer) -> Iterator[FeedbackLine]:
    """What differs from the signed report, which is one reader's opinion."""
    signed = {finding.name: finding for finding in case.findings}
    answered = {finding.name: finding for finding in answer.findings}
    lines = [
        line
        for name in in_order({*signed, *answered} - {NO_FINDING})
        if (line := _difference(name, signed.get(name), answered.get(name))) is not None
    ]
    yield from lines
    if not lines:
        yield FeedbackLine(N_("Your findings do not differ from those of the signed report."))


def _difference(
    name: str, signed: TrueFinding | None, said: AnsweredFinding | None
) -> FeedbackLine | None:
    called = said is not None and said.certainty >= CALLED
    there = signed is not None and signed.present
    if there and not called:
        return _about(N_("The signed report states {finding}; you did not call it."), name)
    if called and not there:
        return _about(N_("You called {finding}; the signed report does not state it."), name)
    if there and signed is not None and said is not None and signed.laterality is not None:
        side = _SIDES[signed.laterality]
        if said.laterality is None:
            return _about(
                N_("For {finding} the signed report names {side}; you named none."),
                name,
                side=side,
            )
        if said.laterality is not signed.laterality:
            return _about(
                N_("For {finding} the signed report names {side}; you named {answered}."),
                name,
                side=side,
                answered=_SIDES[said.laterality],
            )
    return None


def _about(template: str, name: str, **facts: str) -> FeedbackLine:
    return FeedbackLine(template, {"finding": name, **facts}, (name,))


def _called(template: str, said: AnsweredFinding | None) -> FeedbackLine:
    assert said is not None
    return _about(template, said.name, percent=f"{100 * said.certainty:.0f}")
