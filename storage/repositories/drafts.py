"""Drafts and the evidence that belongs to them. A draft is written once and never changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute as Column
from sqlalchemy.orm import Session, aliased

from core.domain.draft import (
    Draft,
    DraftSentence,
    DraftWarning,
    EvidenceMap,
    ModelIdentity,
    Refusal,
    SentenceMap,
)
from core.domain.errors import NotFoundError
from core.domain.finding import Certainty, Finding, Laterality
from core.domain.job import JobKind
from core.domain.reading import Reading
from core.domain.report import Sections
from storage.tables import DraftRow, EvidenceRow, JobRow


class DraftRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        study_id: int,
        job_id: int,
        draft: Draft,
        map_digests: Mapping[str, str],
        attention_digests: Sequence[str] = (),
    ) -> Draft:
        """Store a draft with its evidence.

        Parameters
        ----------
        map_digests : mapping of str to str
            Blob digest of each map by its finding.
        attention_digests : sequence of str
            Blob digest of each map of a sentence, in the order of ``draft.attention``.
        """
        row = DraftRow(
            study_id=study_id,
            job_id=job_id,
            model_name=draft.model.name,
            model_digest=draft.model.digest,
            seconds=draft.seconds,
            findings=[],
            sentences=[],
            sections=draft.sections.as_dict(),
            warnings=[asdict(warning) for warning in draft.warnings],
            versions=dict(draft.versions),
            refusal=draft.refusal or "",
            language=draft.language,
            created_at=dt.datetime.now(dt.UTC),
        )
        self._session.add(row)
        self._session.flush()
        ids = {
            evidence.finding: self._add_evidence(row.id, evidence, map_digests[evidence.finding])
            for evidence in draft.maps
        }
        own = {
            seen.sentence: self._add_evidence(row.id, seen, digest)
            for seen, digest in zip(draft.attention, attention_digests, strict=True)
        }
        findings = tuple(replace(item, evidence=ids.get(item.name)) for item in draft.findings)
        sentences = tuple(
            replace(item, evidence=own.get(number) or _first(item.findings, ids))
            for number, item in enumerate(draft.sentences)
        )
        row.findings = [asdict(item) for item in findings]
        row.sentences = [asdict(item) for item in sentences]
        self._session.flush()
        attention = tuple(replace(seen, id=own[seen.sentence]) for seen in draft.attention)
        return replace(
            draft, id=row.id, findings=findings, sentences=sentences, attention=attention
        )

    def latest(self, study_id: int, model: str | None = None) -> Draft | None:
        """The newest draft that was made for the report; those for comparison alone are none."""
        query = (
            select(DraftRow)
            .join(JobRow, JobRow.id == DraftRow.job_id)
            .where(DraftRow.study_id == study_id, JobRow.kind == JobKind.DRAFT.value)
        )
        if model:
            query = query.where(DraftRow.model_name == model)
        row = self._session.scalar(query.order_by(DraftRow.id.desc()).limit(1))
        return None if row is None else self._draft(row)

    def held_against(self, reading: Reading) -> Draft | None:
        """The draft that a signed text was held against, also where nothing was taken over.

        A signed version names its draft only where it grew from it; its reading names the weights,
        and theirs is the newest draft of the study that was there with the signature.
        """
        held = held_against(
            reading.study_id, reading.model, reading.model_digest, reading.created_at
        )
        row = self._session.scalar(select(DraftRow).where(DraftRow.id == held.scalar_subquery()))
        return None if row is None else self._draft(row)

    def of_job(self, job_id: int) -> Draft | None:
        """What a job made, if it made anything."""
        row = self._session.scalar(select(DraftRow).where(DraftRow.job_id == job_id))
        return None if row is None else self._draft(row)

    def models(self, study_id: int) -> tuple[str, ...]:
        """The models that were asked for the drafts of a study, by the names of their jobs."""
        named = (
            select(JobRow.model)
            .join(DraftRow, DraftRow.job_id == JobRow.id)
            .where(DraftRow.study_id == study_id)
            .group_by(JobRow.model)
            .order_by(func.min(DraftRow.id))
        )
        return tuple(self._session.scalars(named))

    def get(self, draft_id: int) -> Draft:
        row = self._session.get(DraftRow, draft_id)
        if row is None:
            raise NotFoundError(what="draft")
        return self._draft(row)

    def evidence_blob(self, evidence_id: int) -> str:
        """Blob digest of one map's PNG."""
        row = self._session.get(EvidenceRow, evidence_id)
        if row is None:
            raise NotFoundError(what="map")
        return row.blob_digest

    def study_of_evidence(self, evidence_id: int) -> int:
        """The study that a map was made for."""
        query = (
            select(DraftRow.study_id)
            .join(EvidenceRow, EvidenceRow.draft_id == DraftRow.id)
            .where(EvidenceRow.id == evidence_id)
        )
        study_id = self._session.scalar(query)
        if study_id is None:
            raise NotFoundError(what="map")
        return study_id

    def _add_evidence(self, draft_id: int, seen: EvidenceMap | SentenceMap, digest: str) -> int:
        # The map of a sentence is of no finding; the sentence names it by its number.
        row = EvidenceRow(
            draft_id=draft_id,
            instance_id=seen.instance_id,
            finding=seen.finding if isinstance(seen, EvidenceMap) else "",
            validated=isinstance(seen, EvidenceMap) and seen.validated,
            blob_digest=digest,
        )
        self._session.add(row)
        self._session.flush()
        return row.id

    def _draft(self, row: DraftRow) -> Draft:
        maps = self._session.scalars(
            select(EvidenceRow).where(EvidenceRow.draft_id == row.id).order_by(EvidenceRow.id)
        ).all()
        sentence_of = {item["evidence"]: number for number, item in enumerate(row.sentences)}
        return Draft(
            id=row.id,
            model=ModelIdentity(row.model_name, row.model_digest),
            seconds=row.seconds,
            findings=tuple(_finding(item) for item in row.findings),
            sentences=tuple(
                DraftSentence(
                    item["text"], item["section"], tuple(item["findings"]), item["evidence"]
                )
                for item in row.sentences
            ),
            sections=Sections(**row.sections),
            warnings=tuple(_warning(item) for item in row.warnings),
            # The PNG itself stays in the blob store until somebody asks for it by its number.
            maps=tuple(
                EvidenceMap(item.finding, item.instance_id, b"", item.validated, item.id)
                for item in maps
                if item.finding
            ),
            attention=tuple(
                SentenceMap(sentence_of[item.id], item.instance_id, b"", item.id)
                for item in maps
                if not item.finding
            ),
            versions=row.versions,
            refusal=Refusal(row.refusal) if row.refusal else None,
            language=row.language,
        )


def held_against(
    study_id: int | Column[int],
    model: str | Column[str],
    digest: str | Column[str],
    at: dt.datetime | Column[dt.datetime],
) -> Select[int]:
    """Ask for the newest draft of a study by these weights that was there at a time.

    Each argument is a value, or a column of the query around this one.
    """
    draft, job = aliased(DraftRow), aliased(JobRow)
    return (
        select(func.max(draft.id))
        .join(job, job.id == draft.job_id)
        .where(
            draft.study_id == study_id,
            draft.model_name == model,
            draft.model_digest == digest,
            draft.created_at <= at,
            job.kind == JobKind.DRAFT.value,
        )
    )


def _first(names: Sequence[str], ids: Mapping[str, int]) -> int | None:
    return next((ids[name] for name in names if name in ids), None)


def _warning(item: Mapping[str, Any]) -> DraftWarning:
    # Older drafts have code and message alone.
    return DraftWarning(**{**item, "findings": tuple(item.get("findings", ()))})


def _finding(item: Mapping[str, Any]) -> Finding:
    laterality = item["laterality"]
    return Finding(
        **{
            **item,
            "certainty": Certainty(item["certainty"]),
            "laterality": Laterality(laterality) if laterality else None,
        }
    )
