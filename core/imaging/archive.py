"""ZIP archives, read member by member and never unpacked to a disk.

The sizes that an archive states of itself are believed only where they refuse it: while a member is
read, the bytes that really come out are counted. Limits, and the attacks they are for, follow
D. Fifield, "A better zip bomb" (WOOT 2019), and APPNOTE.TXT 6.3.10 of the ZIP format.
"""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PureWindowsPath
from struct import Struct
from typing import BinaryIO

from core.domain.errors import FileTooLargeError, IntakeError
from core.domain.import_errors import (
    DamagedArchiveError,
    DamagedMemberError,
    EmptyArchiveError,
    LockedFileError,
    NestedArchiveError,
    UnsafeArchiveError,
    UnsafeNameError,
    UnsupportedCompressionError,
)
from core.domain.names import shown_name
from core.imaging.file_size import FILE_LIMIT_MB

ARCHIVE_LIMIT_MB = 500

_MB = 1024 * 1024
_CHUNK = 256 * 1024
# How an archive opens: with a member, with its end where it is empty, or as one part of several.
_OPENINGS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_LOCAL = Struct("<4s22xHH")
_ENCRYPTED = 0x1
# bzip2 and LZMA unpack a few bytes to many megabytes in one step, before anyone could count them.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DEBRIS = ("", ".ds_store", "thumbs.db", "desktop.ini", "dicomdir")  # "" ends a folder's name


@dataclass(frozen=True)
class Limits:
    """What an archive may hold; sizes in bytes, ``ratio`` of unpacked to packed size.

    A black film packs a thousandfold, so that ``ratio`` counts above ``ratio_from`` bytes alone.
    """

    archive: int = ARCHIVE_LIMIT_MB * _MB
    members: int = 20_000
    member: int = FILE_LIMIT_MB * _MB
    unpacked: int = 8 * ARCHIVE_LIMIT_MB * _MB
    ratio: int = 200
    ratio_from: int = 16 * _MB
    directory: int = 8 * _MB


LIMITS = Limits()


@dataclass(frozen=True)
class Member:
    """One file out of an archive.

    ``position`` counts the archive's entries from 0; ``name`` is for messages:
    "cd.zip: IMAGES/IM0001".
    """

    position: int
    name: str
    content: bytes


@dataclass(frozen=True)
class RefusedMember:
    """A file of an archive that was not read; the others go on."""

    position: int
    name: str
    error: IntakeError


def is_archive(head: bytes) -> bool:
    """Whether a file that opens with ``head`` (at least 132 bytes of it) is a ZIP archive.

    A DICOM preamble (PS3.10 7.1) may hold anything, the opening of an archive included.
    """
    return head.startswith(_OPENINGS) and head[128:132] != b"DICM"


def is_debris(path: str) -> bool:
    """Whether a path is what systems and media leave beside films, to be passed over in silence."""
    parts = path.replace("\\", "/").split("/")
    name = parts[-1].lower()
    return name in _DEBRIS or name.startswith("._") or "__MACOSX" in parts


def members(
    name: str, file: BinaryIO, *, start: int = 0, limits: Limits = LIMITS
) -> Iterator[Member | RefusedMember]:
    """The files of an archive in its own order, one in memory at a time.

    Parameters
    ----------
    name : str
        The archive's name, for messages.
    file : BinaryIO
        Seekable; it is not closed.
    start : int
        The position to begin with.

    Raises
    ------
    IntakeError
        Where the archive as a whole is refused: before its first member, or after the one with
        which it has unpacked to more than its limit.
    OSError
        Where the file itself does not read: that says nothing of what is in it.
    """
    try:
        yield from _members(name, file, start, limits)
    except _UnreadError as unread:
        raise unread.args[0] from None


def _members(
    name: str, file: BinaryIO, start: int, limits: Limits
) -> Iterator[Member | RefusedMember]:
    entries = _entries(name, file, limits)
    unpacked = 0
    with entries.archive as archive:
        for position, entry in enumerate(entries.infos):
            path = entry.orig_filename
            if position < start or is_debris(path):
                continue
            shown = f"{name}: {shown_name(path)}"
            if unpacked >= limits.unpacked:
                raise UnsafeArchiveError(
                    file=name, reason=f"it unpacks to more than {limits.unpacked // _MB:,} MB"
                )
            refusal = _refusal(shown, entry, limits)
            if refusal is not None:
                yield RefusedMember(position, shown, refusal)
                continue
            # Also what is unpacked in vain counts: a refusal costs as much as a film.
            unpacked += entry.file_size
            try:
                content = _read(shown, archive, entry, limits)
            except IntakeError as error:
                yield RefusedMember(position, shown, error)
            else:
                yield Member(position, shown, content)


@dataclass(frozen=True)
class _Entries:
    archive: zipfile.ZipFile
    infos: list[zipfile.ZipInfo]


def _entries(name: str, file: BinaryIO, limits: Limits) -> _Entries:
    """The archive's directory, checked as a whole before a byte is unpacked."""
    size = file.seek(0, io.SEEK_END)
    if size > limits.archive:
        raise FileTooLargeError(file=name, limit=f"{limits.archive // _MB:,} MB")
    try:
        archive = zipfile.ZipFile(_Guarded(file, limits.directory))
    except _DirectoryTooLargeError:
        raise _too_many(name, limits) from None
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
        # ValueError: a name that does not decode, a directory before the start of the file.
        raise DamagedArchiveError(
            file=name, reason="its directory is missing or damaged"
        ) from error
    infos = archive.infolist()
    if len(infos) > limits.members:
        raise _too_many(name, limits)
    if all(is_debris(info.orig_filename) for info in infos):
        raise EmptyArchiveError(file=name)
    _check_apart(name, file, infos, archive.start_dir)
    return _Entries(archive, infos)


def _too_many(name: str, limits: Limits) -> UnsafeArchiveError:
    return UnsafeArchiveError(file=name, reason=f"it holds more than {limits.members:,} files")


def _check_apart(name: str, file: BinaryIO, infos: list[zipfile.ZipInfo], end: int) -> None:
    """Refuse entries that share bytes: few packed bytes would unpack many times over."""
    free_from = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if not 0 <= info.header_offset < end:
            raise DamagedArchiveError(file=name, reason="its directory does not fit its contents")
        file.seek(info.header_offset)
        head = file.read(_LOCAL.size)
        if len(head) < _LOCAL.size or not head.startswith(_OPENINGS[0]):
            raise DamagedArchiveError(file=name, reason="its directory does not fit its contents")
        if info.header_offset < free_from:
            raise UnsafeArchiveError(file=name, reason="its files overlap")
        _opening, name_length, extra_length = _LOCAL.unpack(head)
        free_from = (
            info.header_offset + _LOCAL.size + name_length + extra_length + info.compress_size
        )
    if free_from > end:
        raise UnsafeArchiveError(file=name, reason="its files overlap")


def _refusal(shown: str, entry: zipfile.ZipInfo, limits: Limits) -> IntakeError | None:
    """What an entry says of itself, where that is enough to refuse it."""
    path = entry.orig_filename
    parts = path.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or "\0" in path or PureWindowsPath(path).drive:
        return UnsafeNameError(file=shown)
    if stat.S_ISLNK(entry.external_attr >> 16):
        return UnsafeNameError(file=shown)
    if entry.flag_bits & _ENCRYPTED:
        return LockedFileError(file=shown)
    if entry.compress_type not in _METHODS:
        return UnsupportedCompressionError(file=shown, method=f"method {entry.compress_type}")
    if entry.file_size > limits.member:
        return FileTooLargeError(file=shown, limit=f"{limits.member // _MB:,} MB")
    return None


def _read(shown: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits) -> bytes:
    """All of a member, counted as it comes out."""
    packed = max(entry.compress_size, 1)
    content = io.BytesIO()
    try:
        with archive.open(entry) as member:
            while chunk := member.read(_CHUNK):
                content.write(chunk)
                size = content.tell()
                if size > limits.member:
                    raise FileTooLargeError(file=shown, limit=f"{limits.member // _MB:,} MB")
                if size > limits.ratio_from and size > limits.ratio * packed:
                    raise UnsafeArchiveError(
                        file=shown, reason=f"it swells more than {limits.ratio} times"
                    )
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        # The last three: a local header that asks for what the directory did not say.
        raise DamagedMemberError(file=shown) from error
    found = content.getvalue()
    if len(found) != entry.file_size:
        raise DamagedMemberError(file=shown)
    if is_archive(found[:132]):
        raise NestedArchiveError(file=shown)
    return found


class _DirectoryTooLargeError(Exception):
    pass


class _UnreadError(Exception):
    """A failed read on its way past ``zipfile``, which takes an OSError for a damaged archive."""


class _Guarded:
    """A file that never hands out more than ``limit`` bytes at once.

    ``zipfile`` reads the whole directory in one piece, of the size that the archive states, and
    makes objects of all of it.
    """

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file, self._limit = file, limit

    def read(self, size: int = -1) -> bytes:
        if size > self._limit:
            raise _DirectoryTooLargeError
        try:
            found = self._file.read(size if size >= 0 else self._limit + 1)
        except OSError as error:
            raise _UnreadError(error) from error
        if len(found) > self._limit:
            raise _DirectoryTooLargeError
        return found

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True
