"""Bytes of a file to a film, whatever the file is: the one door of intake."""

from __future__ import annotations

from pydicom.datadict import dictionary_has_tag
from pydicom.valuerep import VR

from core.domain.errors import NotAnImageError, UnreadableFileError
from core.imaging.dicom import read_dicom
from core.imaging.file_size import check_size
from core.imaging.plain import read_plain
from core.imaging.radiograph import Radiograph
from core.imaging.written import one_line

_PLAIN = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_VRS = frozenset(str(vr).encode() for vr in VR if len(str(vr)) == 2)
# The last group before patient, image and pixel data end: opening elements lie far below.
_LAST_OPENING_GROUP = 0x0054


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
    name = one_line(name, 255)
    check_size(name, len(content))
    if not content:
        raise UnreadableFileError(file=name, reason="it is empty")
    if content.startswith(_PLAIN):
        return read_plain(name, content)
    if content[128:132] == b"DICM" or _looks_like_bare_dicom(content):
        return read_dicom(name, content)
    raise NotAnImageError(file=name)


def is_plain(content: bytes) -> bool:
    """Whether a file is an image without a header of patient and study."""
    return content.startswith(_PLAIN)


def _looks_like_bare_dicom(content: bytes) -> bool:
    """A data set without preamble (ACR-NEMA, or stripped): its first element makes sense.

    In either byte order, with the VR written out (PS3.5 7.1.2) or with a length that the file can
    hold. Text never passes: the high byte of the group would be a letter.
    """
    return any(_opens_with_element(content, order) for order in ("little", "big"))


def _opens_with_element(content: bytes, order: str) -> bool:
    if len(content) < 8:
        return False
    little = order == "little"
    group, element = (
        int.from_bytes(content[at : at + 2], "little" if little else "big") for at in (0, 2)
    )
    if group % 2 or not 0x0002 <= group <= _LAST_OPENING_GROUP:
        return False
    if content[4:6] in _VRS:
        return True
    length = int.from_bytes(content[4:8], "little" if little else "big")
    known = element == 0 or dictionary_has_tag((group << 16) | element)
    return known and length <= len(content) - 8
