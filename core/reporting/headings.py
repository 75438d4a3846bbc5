"""Which part of a written report belongs to which section, by its headings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NAMES: Mapping[str, str] = {
    "findings": r"(?:key |main |chest |lung |radiographic |radiological |chest x-?ray )?findings?"
    r"(?: (?:and|&) impressions?| ?/ ?impressions?)?|observations?|description|results?",
    "impression": r"(?:final |overall )?impressions?|conclusions?|opinion|summary|assessment|"
    r"interpretation|diagnos[ie]s|recommendations?",
    "technique": r"techniques?|procedure|exam(?:ination)?|(?:type of )?study|views?|projections?",
    "comparison": r"comparisons?|(?:prior|previous) (?:studies|study|exams?|examinations?|films?)",
    "indication": r"indications?|(?:clinical |patient )?history|"
    r"clinical (?:indications?|information|details?|data|question|context)|"
    r"reason for (?:the )?(?:exam(?:ination)?|study)",
}
_ANY = "|".join(f"(?P<{section}>{names})" for section, names in _NAMES.items())
_DECORATION = r"[ \t>#*_=\-\d.)(•]*"
# A line that begins with a heading and a colon, or is a heading and nothing else.
_AT_LINE = re.compile(
    rf"^{_DECORATION}(?:{_ANY})[ \t*_]*(?::[ \t*_]*|[ \t*_=]*$)", re.IGNORECASE | re.MULTILINE
)
# In running text a heading follows a full stop and starts with a capital.
_IN_LINE = re.compile(rf"(?<=[.!?\])])[ \t]+[*_]*(?=[A-Z])(?i:{_ANY})[*_]*:[ \t*_]*", re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """Characters of a text that belong to a section; ``headed`` where a heading says so."""

    section: str
    start: int
    end: int
    headed: bool


def parts(text: str) -> tuple[Part, ...]:
    """Cut a text at its headings; what no heading claims is findings.

    Returns
    -------
    tuple of Part
        In the order of the text, without headings, none of them empty.
    """
    found: list[Part] = []
    section, start, headed = "findings", 0, False
    for heading in _headings(text):
        found += _part(text, section, start, heading.start(), headed)
        section = str(heading.lastgroup)
        start, headed = heading.end(), True
    return (*found, *_part(text, section, start, len(text), headed))


def _headings(text: str) -> list[re.Match[str]]:
    marks = sorted(
        (*_AT_LINE.finditer(text), *_IN_LINE.finditer(text)), key=lambda mark: mark.start()
    )
    apart: list[re.Match[str]] = []
    for mark in marks:
        if not apart or mark.start() >= apart[-1].end():
            apart.append(mark)
    return apart


def _part(text: str, section: str, start: int, end: int, headed: bool) -> list[Part]:
    piece = text[start:end]
    if not re.search(r"\w", piece):
        return []
    left = len(piece) - len(piece.lstrip())
    return [Part(section, start + left, start + len(piece.rstrip()), headed)]
