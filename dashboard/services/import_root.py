"""The folders below the import root, and the files in one of them."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from core.domain.errors import OverreadError
from core.domain.folder_import import FoundFile
from core.domain.import_errors import (
    FolderOutsideError,
    FolderUnreadableError,
    ImportsOffError,
    OutsideLinkError,
    UnopenedFileError,
)
from core.domain.names import shown_name
from core.imaging.archive import is_debris
from dashboard.workspace import Workspace

FOLDER_LIMIT = 1000
_LARGEST = 2**63 - 1


class Folder(NamedTuple):
    """A folder below the import root, with forward slashes."""

    path: str


class RefusedPath(NamedTuple):
    """What the listing could not take: a link that leads outside, a folder that does not open."""

    path: bytes
    error: OverreadError


def import_root(place: Workspace) -> Path:
    """The import root, without links in it.

    Raises
    ------
    ImportsOffError
        If none is set.
    FolderUnreadableError
        If it is not there.
    """
    if place.settings.import_root is None:
        raise ImportsOffError()
    try:
        return place.settings.import_root.expanduser().resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise FolderUnreadableError() from error


def folder_below(root: Path, folder: str) -> Path:
    """A folder by its path below the root, the root itself where that is empty.

    Raises
    ------
    FolderOutsideError
        If it is absolute, goes up, leads out of the root by a link, or is no folder.
    """
    asked = Path(folder)
    if asked.is_absolute() or asked.drive or ".." in asked.parts or "\0" in folder:
        raise FolderOutsideError(folder=shown_name(folder))
    found = inside(root, root / asked)
    if found is None or not found.is_dir():
        raise FolderOutsideError(folder=shown_name(folder or "."))
    return found


def inside(root: Path, path: Path) -> Path | None:
    """A path without links in it, where that lies in the root; ``None`` where it leads outside."""
    try:
        found = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return None
    return found if found.is_relative_to(root) else None


def subfolders(root: Path, below: str) -> list[Folder]:
    """The folders in one folder, sorted by name, at most ``FOLDER_LIMIT``.

    Left out are links that lead outside, and names that are no text.

    Raises
    ------
    FolderOutsideError, FolderUnreadableError
    """
    folder = folder_below(root, below)
    try:
        with os.scandir(folder) as entries:
            found = sorted(entry.name for entry in entries if _folder_inside(root, entry))
    except OSError as error:
        raise FolderUnreadableError() from error
    names = [name for name in found if name.isprintable() and _text(name)][:FOLDER_LIMIT]
    return [Folder((Path(below) / name).as_posix()) for name in names]


def files_below(root: Path, folder: Path) -> Iterator[FoundFile | RefusedPath]:
    """Every file of a folder and those below it; debris is passed over.

    The listing keeps the folders that it has still to open, and the numbers of those that it has
    opened (links may make circles), and nothing of their files.

    Raises
    ------
    FolderUnreadableError
        If the folder itself does not open.
    """
    waiting, seen = [folder], {_number(folder)}
    while waiting:
        here = waiting.pop()
        try:
            for found in _met(root, here):
                if not isinstance(found, Path):
                    yield found
                elif (number := _number(found)) is None:
                    yield _unopened(root, found)
                elif number not in seen:
                    seen.add(number)
                    waiting.append(found)
        except OSError as error:
            if here == folder:
                raise FolderUnreadableError() from error
            yield _unopened(root, here)


def open_below(root: Path, path: bytes) -> BinaryIO:
    """Open a listed file, wherever its links lead now.

    Raises
    ------
    OutsideLinkError, UnopenedFileError
    """
    shown = shown_path(path)
    found = root / os.fsdecode(path)
    target = inside(root, found)
    if target is None:
        raise _outside(found, shown)
    # Neither a link put there since then, nor a pipe that would keep the import waiting.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(target, flags | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise UnopenedFileError(file=shown) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise UnopenedFileError(file=shown)
    return os.fdopen(handle, "rb")


def size_and_mtime(known: os.stat_result) -> tuple[int, int]:
    """Size (bytes) and time of change (nanoseconds) of a file, as a row can keep them.

    A time may lie beyond the year 2262, where its nanoseconds need more than 64 bits.
    """
    return known.st_size, max(-_LARGEST, min(known.st_mtime_ns, _LARGEST))


def shown_path(path: bytes) -> str:
    return shown_name(path.decode("utf-8", "replace").replace("\\", "/"))


def batches(
    found: Iterator[FoundFile | RefusedPath], size: int
) -> Iterator[list[FoundFile | RefusedPath]]:
    while batch := list(itertools.islice(found, size)):
        yield batch


def _met(root: Path, folder: Path) -> Iterator[FoundFile | RefusedPath | Path]:
    """What is in one folder: folders to open, files, refusals."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_debris(entry.name) or entry.name == "__MACOSX":
                continue
            found = _entry(root, entry)
            if found is not None:
                yield found


def _entry(root: Path, entry: os.DirEntry[str]) -> FoundFile | RefusedPath | Path | None:
    """A folder to open, a file, a refusal, or nothing: a pipe, a device."""
    path = Path(entry.path)
    relative = os.fsencode(path.relative_to(root).as_posix())
    if entry.is_symlink():
        target = inside(root, path)
        if target is None:
            return RefusedPath(relative, _outside(path, shown_path(relative)))
        if target.is_dir():
            return target
    if entry.is_dir(follow_symlinks=False):
        return path
    try:
        known = entry.stat()
    except OSError:
        return RefusedPath(relative, UnopenedFileError(file=shown_path(relative)))
    if not stat.S_ISREG(known.st_mode):
        return None
    return FoundFile(relative, *size_and_mtime(known))


def _outside(path: Path, shown: str) -> OverreadError:
    """Why a path was not found inside: it leads outside, or nowhere."""
    with suppress(OSError):
        if path.exists():
            return OutsideLinkError(file=shown)
    return UnopenedFileError(file=shown)


def _unopened(root: Path, folder: Path) -> RefusedPath:
    relative = os.fsencode(folder.relative_to(root).as_posix())
    return RefusedPath(relative, UnopenedFileError(file=shown_path(relative)))


def _number(folder: Path) -> tuple[int, int] | None:
    """What tells a folder apart from all others, whatever path leads to it."""
    try:
        known = folder.stat()
    except OSError:
        return None
    return known.st_dev, known.st_ino


def _folder_inside(root: Path, entry: os.DirEntry[str]) -> bool:
    with suppress(OSError):
        return entry.is_dir() and inside(root, Path(entry.path)) is not None
    return False


def _text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
