"""What the ledger holds, counted where it lies: one line a signature, not one a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from core.domain.job import JobKind
from core.domain.study import Source, StudyStatus
from storage.ledger_tables import CorrectionRow, ReadingRow
from storage.repositories.ledger_counts import COUNTS, counted
from storage.tables import DraftRow, JobRow, ReportRow, SignedVersionRow, StudyRow


@dataclass(frozen=True)
class SignedEdits:
    """One signature against a draft, its corrections counted.

    ``words`` are those of sentences that were kept, added or removed, ``words_edited`` those of
    the latter two; sentences that were changed are not in them. ``told`` counts changed sentences
    whose natures are known, ``style`` those of them that change the wording alone. ``digest`` is
    empty where the model's version was not kept.
    """

    sequence: int
    study_id: int
    at: dt.datetime
    phantom: bool
    model: str
    digest: str
    kept: int
    changed: int
    added: int
    removed: int
    words: int
    words_edited: int
    told: int
    style: int
    findings_kept: int
    findings: int
    seconds_open: float | None
    seconds_reading: float | None
    seconds_editing: float | None
    hidden_first: bool


@dataclass(frozen=True)
class FindingNatures:
    """How many corrections of a finding had one set of natures; ``natures`` as they are stored."""

    finding: str
    natures: str
    phantom: bool
    model: str
    digest: str
    count: int


@dataclass(frozen=True)
class LedgerFilter:
    """What corrections are looked for; an empty word asks for nothing."""

    nature: str = ""
    finding: str = ""
    model: str = ""
    reason: str = ""
    hidden_first: bool = False


@dataclass(frozen=True)
class Drafting:
    """How many studies a version of a model drafted with the scores of a version of a model."""

    name: str
    digest: str
    scorer: str
    scorer_digest: str
    phantom: bool
    studies: int


class LedgerFigureRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def newest(self) -> int:
        """The last signature with corrections; 0 where there is none. Nothing before it changes."""
        return self._session.scalar(select(func.max(CorrectionRow.sequence))) or 0

    def signed(self) -> tuple[SignedEdits, ...]:
        """Every signature against a draft, oldest first."""
        counts = counted().subquery()
        drafted = aliased(DraftRow)
        digest = func.coalesce(ReadingRow.model_digest, drafted.model_digest, "")
        query = (
            select(
                counts.c.sequence,
                counts.c.study_id,
                SignedVersionRow.signed_at,
                StudyRow.source == Source.SAMPLE.value,
                counts.c.model,
                digest,
                *(counts.c[name] for name in COUNTS),
                counts.c.seconds_open,
                ReadingRow.seconds_reading,
                ReadingRow.seconds_editing,
                ReadingRow.before_reveal.is_not(None),
            )
            .join(SignedVersionRow, SignedVersionRow.sequence == counts.c.sequence)
            .join(StudyRow, StudyRow.id == counts.c.study_id)
            .outerjoin(ReadingRow, ReadingRow.sequence == counts.c.sequence)
            .outerjoin(drafted, drafted.id == SignedVersionRow.draft_id)
            .order_by(counts.c.sequence)
        )
        return tuple(SignedEdits(*row) for row in self._session.execute(query))

    def rewritten(self) -> Iterator[tuple[int, str, str]]:
        """Signature, draft and signed text of every sentence that was changed."""
        query = select(CorrectionRow.sequence, CorrectionRow.before, CorrectionRow.after).where(
            CorrectionRow.kind == "sentence", CorrectionRow.change == "changed"
        )
        yield from map(tuple, self._session.execute(query))

    def finding_natures(self) -> tuple[FindingNatures, ...]:
        """Corrections of findings, counted by finding, natures and model."""
        drafted = aliased(DraftRow)
        digest = func.coalesce(ReadingRow.model_digest, drafted.model_digest, "")
        groups: tuple[Any, ...] = (
            CorrectionRow.finding,
            CorrectionRow.natures,
            StudyRow.source == Source.SAMPLE.value,
            CorrectionRow.model,
            digest,
        )
        query = (
            select(*groups, func.count())
            .join(StudyRow, StudyRow.id == CorrectionRow.study_id)
            .join(SignedVersionRow, SignedVersionRow.sequence == CorrectionRow.sequence)
            .outerjoin(ReadingRow, ReadingRow.sequence == CorrectionRow.sequence)
            .outerjoin(drafted, drafted.id == SignedVersionRow.draft_id)
            .where(CorrectionRow.kind == "finding", CorrectionRow.change != "kept")
            .group_by(*groups)
        )
        return tuple(FindingNatures(*list(row)) for row in self._session.execute(query))

    def signed_studies(
        self, asked: LedgerFilter, *, page: int, size: int
    ) -> tuple[tuple[int, ...], int]:
        """Numbers of studies with such a correction, newest signature first, and how many."""
        grouped = (
            select(CorrectionRow.study_id)
            .outerjoin(ReadingRow, ReadingRow.sequence == CorrectionRow.sequence)
            .where(*_conditions(asked))
            .group_by(CorrectionRow.study_id)
        )
        total = self._session.scalar(select(func.count()).select_from(grouped.subquery())) or 0
        newest = func.max(CorrectionRow.sequence)
        found = self._session.scalars(
            grouped.order_by(newest.desc()).limit(size).offset((page - 1) * size)
        )
        return tuple(found), total

    def choices(self, column: str) -> tuple[str, ...]:
        """The different values of ``finding`` or ``model`` in what was corrected, in order."""
        field = {"finding": CorrectionRow.finding, "model": CorrectionRow.model}[column]
        query = select(field).where(field != "").distinct().order_by(field)
        if column == "finding":
            query = query.where(CorrectionRow.change != "kept")
        return tuple(self._session.scalars(query))

    def drafting_models(self) -> tuple[Drafting, ...]:
        """Each model that drafted, by version and by what scored for it, the latest first."""
        phantom: ColumnElement[bool] = StudyRow.source == Source.SAMPLE.value
        each = (
            select(
                DraftRow.id,
                DraftRow.study_id,
                DraftRow.model_name,
                DraftRow.model_digest,
                *_scorer(),
                phantom.label("phantom"),
            )
            .join(JobRow, JobRow.id == DraftRow.job_id)
            .join(StudyRow, StudyRow.id == DraftRow.study_id)
            .where(JobRow.kind == JobKind.DRAFT.value, DraftRow.refusal == "")
            .subquery()
        )
        groups = [column for column in each.c if column.name not in ("id", "study_id")]
        query = (
            select(*groups, func.count(each.c.study_id.distinct()))
            .group_by(*groups)
            .order_by(func.max(each.c.id).desc())
        )
        return tuple(Drafting(*list(row)) for row in self._session.execute(query))

    def scored(
        self, scorer: str, digest: str, *, phantoms: bool, most: int
    ) -> Iterator[tuple[dt.datetime, str, list[dict[str, Any]]]]:
        """When a version of a model scored each study, whose it is, and its findings as stored.

        Of a study the newest draft alone, in time order; the newest ``most`` studies. A study
        without a patient's number stands for a patient of its own; one whose draft is hidden from
        its reader is left out.
        """
        hidden = select(ReportRow.study_id).where(
            ReportRow.read_first.is_(True), ReportRow.revealed_at.is_(None)
        )
        name, version = _scorer()
        newest = (
            select(func.max(DraftRow.id))
            .join(JobRow, JobRow.id == DraftRow.job_id)
            .join(StudyRow, StudyRow.id == DraftRow.study_id)
            .where(
                name == scorer,
                version == digest,
                DraftRow.refusal == "",
                JobRow.kind == JobKind.DRAFT.value,
                or_(StudyRow.status == StudyStatus.SIGNED.value, StudyRow.id.not_in(hidden)),
                *([] if phantoms else [StudyRow.source != Source.SAMPLE.value]),
            )
            .group_by(DraftRow.study_id)
        )
        query = (
            select(DraftRow.created_at, StudyRow.patient_id, StudyRow.id, DraftRow.findings)
            .join(StudyRow, StudyRow.id == DraftRow.study_id)
            .where(DraftRow.id.in_(newest))
            .order_by(DraftRow.created_at.desc(), DraftRow.id.desc())
            .limit(most)
        )
        for at, patient, study_id, findings in reversed(self._session.execute(query).all()):
            yield at, patient or f"study {study_id}", findings


_CLASSIFIER = ("classifier", "classifier_digest")


def _scorer() -> tuple[ColumnElement[str], ColumnElement[str]]:
    """Name and digest of the model whose scores a draft carries, as `Draft.scorer` has them."""
    beside, digest = (DraftRow.versions[key].as_string() for key in _CLASSIFIER)
    return (
        func.coalesce(func.nullif(beside, ""), DraftRow.model_name).label("scorer"),
        case((func.coalesce(beside, "") != "", digest), else_=DraftRow.model_digest).label(
            "scorer_digest"
        ),
    )


def _conditions(asked: LedgerFilter) -> Iterator[ColumnElement[bool]]:
    if asked.nature or asked.finding:
        yield CorrectionRow.change != "kept"
    if asked.nature:
        # Names of natures are words of one list, without commas or wild cards.
        names, name = CorrectionRow.natures, asked.nature
        yield or_(
            names == name,
            names.like(f"{name},%"),
            names.like(f"%,{name}"),
            names.like(f"%,{name},%"),
        )
    if asked.finding:
        yield CorrectionRow.finding == asked.finding
    if asked.model:
        yield CorrectionRow.model == asked.model
    if asked.reason:
        yield ReadingRow.reason == asked.reason
    if asked.hidden_first:
        yield ReadingRow.before_reveal.is_not(None)
