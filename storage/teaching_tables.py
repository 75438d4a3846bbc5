"""The tables of the teaching room. Committed attempts are added and never changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import DIGEST, LANGUAGE, Base, UtcDateTime

KEY = String(43)


class TeachingCaseRow(Base):
    """A case with all that a trainee may see of it; ``study_id`` is for the teacher alone."""

    __tablename__ = "teaching_cases"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int | None] = mapped_column(ForeignKey("studies.id"), index=True)
    title: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(16))
    reference_note: Mapped[str] = mapped_column(Text)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    regions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    film: Mapped[dict[str, Any]] = mapped_column(JSON)
    film_key: Mapped[str] = mapped_column(KEY, unique=True)
    pixel_blob_digest: Mapped[str] = mapped_column(DIGEST)
    # The de-identified DICOM object; empty for a generated film.
    dicom_blob_digest: Mapped[str] = mapped_column(DIGEST)
    history: Mapped[str] = mapped_column(Text)
    learning_points: Mapped[str] = mapped_column(Text)
    report: Mapped[dict[str, str]] = mapped_column(JSON)
    draft: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    drill: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    language: Mapped[str] = mapped_column(LANGUAGE)
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    retired: Mapped[bool] = mapped_column(default=False)


class CaseMapRow(Base):
    __tablename__ = "teaching_case_maps"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("teaching_cases.id"), index=True)
    key: Mapped[str] = mapped_column(KEY, unique=True)
    finding: Mapped[str] = mapped_column(String(64))
    validated: Mapped[bool]
    blob_digest: Mapped[str] = mapped_column(DIGEST)


class TeachingSessionRow(Base):
    __tablename__ = "teaching_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort: Mapped[str] = mapped_column(Text, index=True)
    title: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    pace: Mapped[str] = mapped_column(String(8))
    history_allowed: Mapped[bool]
    case_ids: Mapped[list[int]] = mapped_column(JSON)
    position: Mapped[int] = mapped_column(default=0)
    revealed: Mapped[bool] = mapped_column(default=False)
    # Positions whose answer was ever open.
    opened: Mapped[list[int]] = mapped_column(JSON, default=list)
    open: Mapped[bool] = mapped_column(default=True)
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class TraineeRow(Base):
    """A nickname in a cohort. Of its secrets only hashes are kept."""

    __tablename__ = "trainees"

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort: Mapped[str] = mapped_column(Text)
    nickname: Mapped[str] = mapped_column(Text)
    # Case-folded, so that two trainees do not differ by a capital letter.
    folded: Mapped[str] = mapped_column(Text)
    token_digest: Mapped[str] = mapped_column(DIGEST, unique=True)
    # Of the words with which a trainee comes back on another day or machine.
    return_digest: Mapped[str] = mapped_column(DIGEST)
    # The local reader who practises, if it is that.
    reader_id: Mapped[int | None] = mapped_column(ForeignKey("readers.id"), unique=True)
    joined_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("cohort", "folded"),)


class SessionTraineeRow(Base):
    __tablename__ = "session_trainees"

    session_id: Mapped[int] = mapped_column(ForeignKey("teaching_sessions.id"), primary_key=True)
    trainee_id: Mapped[int] = mapped_column(ForeignKey("trainees.id"), primary_key=True, index=True)


class OpenReadRow(Base):
    """A read that is not committed yet: the answer as typed so far. Emptied by the commit.

    ``session_id`` is 0 outside a session, where there may be one open read a case, too.
    """

    __tablename__ = "open_reads"

    trainee_id: Mapped[int] = mapped_column(ForeignKey("trainees.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("teaching_cases.id"), primary_key=True)
    session_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    # How often it was kept, and by which window last: another one must not write over it unseen.
    version: Mapped[int] = mapped_column(default=0)
    kept_by: Mapped[str] = mapped_column(String(36), default="")
    started_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    saved_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class AttemptRow(Base):
    """A committed read with its score: immutable."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    trainee_id: Mapped[int] = mapped_column(ForeignKey("trainees.id"), index=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("teaching_cases.id"), index=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("teaching_sessions.id"))
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    score: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    started_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    committed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class RepetitionRow(Base):
    """When a trainee should see a case again; ``card`` is the scheduler's own state."""

    __tablename__ = "repetitions"

    trainee_id: Mapped[int] = mapped_column(ForeignKey("trainees.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("teaching_cases.id"), primary_key=True)
    card: Mapped[dict[str, Any]] = mapped_column(JSON)
    due_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


Index("ix_attempts_session_case", AttemptRow.session_id, AttemptRow.case_id)
Index("ix_repetitions_due", RepetitionRow.trainee_id, RepetitionRow.due_at)
