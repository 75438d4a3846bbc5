"""Folder imports: what was asked for, and how far each is."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from core.domain.errors import (
    NotFoundError,
    OverreadError,
)
from core.domain.folder_import import FolderImport, ImportState
from core.domain.import_errors import recorded
from core.domain.reader import Reader
from storage.import_tables import ImportRow
from storage.repositories.import_files import code_and_facts

_OPEN = (ImportState.QUEUED.value, ImportState.RUNNING.value)


class ImportRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def ask(self, root: bytes, folder: str, reader_id: int) -> FolderImport:
        """The open import of a folder below a root; a new one where there is none."""
        found = self._open_of(root, folder)
        if found is not None:
            return found
        try:
            with self._session.begin_nested():
                return self._add(root, folder, reader_id)
        except IntegrityError:
            # Somebody else asked at the same time, and was first.
            found = self._open_of(root, folder)
            if found is None:
                raise
            return found

    def _add(self, root: bytes, folder: str, reader_id: int) -> FolderImport:
        row = ImportRow(
            root=root,
            target=_target(root, folder),
            folder=folder,
            state=ImportState.QUEUED.value,
            reader_id=reader_id,
            created_at=dt.datetime.now(dt.UTC),
        )
        self._session.add(row)
        self._session.flush()
        return self.get(row.id)

    def get(self, import_id: int) -> FolderImport:
        """One import with its counts.

        Raises
        ------
        NotFoundError
        """
        row = self._session.get(ImportRow, import_id, options=[joinedload(ImportRow.reader)])
        if row is None:
            raise NotFoundError(what="import")
        return _import(row)

    def current(self, limit: int) -> tuple[FolderImport, ...]:
        """The open imports, the one at work first, then those that ended, the newest first."""
        is_open = ImportRow.state.in_(_OPEN)
        rows = self._session.scalars(
            select(ImportRow)
            .options(joinedload(ImportRow.reader))
            .order_by(is_open.desc(), case((is_open, ImportRow.id)), ImportRow.id.desc())
            .limit(limit)
        )
        return tuple(_import(row) for row in rows)

    def _open_of(self, root: bytes, folder: str) -> FolderImport | None:
        return self._first(ImportRow.target == _target(root, folder))

    def due(self) -> FolderImport | None:
        """The oldest import that has not ended."""
        return self._first()

    def begin(self, import_id: int) -> None:
        row = self._row(import_id)
        row.state = ImportState.RUNNING.value
        row.started_at = row.started_at or dt.datetime.now(dt.UTC)

    def end_listing(self, import_id: int) -> None:
        self._row(import_id).listed = True

    def cancel(self, import_id: int) -> None:
        """Ask an open import to stop; one that has not begun ends at once."""
        row = self._row(import_id)
        if row.state == ImportState.QUEUED.value:
            self.finish(import_id, ImportState.CANCELLED)
        row.cancel_requested = True

    def finish(
        self, import_id: int, state: ImportState, error: OverreadError | None = None
    ) -> None:
        row = self._row(import_id)
        row.state, row.finished_at = state.value, dt.datetime.now(dt.UTC)
        row.error_code, row.error_facts = code_and_facts(error)

    def _row(self, import_id: int) -> ImportRow:
        row = self._session.get(ImportRow, import_id)
        if row is None:
            raise NotFoundError(what="import")
        return row

    def _first(self, *where: Any) -> FolderImport | None:
        row = self._session.scalar(
            select(ImportRow)
            .options(joinedload(ImportRow.reader))
            .where(ImportRow.state.in_(_OPEN), *where)
            .order_by(ImportRow.id)
            .limit(1)
        )
        return None if row is None else _import(row)


def _target(root: bytes, folder: str) -> str:
    # No path holds a NUL.
    return hashlib.sha256(root + b"\0" + folder.encode()).hexdigest()


def _import(row: ImportRow) -> FolderImport:
    return FolderImport(
        id=row.id,
        root=row.root,
        folder=row.folder,
        state=ImportState(row.state),
        reader=Reader(row.reader.id, row.reader.name, row.reader.confirmed),
        files=row.files,
        files_done=row.files_done,
        stored=row.stored,
        duplicate=row.duplicate,
        refused=row.refused,
        skipped=row.skipped,
        listed=row.listed,
        cancel_requested=row.cancel_requested,
        error=recorded(row.error_code, row.error_facts) if row.error_code else None,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
