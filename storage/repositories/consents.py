"""What was said of the use of studies for training: lines are added, and the newest one holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.domain.study import Source, StudyStatus
from storage.ledger_tables import ConsentRow
from storage.tables import StudyRow


@dataclass(frozen=True)
class Consent:
    """One line: a study may be used, or may not any more; who said so, and when."""

    study_id: int
    given: bool
    reader: str
    at: dt.datetime


class ConsentRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, study_ids: Iterable[int], *, given: bool, reader: str) -> None:
        """Add one line for each study."""
        now = dt.datetime.now(dt.UTC)
        self._session.add_all(
            ConsentRow(study_id=study_id, given=given, reader=reader, at=now)
            for study_id in study_ids
        )
        self._session.flush()

    def standing(self, study_ids: Iterable[int] | None = None) -> dict[int, Consent]:
        """The line that holds, by study; of the studies named, or of all."""
        newest = select(func.max(ConsentRow.id)).group_by(ConsentRow.study_id)
        if study_ids is not None:
            newest = newest.where(ConsentRow.study_id.in_(tuple(study_ids)))
        rows = self._session.scalars(select(ConsentRow).where(ConsentRow.id.in_(newest)))
        return {row.study_id: _consent(row) for row in rows}

    def given(self) -> frozenset[int]:
        """The studies that may be used now."""
        return frozenset(one.study_id for one in self.standing().values() if one.given)

    def withdrawn(self) -> frozenset[int]:
        """The studies of which the newest line says that they may not be used."""
        return frozenset(one.study_id for one in self.standing().values() if not one.given)

    def signed_studies(self, *, page: int, size: int) -> tuple[tuple[int, ...], int]:
        """Numbers of signed studies of patients, newest arrival first, and how many there are."""
        signed = select(StudyRow.id).where(
            StudyRow.status == StudyStatus.SIGNED.value, StudyRow.source != Source.SAMPLE.value
        )
        total = self._session.scalar(select(func.count()).select_from(signed.subquery())) or 0
        found = self._session.scalars(
            signed.order_by(StudyRow.received_at.desc(), StudyRow.id.desc())
            .limit(size)
            .offset((page - 1) * size)
        )
        return tuple(found), total

    def lines(self, study_id: int) -> tuple[Consent, ...]:
        """Everything that was said of a study, oldest first."""
        rows = self._session.scalars(
            select(ConsentRow).where(ConsentRow.study_id == study_id).order_by(ConsentRow.id)
        )
        return tuple(_consent(row) for row in rows)


def _consent(row: ConsentRow) -> Consent:
    return Consent(row.study_id, row.given, row.reader, row.at)
