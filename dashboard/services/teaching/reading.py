"""Blind reads: what a trainee may see, what was typed, the commit, and what it opens.

`BlindView` is all that leaves the server before the commit. It has no field for an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.domain.teaching import Answer, Attempt, CaseFilm, TeachingCase, TeachingSession, Trainee
from dashboard.workspace import Workspace


class Turn(StrEnum):
    READ = "read"
    WAIT = "wait"  # committed, and the teacher has not gone on or not opened the answer
    REVEALED = "revealed"
    DONE = "done"


@dataclass(frozen=True)
class BlindView:
    """A case before the commit. ``number`` of ``count`` is its place in the session."""

    case_id: int
    session_id: int | None
    number: int
    count: int
    level: str
    generated: bool
    scored: bool
    film: CaseFilm
    history: str
    answer: Answer


@dataclass(frozen=True)
class Revealed:
    """A case after the commit, with everything that belongs to it."""

    case: TeachingCase
    attempt: Attempt
    feedback: tuple[str, ...]
    number: int
    count: int


@dataclass(frozen=True)
class Position:
    """Where a trainee stands in a session."""

    turn: Turn
    session: TeachingSession | None
    blind: BlindView | None = None
    revealed: Revealed | None = None
    committed: int = 0


def position(
    place: Workspace, trainee: Trainee, session_id: int, *, at: int | None = None
) -> Position:
    """What a trainee sees of a session now; ``at`` looks back at a case of one's own pace.

    In step, a committed case is `WAIT` until the teacher opens its answer.

    Raises
    ------
    NotFoundError
        If there is no such session, or the trainee never joined it.
    """
    raise NotImplementedError


def practice(place: Workspace, trainee: Trainee, case_id: int, *, again: bool = False) -> Position:
    """A case outside of a session: spaced repetition, drills, the local reader by himself.

    A committed case is shown revealed, unless it is read ``again``.

    Raises
    ------
    NotFoundError
        If the trainee was never given this case.
    """
    raise NotImplementedError


def keep(
    place: Workspace, trainee: Trainee, case_id: int, session_id: int | None, answer: Answer
) -> None:
    """Keep what was typed and marked so far.

    Raises
    ------
    AnswerRefusedError
        If it was committed, or does not fit the film or the list of findings.
    """
    raise NotImplementedError


def commit(
    place: Workspace, trainee: Trainee, case_id: int, session_id: int | None, answer: Answer
) -> Attempt:
    """Commit a read: scored, stored for good, and put into the trainee's repetitions. Once.

    Raises
    ------
    AnswerRefusedError
        If it was committed before, the session is closed, or the answer is empty.
    """
    raise NotImplementedError
