"""Bytes of a file to a film, whatever the file is: the one door of intake."""

from __future__ import annotations

from core.domain.errors import FileTooLargeError, NotAnImageError, UnreadableFileError
from core.imaging.dicom import read_dicom
from core.imaging.plain import read_plain
from core.imaging.radiograph import Radiograph

FILE_LIMIT_MB = 100

_PLAIN = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


def read_file(name: str, content: bytes) -> Radiograph:
    """Decode one file by what it holds, not by what it is called.

    Parameters
    ----------
    name : str
        The file's name, for messages alone.
    content : bytes
        All of the file.

    Raises
    ------
    IntakeError
        One of its children; nothing but a sentence comes out of a bad file.
    """
    if len(content) > FILE_LIMIT_MB * 1024 * 1024:
        raise FileTooLargeError(file=name, limit=f"{FILE_LIMIT_MB} MB")
    if not content:
        raise UnreadableFileError(file=name, reason="it is empty")
    if content.startswith(_PLAIN):
        return read_plain(name, content)
    if content[128:132] == b"DICM" or _looks_like_bare_dicom(content):
        return read_dicom(name, content)
    raise NotAnImageError(file=name)


def _looks_like_bare_dicom(content: bytes) -> bool:
    """A data set without preamble (ACR-NEMA, or stripped): it opens with group 0002 or 0008."""
    return content[:2] in (b"\x02\x00", b"\x08\x00")
