"""The tables of folder imports; the other tables are in :mod:`storage.tables`."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.tables import Base, ReaderRow, UtcDateTime

_OPEN = text("state IN ('queued', 'running')")


class ImportRow(Base):
    """One folder import; the counts are kept as the files end, so that reading them is cheap."""

    __tablename__ = "imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    # None in rows of the time before they were kept.
    root: Mapped[bytes | None]
    # SHA-256 of root and folder, which may be longer than an entry of an index.
    target: Mapped[str | None] = mapped_column(String(64))
    folder: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), index=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("readers.id"))
    files: Mapped[int] = mapped_column(default=0)
    files_done: Mapped[int] = mapped_column(default=0)
    stored: Mapped[int] = mapped_column(default=0)
    duplicate: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    listed: Mapped[bool] = mapped_column(default=False)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    error_code: Mapped[str] = mapped_column(String(64), default="")
    error_facts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    reader: Mapped[ReaderRow] = relationship()

    __table_args__ = (
        Index(
            "ix_imports_open_target",
            "target",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )


class ImportFileRow(Base):
    """A file of an import, or a ``member`` of it: what was refused inside an archive."""

    __tablename__ = "import_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"))
    # The bytes of the file system: a name that is no text in any encoding can still be opened.
    path: Mapped[bytes]
    member: Mapped[bool] = mapped_column(default=False)
    size: Mapped[int] = mapped_column(BigInteger)
    # Nanoseconds, as the file system gives it.
    mtime: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16))
    # Of an archive: how many of its entries are dealt with, and what became of its films.
    position: Mapped[int] = mapped_column(default=0)
    stored: Mapped[int] = mapped_column(default=0)
    duplicate: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str] = mapped_column(String(64), default="")
    error_facts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)

    __table_args__ = (
        Index("ix_import_files_import_id_state", "import_id", "state", "id"),
        # A path may be longer than an entry of PostgreSQL's ordinary index.
        Index("ix_import_files_path", "path", postgresql_using="hash"),
    )
