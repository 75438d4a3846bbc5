"""The tables of the ledger: corrections, readings, and what patients agreed to."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import DIGEST, LANGUAGE, Base, UtcDateTime


class CorrectionRow(Base):
    """One line of the ledger, written with the signature and never changed."""

    __tablename__ = "corrections"

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(ForeignKey("signed_versions.sequence"), index=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    change: Mapped[str] = mapped_column(String(16), index=True)
    section: Mapped[str] = mapped_column(String(16))
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    finding: Mapped[str] = mapped_column(String(64))
    detail: Mapped[str] = mapped_column(Text)
    reader: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(String(128))
    seconds_open: Mapped[float | None]
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    language: Mapped[str] = mapped_column(LANGUAGE, default="en")
    # What kind of correction it is, as core.domain.correction.Nature spells it; comma-separated.
    natures: Mapped[str] = mapped_column(String(96), default="")


class ReadingRow(Base):
    """How one report came to be signed against its draft: written with the signature, immutable."""

    __tablename__ = "readings"

    sequence: Mapped[int] = mapped_column(
        ForeignKey("signed_versions.sequence"), primary_key=True, autoincrement=False
    )
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"), index=True)
    reader: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(String(128))
    model_digest: Mapped[str] = mapped_column(DIGEST)
    seconds_reading: Mapped[float | None]
    seconds_editing: Mapped[float | None]
    reason: Mapped[str] = mapped_column(String(32))
    reason_text: Mapped[str] = mapped_column(Text)
    # The text as it stood when the reader revealed the draft; null where nothing was hidden.
    before_reveal: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    before_language: Mapped[str] = mapped_column(LANGUAGE, default="en")
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ConsentRow(Base):
    """What was said of a study's use for training: the newest line of a study holds."""

    __tablename__ = "training_consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"), index=True)
    given: Mapped[bool]
    reader: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
