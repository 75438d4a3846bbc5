"""How a session and a cohort are doing: distributions without names, progress, what is due, CSV."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.domain.teaching import Attempt, FindingScore, TeachingCase, Trainee
from core.evaluation.blind_reads.detection import detect
from core.evaluation.blind_reads.truth import stated_names
from core.evaluation.resampling import hits_of, interval_of, mean_each, resample
from core.models.base import Interval
from dashboard.services.teaching.read_sheet import read_sheet
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork

LEAST_SHOWN = 5
"""Committed reads from which answers are shown: of two, each could subtract his own."""
LEAST_OPENED = 2
"""The same once the teacher opened the answer in step, to speak of it with all."""
LEAST_AVERAGED = 2
"""Reads from which a mean has an interval."""
_ALIKE = 1e-12  # what rounding makes of equal means


@dataclass(frozen=True)
class Distribution:
    """Answers to one case of one session, without names.

    ``picked`` maps a finding to the certainties that were given; ``sides`` to how often which side
    was named; ``marks`` are (finding, x, y) of clicks and centres of boxes, in film pixels.
    Nothing is shown below ``least`` committed reads, from which single answers could be told.
    """

    case_id: int
    joined: int
    committed: int
    picked: Mapping[str, tuple[float, ...]]
    sides: Mapping[str, Mapping[str, int]]
    marks: tuple[tuple[str, float, float], ...]
    least: int = LEAST_SHOWN


@dataclass(frozen=True)
class WeekOfFinding:
    """A cohort's reads of one finding in one ISO week: reference present or absent, called or not.

    ``sensitivity`` and ``specificity`` carry Wilson intervals and the number of reads behind them.
    """

    week: dt.date
    finding: str
    reads: int
    sensitivity: Interval | None
    specificity: Interval | None
    brier: Interval | None


@dataclass(frozen=True)
class DetectionCurve:
    """Detection of drawn lesions of one finding against their contrast, for one trainee.

    A lesion is detected if it was called, and marked in its place if it was marked at all; of each
    film the first read counts.

    ``points`` are (contrast, detected, shown) of bins; ``threshold`` the contrast detected half of
    the time by a logistic curve, with its bootstrap interval; ``None`` where too few were read.
    ``false_rate`` is how often a film without a lesion was called.
    """

    finding: str
    points: tuple[tuple[float, int, int], ...]
    slope: float | None
    threshold: Interval | None
    false_rate: Interval | None


@dataclass(frozen=True)
class Due:
    case_id: int
    due_at: dt.datetime
    missed: tuple[str, ...]


def distribution(place: Workspace, session_id: int, case_id: int) -> Distribution:
    """Raises NotFoundError."""
    with place.look() as look:
        session = look.teaching_sessions.get(session_id)
        joined = look.teaching_sessions.joined_count(session_id)
        answers = [each.answer for each in look.reads.of_session(session_id, case_id)]
    opened = {session.case_ids[at] for at in session.opened}
    least = LEAST_OPENED if case_id in opened else LEAST_SHOWN
    if len(answers) < least:
        return Distribution(case_id, joined, len(answers), {}, {}, (), least)
    picked: dict[str, list[float]] = defaultdict(list)
    sides: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for answered in (finding for answer in answers for finding in answer.findings):
        picked[answered.name].append(answered.certainty)
        if answered.laterality is not None:
            sides[answered.name][answered.laterality.value] += 1
    marks = [
        (mark.finding, mark.x + mark.width / 2, mark.y + mark.height / 2)
        for answer in answers
        for mark in answer.marks
    ]
    # In an order of their own: the n-th of each would be one trainee's.
    return Distribution(
        case_id,
        joined,
        len(answers),
        {name: tuple(sorted(given)) for name, given in picked.items()},
        {name: dict(sorted(named.items())) for name, named in sides.items()},
        tuple(sorted(marks)),
        least,
    )


def cohorts(place: Workspace) -> tuple[str, ...]:
    """Cohorts that had a session, the one of the newest first."""
    with place.look() as look:
        return look.teaching_sessions.cohorts()


def cohort_progress(
    place: Workspace, cohort: str, *, generated: bool = False
) -> tuple[WeekOfFinding, ...]:
    """Scored reads of a cohort by week and finding, oldest first.

    Either of patients' films or of generated ones, never of both together. Findings that the
    reference states count, whatever was picked; of each trainee the first read of a case: a repeat
    knows the answer.
    """
    with place.look() as look:
        attempts = look.reads.of_cohort(cohort)
        cases = _cases(look, attempts, generated=generated)
    return _weeks(first_reads(attempts), cases)


def trainee_progress(
    place: Workspace, trainee: Trainee, *, generated: bool = False
) -> tuple[WeekOfFinding, ...]:
    """The same of one trainee."""
    with place.look() as look:
        attempts = look.reads.of_trainee(trainee.id)
        cases = _cases(look, attempts, generated=generated)
    return _weeks(first_reads(attempts), cases)


def due(place: Workspace, trainee: Trainee, *, now: dt.datetime | None = None) -> tuple[Due, ...]:
    """Cases that a trainee missed something of and should see again, most overdue first.

    ``missed`` of the newest read names the answer: it is nothing to show before the repeat.
    """
    now = now or dt.datetime.now(dt.UTC)
    with place.look() as look:
        cards = look.repetitions.due(trainee.id, now)
        newest = {each.case_id: each for each in look.reads.of_trainee(trainee.id) if each.score}
        cards = tuple(each for each in cards if look.reads.answer_open(trainee.id, each.case_id))
    return tuple(Due(each.case_id, each.due_at, _missed(newest[each.case_id])) for each in cards)


def detection_curves(place: Workspace, trainee: Trainee) -> tuple[DetectionCurve, ...]:
    """One curve a finding of which a drawn lesion was read."""
    with place.look() as look:
        attempts = look.reads.of_trainee(trainee.id)
        cases = _cases(look, attempts, generated=True)
    drills = [
        each
        for each in first_reads(attempts)
        if each.case_id in cases and cases[each.case_id].drill is not None
    ]
    names = {drill.finding for each in drills if (drill := cases[each.case_id].drill)} - {""}
    return tuple(_curve(name, drills, cases) for name in sorted(names))


def session_csv(place: Workspace, session_id: int) -> str:
    """Every committed read of a session, one line a read: nickname, case number, answer, score."""
    with place.look() as look:
        session = look.teaching_sessions.get(session_id)
        members = {each.id: each.nickname for each in look.teaching_sessions.members(session_id)}
        return read_sheet(look.reads.of_session(session_id), members, {session.id: session})


def cohort_csv(place: Workspace, cohort: str) -> str:
    """The same of every read of a cohort, practice included, whose session is left empty."""
    with place.look() as look:
        attempts = look.reads.of_cohort(cohort)
        members = {each.id: each.nickname for each in look.trainees.of_cohort(cohort)}
        sessions = {each.id: each for each in look.teaching_sessions.every()}
        return read_sheet(attempts, members, sessions)


# --- reads that tell something of the reader ----------------------------------------------------


def first_reads(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """Each trainee's first read of each case, if it was scored; a repeat knows the answer."""
    first: dict[tuple[int, int], Attempt] = {}
    for attempt in attempts:
        first.setdefault((attempt.trainee_id, attempt.case_id), attempt)
    return tuple(attempt for attempt in first.values() if attempt.score is not None)


def _cases(
    look: UnitOfWork, attempts: Iterable[Attempt], *, generated: bool
) -> Mapping[int, TeachingCase]:
    ids = sorted({attempt.case_id for attempt in attempts})
    found = look.teaching_cases.of_ids(ids)
    return {case.id: case for case in found if case.generated is generated}


def _weeks(
    reads: Iterable[Attempt], cases: Mapping[int, TeachingCase]
) -> tuple[WeekOfFinding, ...]:
    groups: dict[tuple[dt.date, str], list[tuple[int, FindingScore]]] = defaultdict(list)
    for read in reads:
        if read.score is None or read.case_id not in cases:
            continue
        stated = stated_names(cases[read.case_id])
        day = read.committed_at.date()
        monday = day - dt.timedelta(days=day.weekday())
        for finding in read.score.findings:
            if finding.name not in stated:
                continue
            groups[monday, finding.name].append((read.trainee_id, finding))
    return tuple(_week(*key, groups[key]) for key in sorted(groups))


def _week(week: dt.date, finding: str, scored: Sequence[tuple[int, FindingScore]]) -> WeekOfFinding:
    outcomes = [each.outcome for _, each in scored]
    hits, missed = outcomes.count("hit"), outcomes.count("missed")
    rejected, false = outcomes.count("rejected"), outcomes.count("false")
    return WeekOfFinding(
        week,
        finding,
        len(scored),
        hits_of(hits, hits + missed),
        hits_of(rejected, rejected + false),
        _brier(scored),
    )


def _brier(scored: Sequence[tuple[int, FindingScore]]) -> Interval | None:
    """The mean with its bootstrap interval: over trainees, over the reads of one by himself.

    None where no resample differs: the bootstrap would claim certainty.
    """
    trainees = [str(trainee_id) for trainee_id, _ in scored]
    alone = len(set(trainees)) == 1
    units = np.asarray([str(number) for number in range(len(scored))] if alone else trainees)
    brier = np.asarray([each.brier for _, each in scored if each.brier is not None])
    if len(scored) < LEAST_AVERAGED or len(brier) < len(scored):
        return None
    means = mean_each(brier, resample(units))
    return None if np.ptp(means) < _ALIKE else interval_of(means, len(scored))


def _missed(attempt: Attempt) -> tuple[str, ...]:
    found = attempt.score.findings if attempt.score else ()
    return tuple(each.name for each in found if each.outcome == "missed")


def _curve(
    name: str, drills: Iterable[Attempt], cases: Mapping[int, TeachingCase]
) -> DetectionCurve:
    contrasts, detected, false_calls = [], [], []
    for read in drills:
        drill, score = cases[read.case_id].drill, read.score
        assert drill is not None and score is not None
        outcome = {each.name: each.outcome for each in score.findings}.get(name)
        if drill.finding == name:
            pointed = [mark.hit for mark in score.marks if mark.mark.finding == name]
            contrasts.append(drill.contrast)
            detected.append(outcome == "hit" and (any(pointed) or not pointed))
        elif not drill.finding and outcome is not None:
            false_calls.append(outcome == "false")
    found = detect(contrasts, detected)
    false_rate = hits_of(sum(false_calls), len(false_calls))
    return DetectionCurve(name, found.points, found.slope, found.threshold, false_rate)
