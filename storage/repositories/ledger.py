"""The ledger: every correction between a draft and what was signed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.domain.correction import Correction
from core.domain.reading import Nature
from core.domain.study import Source
from storage.ledger_tables import CorrectionRow
from storage.tables import StudyRow


@dataclass(frozen=True)
class LedgerEntry:
    """A correction with who made it, when, and against which model's draft."""

    id: int
    study_id: int
    phantom: bool
    sequence: int
    correction: Correction
    reader: str
    model: str
    seconds_open: float | None
    created_at: dt.datetime
    language: str


class LedgerRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        corrections: Iterable[Correction],
        *,
        study_id: int,
        sequence: int,
        reader: str,
        model: str,
        seconds_open: float | None,
        created_at: dt.datetime,
        language: str,
    ) -> None:
        for correction in corrections:
            self._session.add(
                CorrectionRow(
                    study_id=study_id,
                    sequence=sequence,
                    kind=correction.kind,
                    change=correction.change,
                    section=correction.section,
                    before=correction.before,
                    after=correction.after,
                    finding=correction.finding or "",
                    detail=correction.detail,
                    reader=reader,
                    model=model,
                    seconds_open=seconds_open,
                    created_at=created_at,
                    language=language,
                    natures=",".join(correction.natures),
                )
            )

    def entries(self, *, study_id: int | None = None) -> tuple[LedgerEntry, ...]:
        """All corrections, newest signature first, in the order of the text within one."""
        query = (
            select(CorrectionRow, StudyRow.source)
            .join(StudyRow, StudyRow.id == CorrectionRow.study_id)
            .order_by(CorrectionRow.sequence.desc(), CorrectionRow.id)
        )
        if study_id is not None:
            query = query.where(CorrectionRow.study_id == study_id)
        return tuple(_entry(row, source) for row, source in self._session.execute(query))

    def totals(self) -> dict[tuple[str, str], int]:
        """How many corrections of each kind and change."""
        counted = self._session.execute(
            select(CorrectionRow.kind, CorrectionRow.change, func.count()).group_by(
                CorrectionRow.kind, CorrectionRow.change
            )
        )
        return {(kind, change): number for kind, change, number in counted}


def _entry(row: CorrectionRow, source: str) -> LedgerEntry:
    return LedgerEntry(
        id=row.id,
        study_id=row.study_id,
        phantom=source == Source.SAMPLE.value,
        sequence=row.sequence,
        correction=Correction(
            kind=row.kind,
            change=row.change,
            section=row.section,
            before=row.before,
            after=row.after,
            finding=row.finding or None,
            detail=row.detail,
            natures=tuple(Nature(name) for name in row.natures.split(",") if name),
        ),
        reader=row.reader,
        model=row.model,
        seconds_open=row.seconds_open,
        created_at=row.created_at,
        language=row.language,
    )
