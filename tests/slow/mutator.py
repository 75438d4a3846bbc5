"""Films damaged on purpose: each mutant follows from the bytes of a file and one number.

A mutant is described as data, a tuple of edits, so that one which found a fault can be kept as a
test over a film that the tests make.
"""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.errors import InvalidDicomError
from pydicom.uid import DeflatedExplicitVRLittleEndian

Edit = tuple[str, int, int, bytes]
"""("replace", start, stop, new bytes): the one edit that all damage comes down to."""

_LENGTHS = (0, 1, 2, 3, 7, 0x10, 0x7F, 0xFF, 0xFFFE, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
_ITEM, _ITEM_END, _SEQUENCE_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0"
_INSERTED = (
    _ITEM + b"\xff\xff\xff\xff",
    _ITEM + b"\x00\x00\x00\x00",
    _ITEM_END + b"\x00\x00\x00\x00",
    _SEQUENCE_END + b"\x00\x00\x00\x00",
    b"\x08\x00\x05\x00CS\x10\x00ISO 2022 IR 87\\\\",
    b"\x28\x00\x08\x00IS\x0a\x00999999999 ",
    b"\x28\x00\x02\x00US\x02\x00\x04\x00",
    b"\x28\x00\x30\x01DS\x06\x001e999 ",
    b"\x28\x00\x10\x30SQ\x00\x00\xff\xff\xff\xff",
    b"\x28\x00\x53\x10DS\x04\x001e99",
    b"\x00" * 16,
    b"\xff" * 16,
)
_VALUES = (
    b"\x00\x00", b"\x01\x00", b"\x07\x00", b"\x08\x00", b"\x0c\x00", b"\x10\x00", b"\x20\x00",
    b"\x40\x00", b"\xff\xff", b"\xff\x7f", b"\x00\x80", b"PALETTE COLOR ", b"YBR_FULL_422",
    b"MONOCHROME1", b"RGB ", b"YBR_ICT ", b"1.2.840.10008.1.2.4.90", b"1.2.840.10008.1.2.5",
    b"1.2.840.10008.1.2.4.50", b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.2", b"1e308",
    b"-1e308", b"nan ", b"inf ", b"0 ", b"-1", b"99999999999999999999", b"\\\\\\\\", b"\x1b$B\x7f",
    b"\xed\xa0\x80\xff",
)  # fmt: skip


@dataclass(frozen=True)
class Element:
    """Where an element of the data set lies in the file."""

    keyword: str
    start: int
    length_at: int
    length_bytes: int
    value: int
    length: int


def elements(content: bytes) -> list[Element]:
    """The elements of a file's first level; none where it is no DICOM file."""
    if content[128:132] != b"DICM" and content[:2] not in (b"\x08\x00", b"\x02\x00"):
        return []
    try:
        dataset = pydicom.dcmread(io.BytesIO(content), force=True)
    except (InvalidDicomError, ValueError, KeyError, NotImplementedError, struct.error):
        return []
    found = []
    deflated = dataset.file_meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian
    for part in [dataset.file_meta] if deflated else [dataset.file_meta, dataset]:
        for tag in part._dict:
            raw = part.get_item(tag)
            if isinstance(raw, RawDataElement) and raw.value_tell:
                found.append(_element(raw))
    return found


def _element(raw: RawDataElement) -> Element:
    long_form = not raw.is_implicit_VR and raw.VR in (
        "OB", "OD", "OF", "OL", "OW", "SQ", "UC", "UN", "UR", "UT",
    )  # fmt: skip
    length_bytes = 4 if raw.is_implicit_VR or long_form else 2
    header = 12 if long_form else 8
    length = 0 if raw.length == 0xFFFFFFFF else raw.length
    return Element(
        keyword=pydicom.datadict.keyword_for_tag(raw.tag),
        start=raw.value_tell - header,
        length_at=raw.value_tell - length_bytes,
        length_bytes=length_bytes,
        value=raw.value_tell,
        length=length,
    )


def as_radiograph(content: bytes) -> bytes:
    """The file with modality CR, so that its pixels are looked at and not its modality alone."""
    for element in elements(content):
        if element.keyword == "Modality" and element.length >= 2:
            value = b"CR".ljust(element.length)
            return content[: element.value] + value + content[element.value + element.length :]
    return content


def plan(content: bytes, parts: Sequence[Element], seed: int) -> tuple[Edit, ...]:
    """One to four edits, chosen by the seed alone."""
    chance = random.Random(seed)
    kinds: list[_Damage] = [_flip, _flip, _overwrite, _cut, _splice, _insert]
    if parts:
        kinds += [_edit_length, _edit_length, _set_value, _set_value, _set_value, _swap, _leave_out]
    number = chance.choice((1, 1, 1, 2, 3, 4))
    return tuple(chance.choice(kinds)(content, parts, chance) for _ in range(number))


def apply(content: bytes, edits: Sequence[Edit]) -> bytes:
    """The mutant."""
    for _kind, start, stop, new in edits:
        content = content[:start] + new + content[stop:]
    return content


_Damage = Callable[[bytes, Sequence[Element], random.Random], Edit]


def _place(content: bytes, chance: random.Random) -> int:
    """Anywhere, but mostly in the first kilobytes, where everything is decided."""
    end = len(content) if chance.random() < 0.4 else min(len(content), 4096)
    return chance.randrange(max(1, end))


def _flip(content: bytes, _parts: Sequence[Element], chance: random.Random) -> Edit:
    at = _place(content, chance)
    flipped = (content[at] if content else 0) ^ (1 << chance.randrange(8))
    return "flip", at, at + 1, bytes([flipped])


def _overwrite(content: bytes, _parts: Sequence[Element], chance: random.Random) -> Edit:
    at = _place(content, chance)
    new = chance.choice((chance.randbytes(chance.randint(1, 64)), *_VALUES))
    return "overwrite", at, at + len(new), new


def _cut(content: bytes, _parts: Sequence[Element], chance: random.Random) -> Edit:
    return "cut", _place(content, chance), len(content), b""


def _splice(content: bytes, _parts: Sequence[Element], chance: random.Random) -> Edit:
    source, target = _place(content, chance), _place(content, chance)
    return "splice", target, target, content[source : source + chance.randint(1, 512)]


def _insert(content: bytes, parts: Sequence[Element], chance: random.Random) -> Edit:
    at = chance.choice(parts).start if parts else _place(content, chance)
    return "insert", at, at, chance.choice(_INSERTED)


def _edit_length(content: bytes, parts: Sequence[Element], chance: random.Random) -> Edit:
    part = chance.choice(parts)
    length = chance.choice((*_LENGTHS, part.length + 1, max(part.length - 1, 0)))
    new = (length & (0xFFFFFFFF if part.length_bytes == 4 else 0xFFFF)).to_bytes(4, "little")
    return "length", part.length_at, part.value, new[: part.length_bytes]


def _set_value(content: bytes, parts: Sequence[Element], chance: random.Random) -> Edit:
    described = [part for part in parts if part.keyword in _DECISIVE] or list(parts)
    part = chance.choice(described)
    new = chance.choice(_VALUES)[: part.length].ljust(min(part.length, 64), b"\0")
    return f"value of {part.keyword}", part.value, part.value + len(new), new


def _swap(content: bytes, parts: Sequence[Element], chance: random.Random) -> Edit:
    """The value of one element under the tag of another."""
    one, other = chance.choice(parts), chance.choice(parts)
    new = content[other.value : other.value + min(other.length, one.length, 4096)]
    return f"swap {one.keyword}", one.value, one.value + len(new), new


def _leave_out(content: bytes, parts: Sequence[Element], chance: random.Random) -> Edit:
    part = chance.choice(parts)
    return f"no {part.keyword}", part.start, part.value + part.length, b""


_DECISIVE = frozenset({
    "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
    "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "NumberOfFrames",
    "TransferSyntaxUID", "SpecificCharacterSet", "WindowCenter", "WindowWidth", "RescaleSlope",
    "RescaleIntercept", "PixelSpacing", "PixelAspectRatio", "PixelPaddingValue", "PatientName",
    "StudyInstanceUID", "SmallestImagePixelValue", "LossyImageCompression",
})  # fmt: skip
