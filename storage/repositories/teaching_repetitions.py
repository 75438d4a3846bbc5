"""When trainees should see cases again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage.repositories.teaching_once import insert_once
from storage.teaching_tables import RepetitionRow


@dataclass(frozen=True)
class Repetition:
    """``card`` is the scheduler's own state, as plain JSON values."""

    case_id: int
    card: Mapping[str, Any]
    due_at: dt.datetime


class RepetitionRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, trainee_id: int, case_id: int) -> Repetition | None:
        row = self._session.get(RepetitionRow, (trainee_id, case_id))
        return None if row is None else _repetition(row)

    def put(self, trainee_id: int, repetition: Repetition) -> None:
        """Store a card in the place of the one before."""
        card = {"card": dict(repetition.card), "due_at": repetition.due_at}
        key = {"trainee_id": trainee_id, "case_id": repetition.case_id}
        if not insert_once(self._session, RepetitionRow, **key, **card):
            self._session.execute(update(RepetitionRow).filter_by(**key).values(**card))

    def due(self, trainee_id: int, now: dt.datetime) -> tuple[Repetition, ...]:
        """A trainee's cards that are due, most overdue first."""
        rows = self._session.scalars(
            select(RepetitionRow)
            .where(RepetitionRow.trainee_id == trainee_id, RepetitionRow.due_at <= now)
            .order_by(RepetitionRow.due_at, RepetitionRow.case_id)
        )
        return tuple(_repetition(row) for row in rows)


def _repetition(row: RepetitionRow) -> Repetition:
    return Repetition(row.case_id, row.card, row.due_at)
