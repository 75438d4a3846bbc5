"""Cut a report into sentences, as typed, dictated or numbered."""

from __future__ import annotations

import re

_ABBREVIATION = re.compile(
    r"(?:\b(?:dr|drs|mr|mrs|ms|prof|st|vs|approx|ca|fig|figs|e\.g|i\.e|etc|incl|resp|cf|dept|ext|"
    r"a\.m|p\.m|m\.d)|\b(?:dr|mr|mrs|ms|prof)\.\s+[a-z])\.$",
    re.IGNORECASE,
)
_MARKER = re.compile(
    r"^\s*(?:\(?\d{1,2}[.):](?!\d)\s*|\(?[a-hA-H]\)\s+|[-*#\u2022\u2013\u2014]+\s*)"
)
_STOP = re.compile(r"[.!?]+[\"')\]\u201d]*(?=\s|$)|(?<=[a-z\])])\.+(?=[A-Z][a-z])")
_UNFINISHED = re.compile(
    r"(?:,|\b(?:or|and|with|without|of|the|a|an|no|in|at|on|to|for|is|are|by|from|left|right|"
    r"possible|may|versus))$",
    re.IGNORECASE,
)
_WRAPPED = 50
"""A line this long that ends without a stop was wrapped, not ended (characters)."""


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text in order, verbatim, without list markers.

    A line break ends a sentence unless the line was plainly wrapped. "Dr.", decimals and the
    numbers of a numbered impression end none.
    """
    pieces = (piece for line in _lines(text) for piece in _split(line))
    bare = (_MARKER.sub("", piece).strip() for piece in pieces)
    return tuple(piece for piece in bare if re.search(r"\w", piece))


def _lines(text: str) -> list[str]:
    joined: list[str] = []
    open_line = False
    for raw in text.splitlines():
        line = raw.strip()
        if open_line and line and not _MARKER.match(line) and _continues(joined[-1], line):
            joined[-1] = f"{joined[-1]}\n{line}"
        elif line:
            joined.append(line)
        open_line = bool(line)
    return joined


def _continues(before: str, line: str) -> bool:
    if re.search(r"[.!?:;]$", before):
        return False
    last = before.rsplit("\n", 1)[-1]
    return bool(_UNFINISHED.search(last)) or (line[0].islower() and len(last) >= _WRAPPED)


def _split(line: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    for stop in _STOP.finditer(line):
        if _ends(line[start : stop.end()], line[stop.end() :]):
            pieces.append(line[start : stop.end()])
            start = stop.end()
    return [*pieces, line[start:]]


def _ends(piece: str, rest: str) -> bool:
    """Whether a sentence ends between ``piece``, which closes with a stop, and ``rest``."""
    if _ABBREVIATION.search(piece) or re.fullmatch(r"\s*\(?\d{1,2}\.", piece):
        return False
    if piece.endswith("?"):
        # "? nodule" and "effusion? small" hedge within a sentence.
        return not re.search(r"(?:^|\s)\?+$", piece) and not rest.lstrip()[:1].islower()
    return True
