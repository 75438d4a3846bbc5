"""Blind reads: open ones as typed so far, and committed ones, which never change."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, CursorResult, delete, func, null, or_, select, update
from sqlalchemy.orm import Session

from core.domain.teaching import Answer, Attempt, ReadScore
from storage.repositories.teaching_once import insert_once
from storage.repositories.teaching_sessions import answer_open, session_from
from storage.repositories.teaching_values import answer_of, answer_values, score_of, score_values
from storage.teaching_tables import AttemptRow, OpenReadRow, TeachingSessionRow, TraineeRow


@dataclass(frozen=True)
class ReadKey:
    """Whose read of which case; outside of a session where that is ``None``."""

    trainee_id: int
    case_id: int
    session_id: int | None


@dataclass(frozen=True)
class OpenRead:
    """A read that is not committed; ``version`` counts how often it was kept."""

    answer: Answer
    started_at: dt.datetime
    version: int = 0


@dataclass(frozen=True)
class Window:
    """Who writes: a browser's window, by a name of its own, and the version that it shows."""

    name: str
    version: int


class ReadRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    # --- open reads -----------------------------------------------------------------------------

    def begin(self, key: ReadKey, *, now: dt.datetime) -> None:
        """Begin a read, unless it was begun before."""
        insert_once(
            self._session,
            OpenReadRow,
            trainee_id=key.trainee_id,
            case_id=key.case_id,
            session_id=key.session_id or 0,
            answer=answer_values(Answer()),
            version=0,
            kept_by="",
            started_at=now,
            saved_at=now,
        )

    def begun(self, key: ReadKey) -> OpenRead | None:
        row = self._session.scalar(select(OpenReadRow).where(*_open(key)))
        if row is None:
            return None
        return OpenRead(answer_of(row.answer), row.started_at, row.version)

    def keep(
        self, key: ReadKey, answer: Answer, *, now: dt.datetime, window: Window | None = None
    ) -> bool:
        """Keep what was answered so far; false if the read is not open.

        False, too, if another window kept something that ``window`` has not seen. A window knows
        what it wrote itself, whether or not the answer reached it.
        """
        values = {"answer": answer_values(answer), "saved_at": now}
        conditions = list(_open(key))
        if window is not None:
            values["kept_by"] = window.name
            conditions.append(
                or_(OpenReadRow.version == window.version, OpenReadRow.kept_by == window.name)
            )
        kept = self._session.execute(
            update(OpenReadRow).where(*conditions).values(version=OpenReadRow.version + 1, **values)
        )
        assert isinstance(kept, CursorResult)
        return kept.rowcount == 1

    def end(self, key: ReadKey) -> bool:
        """Take an open read away; false if somebody else was faster.

        Whoever takes it away may commit: on PostgreSQL a second transaction waits here for the
        first and then finds nothing.
        """
        ended = self._session.execute(delete(OpenReadRow).where(*_open(key)))
        assert isinstance(ended, CursorResult)
        return ended.rowcount == 1

    # --- committed reads ------------------------------------------------------------------------

    def add(
        self,
        key: ReadKey,
        answer: Answer,
        score: ReadScore | None,
        *,
        started_at: dt.datetime,
        committed_at: dt.datetime,
    ) -> Attempt:
        row = AttemptRow(
            trainee_id=key.trainee_id,
            case_id=key.case_id,
            session_id=key.session_id,
            answer=answer_values(answer),
            score=null() if score is None else score_values(score),
            started_at=started_at,
            committed_at=committed_at,
        )
        self._session.add(row)
        self._session.flush()
        return _attempt_of(row, answer, score)

    def committed(self, trainee_id: int, session_id: int) -> frozenset[int]:
        """Numbers of the cases of a session that a trainee committed."""
        query = select(AttemptRow.case_id).where(
            AttemptRow.trainee_id == trainee_id, AttemptRow.session_id == session_id
        )
        return frozenset(self._session.scalars(query))

    def committed_by(self, session_id: int) -> dict[int, int]:
        """How many cases of a session each trainee committed; who committed none is left out."""
        query = (
            select(AttemptRow.trainee_id, func.count())
            .where(AttemptRow.session_id == session_id)
            .group_by(AttemptRow.trainee_id)
        )
        return {row[0]: row[1] for row in self._session.execute(query)}

    def answer_open(self, trainee_id: int, case_id: int) -> bool:
        """Whether a trainee committed a read of a case whose answer is not held back from him."""
        rows = self._session.execute(
            select(AttemptRow.id, TeachingSessionRow)
            .outerjoin(TeachingSessionRow, TeachingSessionRow.id == AttemptRow.session_id)
            .where(AttemptRow.trainee_id == trainee_id, AttemptRow.case_id == case_id)
        )
        return any(row is None or answer_open(session_from(row), case_id) for _, row in rows)

    def in_session(self, key: ReadKey) -> Attempt | None:
        """The committed read of a case in just this session."""
        same = AttemptRow.session_id == key.session_id
        return self._newest(key.trainee_id, key.case_id, same)

    def of_case(self, trainee_id: int, case_id: int) -> tuple[Attempt, ...]:
        """A trainee's committed reads of one case, newest first, wherever they were made."""
        return self._attempts(AttemptRow.trainee_id == trainee_id, AttemptRow.case_id == case_id)[
            ::-1
        ]

    def of_session(self, session_id: int, case_id: int | None = None) -> tuple[Attempt, ...]:
        """Every committed read of a session, or of one case of it, oldest first."""
        same = [AttemptRow.session_id == session_id]
        if case_id is not None:
            same.append(AttemptRow.case_id == case_id)
        return self._attempts(*same)

    def of_trainee(self, trainee_id: int) -> tuple[Attempt, ...]:
        """A trainee's committed reads, oldest first."""
        return self._attempts(AttemptRow.trainee_id == trainee_id)

    def of_cohort(self, cohort: str) -> tuple[Attempt, ...]:
        """The committed reads of a cohort's trainees, in sessions and outside, oldest first."""
        trainees = select(TraineeRow.id).where(TraineeRow.cohort == cohort)
        return self._attempts(AttemptRow.trainee_id.in_(trainees))

    def _newest(
        self, trainee_id: int, case_id: int, *conditions: ColumnElement[bool]
    ) -> Attempt | None:
        row = self._session.scalar(
            select(AttemptRow)
            .where(AttemptRow.trainee_id == trainee_id, AttemptRow.case_id == case_id, *conditions)
            .order_by(AttemptRow.id.desc())
            .limit(1)
        )
        return None if row is None else _attempt(row)

    def _attempts(self, *conditions: ColumnElement[bool]) -> tuple[Attempt, ...]:
        query = select(AttemptRow).where(*conditions).order_by(AttemptRow.id)
        return tuple(_attempt(row) for row in self._session.scalars(query))


def _open(key: ReadKey) -> tuple[ColumnElement[bool], ...]:
    return (
        OpenReadRow.trainee_id == key.trainee_id,
        OpenReadRow.case_id == key.case_id,
        OpenReadRow.session_id == (key.session_id or 0),
    )


def _attempt(row: AttemptRow) -> Attempt:
    score = None if row.score is None else score_of(row.score)
    return _attempt_of(row, answer_of(row.answer), score)


def _attempt_of(row: AttemptRow, answer: Answer, score: ReadScore | None) -> Attempt:
    return Attempt(
        id=row.id,
        trainee_id=row.trainee_id,
        session_id=row.session_id,
        case_id=row.case_id,
        answer=answer,
        score=score,
        started_at=row.started_at,
        committed_at=row.committed_at,
    )
