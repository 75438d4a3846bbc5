"""How far each one of a session is, what a reader has not read yet, and a case by its number."""

from __future__ import annotations

from collections.abc import Mapping

from core.domain.teaching import TeachingCase, Trainee
from dashboard.workspace import Workspace


def case(place: Workspace, case_id: int) -> TeachingCase:
    """One case for the teacher, retired or not. Raises NotFoundError."""
    with place.look() as look:
        return look.teaching_cases.get(case_id)


def committed(place: Workspace, session_id: int) -> Mapping[int, int]:
    """How many cases of a session each trainee committed, by the trainee's number."""
    with place.look() as look:
        return look.reads.committed_by(session_id)


def members_of_cohort(place: Workspace, cohort: str) -> tuple[Trainee, ...]:
    """Everybody who joined a session of a cohort, by nickname."""
    with place.look() as look:
        found = {
            trainee.id: trainee
            for session in look.teaching_sessions.every()
            if session.cohort == cohort
            for trainee in look.teaching_sessions.members(session.id)
        }
    return tuple(sorted(found.values(), key=lambda trainee: trainee.nickname.casefold()))


def unread(place: Workspace, trainee: Trainee) -> tuple[TeachingCase, ...]:
    """Cases and drills that somebody never committed, the oldest first."""
    with place.look() as look:
        read = {attempt.case_id for attempt in look.reads.of_trainee(trainee.id)}
        offered = look.teaching_cases.every(drills=True)
    return tuple(case for case in reversed(offered) if case.id not in read)
