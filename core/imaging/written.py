"""Text of a DICOM header as somebody wrote it, whatever its character set claims to be."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from pydicom.charset import convert_encodings, decode_bytes, python_encoding
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

TEXT_LIMIT = 1024

_SPECIFIC_CHARACTER_SET = Tag("SpecificCharacterSet")
# Characters of these sets beyond ASCII that happen to be sound UTF-8 spell no word of a language
# written in them, so that UTF-8 under such a label is UTF-8.
_LATIN = frozenset({"", "ISO_IR 6", "ISO_IR 100", "ISO_IR 101", "ISO_IR 109", "ISO_IR 110",
                    "ISO_IR 148", "ISO 2022 IR 6", "ISO 2022 IR 100", "ISO 2022 IR 101",
                    "ISO 2022 IR 109", "ISO 2022 IR 110", "ISO 2022 IR 148"})  # fmt: skip
# What an escape sequence may switch to (PS3.3 C.12.1.1.2), for files that use but do not name them.
_EXTENSIONS = ["iso8859", "shift_jis", "iso2022_jp", "iso2022_jp_2", "euc_kr", "iso_ir_58"]
_NO_TEXT = frozenset({"SQ", "OB", "OD", "OF", "OL", "OV", "OW", "AT", "FD", "FL", "SL", "SS", "SV",
                      "UL", "US", "UV"})  # fmt: skip
# A backslash is a character in these, and divides values elsewhere (PS3.5 6.2).
_PROSE = frozenset({"LT", "ST", "UT"})
_ESCAPE = b"\x1b"
# Line ends, and the parts of a name, end what an escape sequence switched on (PS3.5 6.1.2.5.3).
_LINE_ENDS = {0x09, 0x0A, 0x0C, 0x0D}
_NAME_PARTS = _LINE_ENDS | {0x5E, 0x3D}
# Joiners are spelling in Persian and Indic scripts; all other format characters may reorder or hide
# text.
_JOINERS = "\u200c\u200d"


def one_line(text: str, limit: int = TEXT_LIMIT) -> str:
    """Text as one line: control and format characters out, at most ``limit`` characters."""
    line = " ".join(text.split())
    return "".join(char for char in line if char.isprintable() or char in _JOINERS)[:limit].strip()


def written(dataset: Dataset, keyword: str, limit: int = TEXT_LIMIT) -> str:
    """The first value of an element as one line of text; empty where there is none.

    Read from the bytes of the file where they are at hand, so that a character set that is absent
    or wrong does not spoil a name: sound UTF-8 is taken as UTF-8 under a Latin label or none.
    """
    element = dataset.get_item(Tag(keyword))
    if element is None or element.value is None or element.VR in _NO_TEXT:
        return ""
    if not isinstance(element, RawDataElement):
        value = element.value
        return one_line(str(value[0] if _several(value) else value), limit)
    with warnings.catch_warnings():
        # They would quote the header.
        warnings.simplefilter("ignore")
        text = _decoded(element.value, _character_sets(dataset), name=keyword == "PatientName")
    vr = element.VR or ""
    return one_line(text if vr in _PROSE else text.split("\\")[0], limit)


def _several(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes)) and len(value) > 0


def _character_sets(dataset: Dataset) -> list[str]:
    """Values of Specific Character Set (0008,0005) as they stand."""
    element = dataset.get_item(_SPECIFIC_CHARACTER_SET)
    value = None if element is None else element.value
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace").split("\\")
    names = [value] if isinstance(value, str) else list(value or ())
    return [str(name).strip(" \0") for name in names] or [""]


def _decoded(value: bytes, sets: list[str], *, name: bool) -> str:
    value = value.rstrip(b"\0")
    if _ESCAPE not in value and value.isascii():
        return value.decode("ascii")
    nothing_said = all(label in _LATIN or label not in python_encoding for label in sets)
    if _ESCAPE not in value and nothing_said:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            pass
    encodings = convert_encodings(list(sets))
    if _ESCAPE in value and nothing_said and len(encodings) == 1:
        encodings += [name for name in _EXTENSIONS if name not in encodings]
    text = str(decode_bytes(value, encodings, _NAME_PARTS if name else _LINE_ENDS))
    if "\ufffd" in text:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return text
    return text
