"""Sessions of the teaching room, and who joined them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.orm import Session

from core.domain.errors import NotFoundError
from core.domain.teaching import Pace, TeachingSession, Trainee
from storage.repositories.teaching_once import insert_once
from storage.repositories.teaching_trainees import trainee_from
from storage.teaching_tables import SessionTraineeRow, TeachingSessionRow, TraineeRow


@dataclass(frozen=True)
class NewSession:
    """A session before it has a number; it begins open, at its first case, with answers hidden."""

    cohort: str
    title: str
    code: str
    pace: Pace
    history_allowed: bool
    case_ids: tuple[int, ...]
    made_by: str
    made_at: dt.datetime


def answer_open(session: TeachingSession, case_id: int) -> bool:
    """Whether a committed case of a session may be seen with its answer.

    In step it is open once the teacher opened it or went on, or ended the session.
    """
    if session.pace is Pace.OWN or not session.open:
        return True
    place = session.case_ids.index(case_id)
    return place < session.position or (place == session.position and session.revealed)


class TeachingSessionRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, new: NewSession) -> TeachingSession:
        """Store a session. Returned with its number."""
        values = dict(vars(new), case_ids=list(new.case_ids), pace=new.pace.value)
        row = TeachingSessionRow(**values, position=0, revealed=False, opened=[], open=True)
        self._session.add(row)
        self._session.flush()
        return session_from(row)

    def get(self, session_id: int) -> TeachingSession:
        """One session.

        Raises
        ------
        NotFoundError
        """
        found = self._one(TeachingSessionRow.id == session_id)
        if found is None:
            raise NotFoundError(what="session")
        return found

    def by_code(self, code: str) -> TeachingSession | None:
        """The session of a code, open or not."""
        return self._one(TeachingSessionRow.code == code)

    def every(self) -> tuple[TeachingSession, ...]:
        """All sessions, open ones first, newest first."""
        order = (TeachingSessionRow.open.desc(), TeachingSessionRow.id.desc())
        rows = self._session.scalars(select(TeachingSessionRow).order_by(*order))
        return tuple(session_from(row) for row in rows)

    def cohorts(self) -> tuple[str, ...]:
        """Names of cohorts, the one with the newest session first."""
        cohort, newest = TeachingSessionRow.cohort, func.max(TeachingSessionRow.id)
        return tuple(self._session.scalars(select(cohort).group_by(cohort).order_by(newest.desc())))

    def close(self, session_id: int) -> None:
        """End a session for good.

        Raises
        ------
        NotFoundError
        """
        self._row(session_id).open = False
        self._session.flush()

    def move(self, session_id: int, *, position: int, revealed: bool) -> TeachingSession:
        """Put a session at a case, its answer hidden or open; that it was open is kept.

        Raises
        ------
        NotFoundError
        """
        row = self._row(session_id)
        row.position, row.revealed = position, revealed
        if revealed:
            row.opened = sorted({*row.opened, position})
        self._session.flush()
        return session_from(row)

    # --- members --------------------------------------------------------------------------------

    def admit(self, session_id: int, trainee_id: int) -> None:
        """Let a trainee in; once is enough."""
        insert_once(self._session, SessionTraineeRow, session_id=session_id, trainee_id=trainee_id)

    def joined(self, session_id: int, trainee_id: int) -> TeachingSession:
        """One session that a trainee joined.

        Raises
        ------
        NotFoundError
            Also where there is such a session that the trainee never joined.
        """
        row = self._session.scalar(
            select(TeachingSessionRow)
            .join(SessionTraineeRow, SessionTraineeRow.session_id == TeachingSessionRow.id)
            .where(TeachingSessionRow.id == session_id, SessionTraineeRow.trainee_id == trainee_id)
        )
        if row is None:
            raise NotFoundError(what="session")
        return session_from(row)

    def of_trainee(self, trainee_id: int) -> tuple[TeachingSession, ...]:
        """The sessions that a trainee joined, newest first."""
        rows = self._session.scalars(
            select(TeachingSessionRow)
            .join(SessionTraineeRow, SessionTraineeRow.session_id == TeachingSessionRow.id)
            .where(SessionTraineeRow.trainee_id == trainee_id)
            .order_by(TeachingSessionRow.id.desc())
        )
        return tuple(session_from(row) for row in rows)

    def members(self, session_id: int) -> tuple[Trainee, ...]:
        """Who joined, in the order in which their nicknames were taken."""
        rows = self._session.scalars(
            select(TraineeRow)
            .join(SessionTraineeRow, SessionTraineeRow.trainee_id == TraineeRow.id)
            .where(SessionTraineeRow.session_id == session_id)
            .order_by(TraineeRow.id)
        )
        return tuple(trainee_from(row) for row in rows)

    def joined_count(self, session_id: int) -> int:
        counted = func.count(distinct(SessionTraineeRow.trainee_id))
        query = select(counted).where(SessionTraineeRow.session_id == session_id)
        return self._session.scalar(query) or 0

    def _one(self, condition: ColumnElement[bool]) -> TeachingSession | None:
        row = self._session.scalar(select(TeachingSessionRow).where(condition))
        return None if row is None else session_from(row)

    def _row(self, session_id: int) -> TeachingSessionRow:
        row = self._session.get(TeachingSessionRow, session_id)
        if row is None:
            raise NotFoundError(what="session")
        return row


def session_from(row: TeachingSessionRow) -> TeachingSession:
    return TeachingSession(
        id=row.id,
        cohort=row.cohort,
        title=row.title,
        code=row.code,
        pace=Pace(row.pace),
        history_allowed=row.history_allowed,
        case_ids=tuple(row.case_ids),
        position=row.position,
        revealed=row.revealed,
        open=row.open,
        made_by=row.made_by,
        made_at=row.made_at,
        opened=tuple(row.opened),
    )
