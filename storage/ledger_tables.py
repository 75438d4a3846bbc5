"""The table of the ledger."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import LANGUAGE, Base, UtcDateTime


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
