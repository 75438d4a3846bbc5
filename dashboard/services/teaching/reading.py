"""Blind reads: what a trainee may see, what was typed, the commit, and what it opens.

`BlindView` is all that leaves the server before the commit. It has no field for an answer.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass, replace
from enum import StrEnum

from core.domain.errors import N_, NotFoundError
from core.domain.teaching import (
    Answer,
    Attempt,
    CaseFilm,
    Pace,
    ReadScore,
    TeachingCase,
    TeachingSession,
    Trainee,
)
from core.domain.teaching_errors import (
    AnswerRefusedError,
    CommittedBeforeError,
    ReadClosedError,
)
from core.evaluation.blind_reads.feedback import FeedbackLine, feedback
from core.evaluation.blind_reads.scoring import score
from dashboard.services.teaching import repetition
from dashboard.services.teaching.answers import empty, require_sound
from dashboard.services.teaching.keeping import no_open_read
from dashboard.workspace import Workspace
from storage.repositories.teaching_reads import OpenRead, ReadKey
from storage.repositories.teaching_sessions import answer_open
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)


class Turn(StrEnum):
    READ = "read"
    WAIT = "wait"  # committed, and the teacher has not gone on or not opened the answer
    REVEALED = "revealed"
    DONE = "done"


@dataclass(frozen=True)
class BlindView:
    """A case before the commit. ``number`` of ``count`` is its place in the session, from 1.

    The film comes without the digest of its pixels, by which somebody could know it elsewhere.
    """

    case_id: int
    session_id: int | None
    number: int
    count: int
    level: str
    generated: bool
    phantom: bool
    scored: bool
    film: CaseFilm
    history: str
    answer: Answer
    version: int


@dataclass(frozen=True)
class Revealed:
    """A case after the commit, with everything that belongs to it."""

    case: TeachingCase
    attempt: Attempt
    feedback: tuple[FeedbackLine, ...]
    number: int
    count: int


@dataclass(frozen=True)
class Position:
    """Where a trainee stands in a session. ``committed`` counts its cases that he committed."""

    turn: Turn
    session: TeachingSession | None
    blind: BlindView | None = None
    revealed: Revealed | None = None
    committed: int = 0


def position(
    place: Workspace, trainee: Trainee, session_id: int, *, at: int | None = None
) -> Position:
    """What a trainee sees of a session now.

    In step, a committed case is `WAIT` until the teacher opens its answer.

    Parameters
    ----------
    at : int, optional
        A case of the session, from 0, that the trainee chose: at one's own pace, and once the
        session is over. Else it is the first that he has not committed.

    Raises
    ------
    NotFoundError
        If there is no such session, or the trainee never joined it.
    """
    with place.look() as look:
        session = look.teaching_sessions.joined(session_id, trainee.id)
        committed = look.reads.committed(trainee.id, session_id)
        index = _index(session, committed, at)
        if index is None:
            return Position(Turn.DONE, session, committed=len(committed))
        case_id, number, count = session.case_ids[index], index + 1, len(session.case_ids)
        if case_id in committed and not answer_open(session, case_id):
            return Position(Turn.WAIT, session, committed=len(committed))
        case, key = look.teaching_cases.get(case_id), ReadKey(trainee.id, case_id, session_id)
        if case_id in committed:
            attempt = look.reads.in_session(key)
            assert attempt is not None
            revealed = _revealed(case, attempt, number, count)
            return Position(Turn.REVEALED, session, revealed=revealed, committed=len(committed))
        begun = look.reads.begun(key)
    begun = begun or _begin(place, key)
    blind = _blind(case, begun, number, count, session)
    return Position(Turn.READ, session, blind=blind, committed=len(committed))


def practice(place: Workspace, trainee: Trainee, case_id: int, *, again: bool = False) -> Position:
    """A case outside of a session: spaced repetition, drills, the local reader by himself.

    The local reader may practise every case, a trainee those that he committed before and whose
    answer he may see.

    Parameters
    ----------
    again : bool
        Begin another read of a case that was committed. Once: until its commit it is shown to be
        read, whatever stands here, and afterwards with its answer unless this asks again.

    Raises
    ------
    NotFoundError
        If the trainee was never given this case.
    """
    key = ReadKey(trainee.id, case_id, None)
    with place.look() as look:
        case = look.teaching_cases.get(case_id)
        attempts = look.reads.of_case(trainee.id, case_id)
        _require_given(look, trainee, case)
        begun = look.reads.begun(key)
    if begun is None and attempts and not again:
        revealed = _revealed(case, attempts[0], 1, 1)
        return Position(Turn.REVEALED, None, revealed=revealed, committed=len(attempts))
    begun = begun or _begin(place, key)
    blind = _blind(case, begun, 1, 1, None)
    return Position(Turn.READ, None, blind=blind, committed=len(attempts))


def commit(
    place: Workspace, trainee: Trainee, case_id: int, session_id: int | None, answer: Answer
) -> Attempt:
    """Commit a read: scored, stored for good, and put into the trainee's repetitions. Once.

    In step, a read that is committed after the teacher opened the answer is kept without a score.

    Raises
    ------
    AnswerRefusedError
        If it was committed before, the session is closed or at another case, or the answer is
        empty.
    NotFoundError
        If the trainee never joined the session, or it has no such case.
    """
    key = ReadKey(trainee.id, case_id, session_id)
    with place.look() as look:
        case = look.teaching_cases.get(case_id)
        begun = look.reads.begun(key)
        if begun is None:
            raise no_open_read(look, key)
    require_sound(answer, case.film)
    if empty(answer):
        raise AnswerRefusedError(
            reason=N_("it is empty; pick what you see, or write that there is nothing")
        )
    # Before the transaction: the labeller may take seconds, and others want to commit.
    scored = score(case, answer) if case.scored else None
    with place.work() as work:
        refused, late = _standing(work, key)
        if refused:
            work.reads.keep(key, answer, now=_now())
        else:
            attempt = _store(work, key, answer, None if late else scored, begun)
    if refused:
        raise refused
    logger.info("trainee %d committed case %d as read %d", trainee.id, case_id, attempt.id)
    return attempt


def _store(
    work: UnitOfWork, key: ReadKey, answer: Answer, scored: ReadScore | None, begun: OpenRead
) -> Attempt:
    # Whoever takes the open read away commits; a second tab finds it gone.
    if not work.reads.end(key):
        raise CommittedBeforeError()
    now = _now()
    attempt = work.reads.add(key, answer, scored, started_at=begun.started_at, committed_at=now)
    if scored is not None:
        before = work.repetitions.get(key.trainee_id, key.case_id)
        after = repetition.seen(before, key.case_id, scored, at=now)
        if after is not None:
            work.repetitions.put(key.trainee_id, after)
    return attempt


def _standing(work: UnitOfWork, key: ReadKey) -> tuple[AnswerRefusedError | None, bool]:
    """Why a read may not be committed now, `None` if it may; and if its answer was ever open."""
    if key.session_id is None:
        return None, False
    session = work.teaching_sessions.joined(key.session_id, key.trainee_id)
    if key.case_id not in session.case_ids:
        raise NotFoundError(what="case")
    if key.case_id in work.reads.committed(key.trainee_id, session.id):
        return CommittedBeforeError(), False
    if not session.open:
        return ReadClosedError(), False
    if session.pace is Pace.OWN:
        return None, False
    if session.case_ids[session.position] != key.case_id:
        return AnswerRefusedError(reason=N_("the teacher is at another case")), False
    return None, session.position in session.opened


def _index(session: TeachingSession, committed: frozenset[int], at: int | None) -> int | None:
    """The case on show; ``None`` when there is nothing to read."""
    if session.open and session.pace is Pace.STEP:
        return session.position
    if at is not None and 0 <= at < len(session.case_ids):
        return at if session.open or session.case_ids[at] in committed else None
    if not session.open:
        return None
    left = (i for i, case_id in enumerate(session.case_ids) if case_id not in committed)
    return next(left, None)


def _require_given(look: UnitOfWork, trainee: Trainee, case: TeachingCase) -> None:
    if look.reads.answer_open(trainee.id, case.id):
        return
    if case.retired or not look.trainees.is_reader(trainee.id):
        raise NotFoundError(what="case")


def _begin(place: Workspace, key: ReadKey) -> OpenRead:
    now = _now()
    with place.work() as work:
        work.reads.begin(key, now=now)
        return work.reads.begun(key) or OpenRead(Answer(), now)


def _blind(
    case: TeachingCase, begun: OpenRead, number: int, count: int, session: TeachingSession | None
) -> BlindView:
    return BlindView(
        case_id=case.id,
        session_id=None if session is None else session.id,
        number=number,
        count=count,
        level=case.level.value,
        generated=case.generated,
        phantom=case.phantom,
        scored=case.scored,
        film=replace(case.film, pixel_blob_digest=""),
        history=case.history if session is None or session.history_allowed else "",
        answer=begun.answer,
        version=begun.version,
    )


def _revealed(case: TeachingCase, attempt: Attempt, number: int, count: int) -> Revealed:
    return Revealed(case, attempt, feedback(case, attempt.answer, attempt.score), number, count)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
