"""A folder import: many files, taken in one after the other, resumed after a restart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from core.domain.errors import OverreadError
from core.domain.reader import Reader


class ImportState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def open(self) -> bool:
        return self in (ImportState.QUEUED, ImportState.RUNNING)


class FileState(StrEnum):
    """What became of one file; an archive is stored where one film of it was."""

    WAITING = "waiting"
    STORED = "stored"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True)
class FolderImport:
    """One import and how far it is.

    Parameters
    ----------
    root : bytes, optional
        The import root without links, as the bytes of the file system; ``None`` for an import
        that an earlier version of the program made.
    folder : str
        Below the import root, with forward slashes; empty is the root itself.
    files, files_done : int
        Files of the folder; all of them are known once ``listed``.
    stored, duplicate, refused : int
        Films; an archive counts what is in it.
    skipped : int
        Files that an earlier import of this root has taken in and that are unchanged since.
    error : OverreadError, optional
        Why it failed.
    """

    id: int
    root: bytes | None
    folder: str
    state: ImportState
    reader: Reader
    files: int
    files_done: int
    stored: int
    duplicate: int
    refused: int
    skipped: int
    listed: bool
    cancel_requested: bool
    error: OverreadError | None
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None


@dataclass(frozen=True)
class FoundFile:
    """A file as the listing met it.

    ``path`` is below the import root, as the bytes of the file system (``os.fsencode``): a name
    that is no text can still be opened. ``size`` is in bytes, ``mtime`` in nanoseconds.
    """

    path: bytes
    size: int
    mtime: int


@dataclass(frozen=True)
class WaitingFile:
    """A file to be taken in, as it was listed (see :class:`FoundFile`).

    ``position`` is the member at which its archive goes on.
    """

    id: int
    path: bytes
    size: int
    mtime: int
    position: int


@dataclass(frozen=True)
class RefusedFile:
    """One refusal, as the report lists it."""

    id: int
    file: str
    error: OverreadError


@dataclass(frozen=True)
class RefusedGroup:
    """Refusals of one kind: how many, the first of them, and some of the file names."""

    code: str
    count: int
    error: OverreadError
    files: tuple[str, ...]


def grouped(
    refused: Iterable[tuple[str, OverreadError]], examples: int
) -> tuple[RefusedGroup, ...]:
    """Refusals (file, error) by their code, the most frequent first."""
    groups: dict[str, list[tuple[str, OverreadError]]] = {}
    for file, error in refused:
        groups.setdefault(error.code, []).append((file, error))
    return tuple(
        RefusedGroup(code, len(found), found[0][1], tuple(file for file, _ in found[:examples]))
        for code, found in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    )
