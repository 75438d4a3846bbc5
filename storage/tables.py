"""The tables, typed. Rows are mapped to domain objects in the repositories and stay here."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

DIGEST = String(64)
UID = String(64)
LANGUAGE = String(16)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """Aware times in, aware times out; SQLite forgets the zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, _dialect: Any) -> dt.datetime | None:
        return None if value is None else value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, _dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class StudyRow(Base):
    __tablename__ = "studies"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_instance_uid: Mapped[str] = mapped_column(UID, unique=True)
    patient_id: Mapped[str] = mapped_column(Text, index=True)
    patient_name: Mapped[str] = mapped_column(Text)
    patient_birth_date: Mapped[dt.date | None]
    patient_sex: Mapped[str] = mapped_column(String(1))
    patient_age: Mapped[str] = mapped_column(String(4))
    # Fields of the patient that a person stated, since no file does.
    patient_stated: Mapped[list[str]] = mapped_column(JSON, default=list)
    accession_number: Mapped[str] = mapped_column(String(64))
    description: Mapped[str] = mapped_column(Text)
    indication: Mapped[str] = mapped_column(Text)
    # Local time of the modality, as the header gives it: it names no zone.
    study_datetime: Mapped[dt.datetime | None] = mapped_column(DateTime(timezone=False))
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    source: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    projections: Mapped[str] = mapped_column(String(64))
    # What the worklist shows and searches, so that a page of it is one query on one table.
    search_text: Mapped[str] = mapped_column(Text)
    top_finding: Mapped[str] = mapped_column(String(64), default="")
    top_laterality: Mapped[str] = mapped_column(String(16), default="")
    top_value: Mapped[float | None]
    top_operating_point: Mapped[float | None]
    top_certainty: Mapped[str] = mapped_column(String(16), default="")
    # Code of the warning that left the newest draft without findings.
    withheld: Mapped[str] = mapped_column(String(64), default="")
    signed_by: Mapped[str] = mapped_column(Text, default="")

    instances: Mapped[list[InstanceRow]] = relationship(
        back_populates="study", order_by="InstanceRow.id"
    )


class SeriesRow(Base):
    __tablename__ = "series"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"), index=True)
    series_instance_uid: Mapped[str] = mapped_column(UID)
    modality: Mapped[str] = mapped_column(String(16))

    __table_args__ = (UniqueConstraint("study_id", "series_instance_uid"),)


class InstanceRow(Base):
    __tablename__ = "instances"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"), index=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), index=True)
    sop_instance_uid: Mapped[str] = mapped_column(UID, unique=True)
    projection: Mapped[str] = mapped_column(String(16))
    projection_from_file: Mapped[bool] = mapped_column(default=True)
    body_part: Mapped[str] = mapped_column(String(16))
    rows: Mapped[int]
    columns: Mapped[int]
    window_center: Mapped[float]
    window_width: Mapped[float]
    window_function: Mapped[str] = mapped_column(String(16))
    monochrome1: Mapped[bool]
    spacing_row_mm: Mapped[float | None]
    spacing_column_mm: Mapped[float | None]
    notes: Mapped[list[str]] = mapped_column(JSON)
    blob_digest: Mapped[str] = mapped_column(DIGEST)
    pixel_digest: Mapped[str] = mapped_column(DIGEST)
    pixel_blob_digest: Mapped[str] = mapped_column(DIGEST)
    after_signing: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    study: Mapped[StudyRow] = relationship(back_populates="instances")
    series: Mapped[SeriesRow] = relationship()


class JobRow(Base):
    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"), index=True)
    key: Mapped[str] = mapped_column(DIGEST, unique=True)
    model: Mapped[str] = mapped_column(String(128))
    state: Mapped[str] = mapped_column(String(16))
    priority: Mapped[int]
    attempts: Mapped[int] = mapped_column(default=0)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    error_code: Mapped[str] = mapped_column(String(64), default="")
    error_reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    override_gate: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[str] = mapped_column(String(16), default="draft")


class JobEventRow(Base):
    __tablename__ = "job_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), index=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    progress: Mapped[float]
    stage: Mapped[str] = mapped_column(String(64))
    # A piece of the text that is being written; joined in order they are the text so far.
    text: Mapped[str] = mapped_column(Text, default="")


class DraftRow(Base):
    __tablename__ = "drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"), index=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), unique=True)
    model_name: Mapped[str] = mapped_column(String(128))
    model_digest: Mapped[str] = mapped_column(DIGEST)
    seconds: Mapped[float]
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    sentences: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    sections: Mapped[dict[str, str]] = mapped_column(JSON)
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    versions: Mapped[dict[str, str]] = mapped_column(JSON)
    # Why the draft names nothing; empty where it was drafted.
    refusal: Mapped[str] = mapped_column(String(16), default="")
    language: Mapped[str] = mapped_column(LANGUAGE, default="en")
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class EvidenceRow(Base):
    """A map of a draft: of a finding or, where none is named, of the sentence with its number."""

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("drafts.id"), index=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id"))
    finding: Mapped[str] = mapped_column(String(64))
    validated: Mapped[bool]
    blob_digest: Mapped[str] = mapped_column(DIGEST)


class ReportRow(Base):
    """The working text. ``version`` counts every write, ``human_version`` the last by a person."""

    __tablename__ = "reports"

    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"), primary_key=True)
    version: Mapped[int]
    human_version: Mapped[int]
    indication: Mapped[str] = mapped_column(Text)
    comparison: Mapped[str] = mapped_column(Text)
    technique: Mapped[str] = mapped_column(Text)
    findings: Mapped[str] = mapped_column(Text)
    impression: Mapped[str] = mapped_column(Text)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("drafts.id"))
    opened_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    saved_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    language: Mapped[str] = mapped_column(LANGUAGE, default="en")
    # Seconds in which a person typed, as the saves tell, and when the first of them came.
    seconds_editing: Mapped[float] = mapped_column(default=0.0)
    first_typed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # Read first: the draft is hidden until the reader reveals it, and the text of that moment kept.
    read_first: Mapped[bool] = mapped_column(default=False)
    revealed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    before_reveal: Mapped[dict[str, str] | None] = mapped_column(JSON)
    before_language: Mapped[str] = mapped_column(LANGUAGE, default="en")


class AddendumRow(Base):
    """The addendum being written, at most one a study; emptied when it is signed."""

    __tablename__ = "addenda"

    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"), primary_key=True)
    version: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class SignedVersionRow(Base):
    """One link of the chain. ``content`` is the canonical JSON that ``digest`` was made of."""

    __tablename__ = "signed_versions"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"), index=True)
    number: Mapped[int]
    status: Mapped[str] = mapped_column(String(16))
    signed_by: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    content: Mapped[str] = mapped_column(Text)
    previous_digest: Mapped[str] = mapped_column(DIGEST, unique=True)
    digest: Mapped[str] = mapped_column(DIGEST, unique=True)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("drafts.id"))

    __table_args__ = (
        UniqueConstraint("study_id", "number"),
        CheckConstraint("sequence > 0", name="sequence_positive"),
    )


class ChainHeadRow(Base):
    """One row, locked by whoever signs, so that the chain stays one line."""

    __tablename__ = "chain_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    digest: Mapped[str] = mapped_column(DIGEST)


class ReaderRow(Base):
    __tablename__ = "readers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    confirmed: Mapped[bool]


# The most urgent of 100,000 queued jobs is found without sorting them.
Index("ix_jobs_due", JobRow.state, JobRow.priority, JobRow.id)

_UNSIGNED = text("status <> 'signed'")

Index("ix_studies_received", StudyRow.received_at, StudyRow.id)
Index("ix_studies_status_received", StudyRow.status, StudyRow.received_at, StudyRow.id)
Index(
    "ix_studies_unsigned",
    StudyRow.received_at,
    StudyRow.id,
    sqlite_where=_UNSIGNED,
    postgresql_where=_UNSIGNED,
)
