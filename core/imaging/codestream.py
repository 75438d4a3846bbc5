"""What a compressed frame says of its own size, read before a decoder believes it."""

from __future__ import annotations

import struct

_J2K_START = b"\xff\x4f\xff\x51"  # SOC, then SIZ (ISO/IEC 15444-1 A.5.1)
_J2K_SEARCHED = 4096
# Frame headers of JPEG (ISO/IEC 10918-1 B.2.2) and JPEG-LS (ISO/IEC 14495-1 C.2.2).
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_START_OF_SCAN = 0xDA
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def stated_size(frame: bytes) -> tuple[int, int] | None:
    """Rows and columns that a JPEG, JPEG-LS or JPEG 2000 stream states, or ``None``."""
    if frame.startswith(b"\xff\xd8"):
        return _jpeg_size(frame)
    start = frame.find(_J2K_START, 0, _J2K_SEARCHED)
    if start < 0 or len(frame) < start + 24:
        return None
    right, bottom, left, top = struct.unpack_from(">4I", frame, start + 8)
    return max(bottom - top, 0), max(right - left, 0)


def _jpeg_size(frame: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 4 <= len(frame):
        if frame[at] != 0xFF:
            return None
        marker = frame[at + 1]
        if marker == 0xFF or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _FRAME_HEADERS and at + 9 <= len(frame):
            rows, columns = struct.unpack_from(">2H", frame, at + 5)
            return rows, columns
        if marker == _START_OF_SCAN:
            return None
        at += 2 + int.from_bytes(frame[at + 2 : at + 4], "big")
    return None
