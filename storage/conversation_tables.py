"""The tables of the conversations beside studies. Rows are added and never changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import DIGEST, Base, UtcDateTime


class MessageRow(Base):
    """A question of a reader, or the one answer to it."""

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(16))
    audience: Mapped[str] = mapped_column(String(16))
    level: Mapped[str] = mapped_column(String(16))
    # Whether the question is for the whole signed report in plain words.
    whole_report: Mapped[bool]
    # The name as it was then, as with signatures.
    reader: Mapped[str] = mapped_column(Text)
    # Of an answer; unique, so that a question has one.
    question_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), unique=True)
    # Of a question whose answer a worker writes.
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"), unique=True)
    model_name: Mapped[str] = mapped_column(String(128))
    model_digest: Mapped[str] = mapped_column(DIGEST)
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    seconds: Mapped[float | None]
    ending: Mapped[str] = mapped_column(String(16))
    error_code: Mapped[str] = mapped_column(String(64))
    error_facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    prompt_digest: Mapped[str] = mapped_column(DIGEST)
    versions: Mapped[dict[str, str]] = mapped_column(JSON)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class AnswerMapRow(Base):
    """Where a model looked while it wrote an answer."""

    __tablename__ = "answer_maps"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id"))
    blob_digest: Mapped[str] = mapped_column(DIGEST)
