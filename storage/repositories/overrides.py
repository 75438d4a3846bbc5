"""Overrides of the gate: who asked for a draft all the same, and when."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.domain.job import GateOverride
from core.domain.reader import Reader
from storage.gate_tables import GateOverrideRow
from storage.tables import DraftRow


class OverrideRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, study_id: int, job_id: int, reader: Reader) -> None:
        """Note the act of a reader; asking again for the same draft is no second act."""
        same = select(GateOverrideRow.id).where(
            GateOverrideRow.job_id == job_id, GateOverrideRow.reader_id == reader.id
        )
        if self._session.scalar(same) is not None:
            return
        self._session.add(
            GateOverrideRow(
                study_id=study_id,
                job_id=job_id,
                reader_id=reader.id,
                reader=reader.name,
                created_at=dt.datetime.now(dt.UTC),
            )
        )
        self._session.flush()

    def withdraw(self, job_id: int) -> None:
        """Forget who asked for a job whose film was not refused: nothing was overridden."""
        self._session.execute(delete(GateOverrideRow).where(GateOverrideRow.job_id == job_id))

    def of_study(self, study_id: int) -> tuple[GateOverride, ...]:
        """All acts on a study, oldest first."""
        rows = self._session.scalars(
            select(GateOverrideRow)
            .where(GateOverrideRow.study_id == study_id)
            .order_by(GateOverrideRow.id)
        )
        return tuple(_act(row) for row in rows)

    def behind(self, draft_id: int) -> GateOverride | None:
        """The act that had a draft made: the last one on its study before it was stored.

        A draft of other words of the patient has a job of its own, and the same act.
        """
        row = self._session.scalar(
            select(GateOverrideRow)
            .join(DraftRow, DraftRow.study_id == GateOverrideRow.study_id)
            .where(DraftRow.id == draft_id, GateOverrideRow.created_at <= DraftRow.created_at)
            .order_by(GateOverrideRow.id.desc())
            .limit(1)
        )
        return None if row is None else _act(row)


def _act(row: GateOverrideRow) -> GateOverride:
    return GateOverride(row.study_id, row.job_id, row.reader, row.created_at)
