"""The table of the gate before a draft."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import Base, UtcDateTime


class GateOverrideRow(Base):
    """Who asked, and when, for a draft of a film that did not pass as a chest film."""

    __tablename__ = "gate_overrides"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("studies.id"), index=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    reader_id: Mapped[int] = mapped_column(ForeignKey("readers.id"))
    # The name as it was then, as with signatures.
    reader: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("job_id", "reader_id"),)
