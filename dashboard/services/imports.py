"""Folder import: ask for one, follow it, stop it, and read what was refused."""

from __future__ import annotations

import csv
import io
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.domain.folder_import import FolderImport, RefusedGroup
from core.domain.import_errors import ImportsOffError
from core.domain.reader import Reader
from dashboard import language
from dashboard.services.import_root import Folder, folder_below, import_root, subfolders
from dashboard.services.receive_files import EXAMPLES
from dashboard.services.spreadsheet import safe_cell
from dashboard.workspace import Workspace

logger = logging.getLogger(__name__)

COLUMNS = ("file", "code", "message", "remedy")
_BATCH = 500


@dataclass(frozen=True)
class ImportReport:
    """An import and its refusals by their reason, the most frequent first."""

    folder_import: FolderImport
    refused: tuple[RefusedGroup, ...]


def imports_on(place: Workspace) -> bool:
    """Whether this server has an import root at all."""
    return place.settings.import_root is not None


def folders(place: Workspace, below: str = "") -> list[Folder]:
    """The folders that can be imported, one level below ``below``, sorted by name.

    Raises
    ------
    ImportsOffError, FolderOutsideError, FolderUnreadableError
    """
    return subfolders(import_root(place), below)


def start_import(place: Workspace, folder: str, *, reader: Reader) -> FolderImport:
    """Ask for the import of a folder below the import root; empty is the root itself.

    Asking again while it runs gives the same import. Asking again afterwards takes in what is new,
    what has changed, what was not finished and what was refused.

    Raises
    ------
    ImportsOffError, FolderOutsideError, FolderUnreadableError
    """
    root = import_root(place)
    below = folder_below(root, folder).relative_to(root)
    name = "" if not below.parts else below.as_posix()
    with place.work() as work:
        found = work.imports.ask(os.fsencode(root), name, reader.id)
    logger.info("reader %d starts import %d", reader.id, found.id)
    return found


def cancel_import(place: Workspace, import_id: int, *, reader: Reader) -> FolderImport:
    """Stop an import after the films that are under way; one that has ended stays as it is.

    Raises
    ------
    ImportsOffError, NotFoundError
    """
    _require_on(place)
    with place.work() as work:
        if work.imports.get(import_id).state.open:
            work.imports.cancel(import_id)
        found = work.imports.get(import_id)
    logger.info("reader %d cancels import %d", reader.id, import_id)
    return found


def imports(place: Workspace, limit: int = 20) -> tuple[FolderImport, ...]:
    """The open imports, the one at work first, then those that ended, the newest first.

    Raises
    ------
    ImportsOffError
    """
    _require_on(place)
    with place.look() as look:
        return look.imports.current(limit)


def import_report(place: Workspace, import_id: int) -> ImportReport:
    """One import and what was refused in it.

    Raises
    ------
    ImportsOffError, NotFoundError
    """
    _require_on(place)
    with place.look() as look:
        found = look.imports.get(import_id)
        return ImportReport(found, look.import_files.refused_groups(import_id, EXAMPLES))


def refused_csv(place: Workspace, import_id: int) -> Iterator[str]:
    """Every refusal as a line (RFC 4180), piece by piece; the first piece has the header.

    Raises
    ------
    ImportsOffError, NotFoundError
        At once, not with the first piece.
    """
    _require_on(place)
    with place.look() as look:
        look.imports.get(import_id)
    return _pieces(place, import_id)


def _require_on(place: Workspace) -> None:
    if not imports_on(place):
        raise ImportsOffError()


def _pieces(place: Workspace, import_id: int) -> Iterator[str]:
    yield _lines([COLUMNS])
    after = 0
    while True:
        with place.look() as look:
            files = look.import_files.refused(import_id, after, _BATCH)
        if not files:
            return
        after = files[-1].id
        yield _lines(
            (file.file, file.error.code, language.sentence(file.error), language.remedy(file.error))
            for file in files
        )


def _lines(rows: Iterable[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue()
