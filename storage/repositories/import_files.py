"""The files of folder imports, and what became of each; the counts of the import go along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from core.domain.errors import OverreadError
from core.domain.folder_import import (
    FileState,
    FoundFile,
    RefusedFile,
    RefusedGroup,
    WaitingFile,
)
from core.domain.import_errors import recorded
from storage.import_tables import ImportFileRow, ImportRow

_TAKEN = (FileState.STORED.value, FileState.DUPLICATE.value)
_COUNTS = ("files", "files_done", "stored", "duplicate", "refused", "skipped")


class ImportFileRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    # --- listing --------------------------------------------------------------------------------

    def forget_listing(self, import_id: int) -> None:
        """Begin the listing again, which was broken off."""
        self._session.execute(delete(ImportFileRow).where(ImportFileRow.import_id == import_id))
        self._session.execute(
            update(ImportRow).where(ImportRow.id == import_id).values(dict.fromkeys(_COUNTS, 0))
        )

    def list_files(self, import_id: int, found: Sequence[FoundFile]) -> None:
        """Note files to be taken in, but for those of this root that were and did not change."""
        taken = self._taken(import_id, found)
        fresh = [file for file in found if file not in taken]
        self._insert(import_id, [_listed(file) for file in fresh])
        self._count(import_id, files=len(fresh), skipped=len(found) - len(fresh))

    def list_refused(self, import_id: int, path: bytes, error: OverreadError) -> None:
        """Note what the listing itself refused."""
        self._insert(import_id, [_refusal(path, error, member=False)])
        self._count(import_id, files=1, files_done=1, refused=1)

    def waiting(self, import_id: int, after: int, limit: int) -> tuple[WaitingFile, ...]:
        """The next files to be taken in, by number, beyond file ``after``."""
        rows = self._session.execute(
            select(
                ImportFileRow.id,
                ImportFileRow.path,
                ImportFileRow.size,
                ImportFileRow.mtime,
                ImportFileRow.position,
            )
            .where(
                ImportFileRow.import_id == import_id,
                ImportFileRow.state == FileState.WAITING.value,
                ImportFileRow.id > after,
            )
            .order_by(ImportFileRow.id)
            .limit(limit)
        )
        return tuple(WaitingFile(*row) for row in rows)

    # --- what became of the files ---------------------------------------------------------------

    def begin_again(self, file: WaitingFile, size: int, mtime: int) -> WaitingFile:
        """A file that has changed since it was listed, from its start; its films stay counted."""
        self._change(file, size=size, mtime=mtime, position=0, stored=0, duplicate=0, refused=0)
        return replace(file, size=size, mtime=mtime, position=0)

    def settle(
        self, import_id: int, file: WaitingFile, state: FileState, error: OverreadError | None
    ) -> None:
        """Note what became of a file that is no archive; noted once, whoever comes first."""
        code, facts = code_and_facts(error)
        values: dict[str, Any] = {state.value: 1, "error_code": code, "error_facts": facts}
        if self._change(file, state=state.value, **values):
            self._count(import_id, files_done=1, **{state.value: 1})

    def settle_member(
        self,
        import_id: int,
        file: WaitingFile,
        position: int,
        state: FileState,
        error: OverreadError | None,
    ) -> None:
        """Note what became of one member of an archive, and that the archive goes on after it."""
        column = getattr(ImportFileRow, state.value)
        here = ImportFileRow.position <= position
        if not self._change(file, here, position=position + 1, **{state.value: column + 1}):
            return
        self._count(import_id, **{state.value: 1})
        if error is not None:
            self._insert(import_id, [_refusal(file.path, error, member=True)])

    def settle_archive(
        self, import_id: int, file: WaitingFile, error: OverreadError | None
    ) -> None:
        """Note that an archive is at its end, or why it was refused as a whole."""
        row = self._session.get_one(ImportFileRow, file.id, populate_existing=True)
        states = (FileState.STORED, FileState.DUPLICATE, FileState.REFUSED)
        best = next((state for state in states if getattr(row, state.value)), FileState.REFUSED)
        state = FileState.REFUSED if error is not None else best
        refused = int(error is not None)
        code, facts = code_and_facts(error)
        if self._change(
            file,
            state=state.value,
            refused=ImportFileRow.refused + refused,
            error_code=code,
            error_facts=facts,
        ):
            self._count(import_id, files_done=1, refused=refused)

    # --- reports --------------------------------------------------------------------------------

    def refused(self, import_id: int, after: int, limit: int) -> tuple[RefusedFile, ...]:
        """Refusals by number, beyond refusal ``after``."""
        return self._refused(import_id, limit, ImportFileRow.id > after)

    def refused_groups(self, import_id: int, examples: int) -> tuple[RefusedGroup, ...]:
        """Refusals by their code, the most frequent first."""
        count = func.count()
        groups = self._session.execute(
            select(ImportFileRow.error_code, count)
            .where(*_refusals(import_id))
            .group_by(ImportFileRow.error_code)
            .order_by(count.desc(), ImportFileRow.error_code)
        ).all()
        made = []
        for code, number in groups:
            files = self._refused(import_id, examples, ImportFileRow.error_code == code)
            names = tuple(file.file for file in files)
            made.append(RefusedGroup(code, number, files[0].error, names))
        return tuple(made)

    def _refused(self, import_id: int, limit: int, *where: Any) -> tuple[RefusedFile, ...]:
        rows = self._session.execute(
            select(ImportFileRow.id, ImportFileRow.error_code, ImportFileRow.error_facts)
            .where(*_refusals(import_id), *where)
            .order_by(ImportFileRow.id)
            .limit(limit)
        )
        return tuple(
            RefusedFile(number, facts.get("file", ""), recorded(code, facts))
            for number, code, facts in rows
        )

    def _insert(self, import_id: int, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._session.execute(
                insert(ImportFileRow), [{"import_id": import_id, **row} for row in rows]
            )

    def _taken(self, import_id: int, found: Sequence[FoundFile]) -> set[FoundFile]:
        root = select(ImportRow.root).where(ImportRow.id == import_id).scalar_subquery()
        rows = self._session.execute(
            select(ImportFileRow.path, ImportFileRow.size, ImportFileRow.mtime)
            .join(ImportRow, ImportRow.id == ImportFileRow.import_id)
            .where(
                ImportRow.root == root,
                ImportFileRow.path.in_([file.path for file in found]),
                ImportFileRow.state.in_(_TAKEN),
                ImportFileRow.refused == 0,
            )
        )
        return {FoundFile(*row) for row in rows}

    def _change(self, file: WaitingFile, *where: Any, **values: Any) -> bool:
        """Change a file that still waits; whether it did."""
        changed = self._session.scalar(
            update(ImportFileRow)
            .where(
                ImportFileRow.id == file.id,
                ImportFileRow.state == FileState.WAITING.value,
                *where,
            )
            .values(**values)
            .returning(ImportFileRow.id)
            .execution_options(synchronize_session=False)
        )
        return changed is not None

    def _count(self, import_id: int, **more: int) -> None:
        self._session.execute(
            update(ImportRow)
            .where(ImportRow.id == import_id)
            .values({count: getattr(ImportRow, count) + by for count, by in more.items()})
            .execution_options(synchronize_session=False)
        )


def _refusals(import_id: int) -> tuple[Any, ...]:
    return (
        ImportFileRow.import_id == import_id,
        ImportFileRow.state == FileState.REFUSED.value,
        # An archive whose members were all refused is no refusal of its own.
        ImportFileRow.error_code != "",
    )


def _listed(file: FoundFile) -> dict[str, Any]:
    return {
        "path": file.path,
        "size": file.size,
        "mtime": file.mtime,
        "state": FileState.WAITING.value,
    }


def _refusal(path: bytes, error: OverreadError, *, member: bool) -> dict[str, Any]:
    code, facts = code_and_facts(error)
    return {
        "path": path,
        "member": member,
        "size": 0,
        "mtime": 0,
        "state": FileState.REFUSED.value,
        "refused": 1,
        "error_code": code,
        "error_facts": facts,
    }


def code_and_facts(error: OverreadError | None) -> tuple[str, dict[str, str]]:
    """An error as a row keeps it; see :func:`core.domain.errors.recorded`."""
    if error is None:
        return "", {}
    return error.code, {key: str(value) for key, value in error.facts.items()}
