"""Readings: how each report came to be signed against its draft."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.domain.reading import Reading, Reason
from core.domain.report import Sections
from core.domain.study import Source
from storage.ledger_tables import ReadingRow
from storage.tables import StudyRow


class ReadingRepository:
    """Written once with a signature, never changed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, reading: Reading) -> None:
        """Keep one reading; ``phantom`` follows from the study and is not stored."""
        before = reading.before_reveal
        self._session.add(
            ReadingRow(
                sequence=reading.sequence,
                study_id=reading.study_id,
                reader=reading.reader,
                model=reading.model,
                model_digest=reading.model_digest,
                seconds_reading=reading.seconds_reading,
                seconds_editing=reading.seconds_editing,
                reason=reading.reason.value,
                reason_text=reading.reason_text,
                before_reveal=before.as_dict() if before else None,
                before_language=reading.before_language,
                created_at=reading.created_at,
            )
        )
        self._session.flush()

    def readings(self, study_id: int | None = None) -> tuple[Reading, ...]:
        """All of them or those of one study, newest signature first."""
        query = (
            select(ReadingRow, StudyRow.source)
            .join(StudyRow, StudyRow.id == ReadingRow.study_id)
            .order_by(ReadingRow.sequence.desc())
        )
        if study_id is not None:
            query = query.where(ReadingRow.study_id == study_id)
        return tuple(_reading(row, source) for row, source in self._session.execute(query))

    def at(self, sequences: Collection[int]) -> dict[int, Reading]:
        """Readings by the place of their signed version in the chain."""
        query = (
            select(ReadingRow, StudyRow.source)
            .join(StudyRow, StudyRow.id == ReadingRow.study_id)
            .where(ReadingRow.sequence.in_(sequences))
        )
        return {row.sequence: _reading(row, source) for row, source in self._session.execute(query)}


def _reading(row: ReadingRow, source: str) -> Reading:
    return Reading(
        sequence=row.sequence,
        study_id=row.study_id,
        phantom=source == Source.SAMPLE.value,
        reader=row.reader,
        model=row.model,
        model_digest=row.model_digest,
        seconds_reading=row.seconds_reading,
        seconds_editing=row.seconds_editing,
        reason=Reason(row.reason),
        reason_text=row.reason_text,
        before_reveal=Sections(**row.before_reveal) if row.before_reveal is not None else None,
        created_at=row.created_at,
        before_language=row.before_language,
    )
