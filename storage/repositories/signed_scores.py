"""Signed reports beside the scores of the draft that each was held against, many at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.domain.report import ReportStatus
from core.domain.study import Source
from storage.ledger_tables import ReadingRow
from storage.repositories.drafts import held_against
from storage.tables import DraftRow, SignedVersionRow, StudyRow


@dataclass(frozen=True)
class SignedScores:
    """Where the newest signed report of a study and the draft under it are found."""

    study_id: int
    patient_id: str
    sequence: int
    draft_id: int


class SignedScoreRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def scored_by(self, digest: str) -> tuple[SignedScores, ...]:
        """Signed studies of patients whose draft has its scores from these weights.

        Studies with an addendum are left out. The draft is the one that the report grew from; of a
        report that was read first, the one that it was held against.
        """
        newest = select(func.max(SignedVersionRow.sequence)).group_by(SignedVersionRow.study_id)
        beside = held_against(
            ReadingRow.study_id, ReadingRow.model, ReadingRow.model_digest, ReadingRow.created_at
        )
        draft_id = func.coalesce(SignedVersionRow.draft_id, beside.scalar_subquery())
        scorer = func.coalesce(
            DraftRow.versions["classifier_digest"].as_string(), DraftRow.model_digest
        )
        query = (
            select(StudyRow.id, StudyRow.patient_id, SignedVersionRow.sequence, DraftRow.id)
            .join(StudyRow, StudyRow.id == SignedVersionRow.study_id)
            .outerjoin(ReadingRow, ReadingRow.sequence == SignedVersionRow.sequence)
            .join(DraftRow, DraftRow.id == draft_id)
            .where(
                SignedVersionRow.sequence.in_(newest),
                SignedVersionRow.status != ReportStatus.ADDENDUM.value,
                StudyRow.source != Source.SAMPLE.value,
                scorer == digest,
            )
            .order_by(StudyRow.id)
        )
        return tuple(SignedScores(*row) for row in self._session.execute(query))

    def scores(self, draft_ids: Collection[int]) -> dict[int, dict[str, float]]:
        """Scores of findings in [0, 1], by draft; findings without one are left out."""
        query = select(DraftRow.id, DraftRow.findings).where(DraftRow.id.in_(draft_ids))
        return {
            number: {each["name"]: each["score"] for each in findings if each["score"] is not None}
            for number, findings in self._session.execute(query)
        }
