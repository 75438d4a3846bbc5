"""The worklist: what a page of it shows, in one query on one table."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.domain.finding import Certainty, Finding, Laterality
from core.domain.study import Study, StudyStatus
from storage.repositories.studies import study_of
from storage.tables import StudyRow

PAGE_SIZE = 50


@dataclass(frozen=True)
class TopFinding:
    name: str
    laterality: Laterality | None
    value: float
    operating_point: float
    certainty: Certainty


@dataclass(frozen=True)
class WorklistItem:
    """One row of the worklist; the study comes without its instances."""

    study: Study
    projections: str
    top: TopFinding | None
    signed_by: str


@dataclass(frozen=True)
class WorklistPage:
    items: tuple[WorklistItem, ...]
    total: int
    page: int
    size: int


class WorklistRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def page(
        self,
        *,
        status: StudyStatus | None = None,
        query: str = "",
        page: int = 1,
        size: int = PAGE_SIZE,
    ) -> WorklistPage:
        """One page, newest first; ``query`` words must all be found in the study's texts."""
        conditions = [
            StudyRow.search_text.contains(word.casefold(), autoescape=True)
            for word in query.split()
        ]
        if status is not None:
            conditions.append(StudyRow.status == status.value)
        total = self._session.scalar(select(func.count(StudyRow.id)).where(*conditions)) or 0
        rows = self._session.scalars(
            select(StudyRow)
            .where(*conditions)
            .order_by(StudyRow.received_at.desc(), StudyRow.id.desc())
            .limit(size)
            .offset((page - 1) * size)
        )
        return WorklistPage(tuple(_item(row) for row in rows), total, page, size)

    def counts(self) -> dict[StudyStatus, int]:
        """Studies per status, zeros included."""
        counted = self._session.execute(
            select(StudyRow.status, func.count(StudyRow.id)).group_by(StudyRow.status)
        )
        found = {StudyStatus(status): number for status, number in counted}
        return {status: found.get(status, 0) for status in StudyStatus}

    def next_unsigned(self, after: int) -> int | None:
        """The next study to read: the newest unsigned one other than ``after``."""
        return self._session.scalar(
            select(StudyRow.id)
            .where(StudyRow.status != StudyStatus.SIGNED.value, StudyRow.id != after)
            .order_by((StudyRow.id < after).desc(), StudyRow.received_at.desc(), StudyRow.id.desc())
            .limit(1)
        )

    def set_top_finding(self, study_id: int, finding: Finding | None) -> None:
        row = self._session.get_one(StudyRow, study_id)
        row.top_finding = finding.name if finding else ""
        row.top_laterality = (finding.laterality or "") if finding else ""
        row.top_value = finding.shown if finding else None
        row.top_operating_point = finding.operating_point if finding else None
        row.top_certainty = finding.certainty.value if finding else ""


def _item(row: StudyRow) -> WorklistItem:
    top = None
    if row.top_finding and row.top_value is not None and row.top_operating_point is not None:
        top = TopFinding(
            row.top_finding,
            Laterality(row.top_laterality) if row.top_laterality else None,
            row.top_value,
            row.top_operating_point,
            Certainty(row.top_certainty),
        )
    return WorklistItem(study_of(row), row.projections, top, row.signed_by)
