"""How far each one of a session is, what a reader has not read yet, and a case by its number."""

from __future__ import annotations

from collections.abc import Mapping

from core.domain.teaching import TeachingCase, TeachingSession, Trainee
from dashboard.workspace import Workspace


def case(place: Workspace, case_id: int) -> TeachingCase:
    """One case for the teacher, retired or not. Raises NotFoundError."""
    with place.look() as look:
        return look.teaching_cases.get(case_id)


def committed(place: Workspace, session_id: int) -> Mapping[int, int]:
    """How many cases of a session each trainee committed, by the trainee's number."""
    with place.look() as look:
        return look.reads.committed_by(session_id)


def places_open(place: Workspace, trainee: Trainee, session: TeachingSession) -> tuple[int, ...]:
    """Which cases of a session a trainee may turn to, from 0; once it is over, his committed ones.

    In step, while it is open, the teacher leads instead.
    """
    if session.open:
        return tuple(range(len(session.case_ids)))
    with place.look() as look:
        read = look.reads.committed(trainee.id, session.id)
    return tuple(at for at, case_id in enumerate(session.case_ids) if case_id in read)


def members_of_cohort(place: Workspace, cohort: str) -> tuple[Trainee, ...]:
    """Everybody who joined a session of a cohort, by nickname."""
    with place.look() as look:
        found = look.trainees.of_cohort(cohort)
    return tuple(sorted(found, key=lambda trainee: trainee.nickname.casefold()))


def unread(place: Workspace, trainee: Trainee) -> tuple[TeachingCase, ...]:
    """Cases and drills that somebody never committed, the oldest first."""
    with place.look() as look:
        read = {attempt.case_id for attempt in look.reads.of_trainee(trainee.id)}
        offered = look.teaching_cases.every(drills=True)
    return tuple(case for case in reversed(offered) if case.id not in read)
