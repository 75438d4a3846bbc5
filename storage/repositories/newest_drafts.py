"""The newest draft of many studies at once, as far as a queue of studies looks at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from core.domain.job import JobKind
from core.domain.report import Sections
from core.domain.study import Source, Study, StudyStatus
from storage.repositories.studies import study_of
from storage.tables import DraftRow, JobRow, ReportRow, StudyRow


@dataclass(frozen=True)
class NewestDraft:
    """One study, without its instances, and the numbers and words of its newest draft.

    ``findings`` are as they are stored: mappings with ``name``, ``score``, ``probability`` and
    ``operating_point``. ``written`` says whether a model that writes chose the words.
    """

    study: Study
    projections: str
    findings: Sequence[Mapping[str, Any]]
    sections: Sections
    language: str
    written: bool


class NewestDraftRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def unsigned(self, most: int) -> tuple[NewestDraft, ...]:
        """Unsigned studies of patients, newest arrival first.

        Those whose draft is hidden from their reader, or names nothing, are left out.
        """
        hidden = select(ReportRow.study_id).where(
            ReportRow.read_first.is_(True), ReportRow.revealed_at.is_(None)
        )
        open_ones = StudyRow.status != StudyStatus.SIGNED.value
        return self._newest(most, open_ones, StudyRow.id.not_in(hidden))

    def signed(self, most: int) -> tuple[NewestDraft, ...]:
        """Signed studies of patients, newest arrival first."""
        return self._newest(most, StudyRow.status == StudyStatus.SIGNED.value)

    def _newest(self, most: int, *conditions: ColumnElement[bool]) -> tuple[NewestDraft, ...]:
        newest = (
            select(func.max(DraftRow.id))
            .join(JobRow, JobRow.id == DraftRow.job_id)
            .where(JobRow.kind == JobKind.DRAFT.value)
            .group_by(DraftRow.study_id)
        )
        query = (
            select(StudyRow, DraftRow)
            .join(DraftRow, DraftRow.study_id == StudyRow.id)
            .where(
                DraftRow.id.in_(newest),
                DraftRow.refusal == "",
                StudyRow.source != Source.SAMPLE.value,
                *conditions,
            )
            .order_by(StudyRow.received_at.desc(), StudyRow.id.desc())
            .limit(most)
        )
        return tuple(_newest(study, draft) for study, draft in self._session.execute(query))


def _newest(study: StudyRow, draft: DraftRow) -> NewestDraft:
    return NewestDraft(
        study=study_of(study),
        projections=study.projections,
        findings=draft.findings,
        sections=Sections(**draft.sections),
        language=draft.language,
        written="classifier" in draft.versions,
    )
