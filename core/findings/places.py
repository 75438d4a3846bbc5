"""Zone and degree of the findings of a sentence, in the words that reports use for them.

These rules have no measured accuracy: no corpus at hand labels zones or degrees. They serve the
ledger, which tells a reader's correction of a zone from one of a side; no check and no score rests
on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

from core.domain.finding import Severity, Zone
from core.findings.sides import Span, owned

Word = TypeVar("Word", Zone, Severity)

_NO_ZONE = r"(?!\s+(?:quadrant|abdomen|extremit\w+|mediastin\w+|thoracic|spine|limit|ribs?)\b)"
# What grows or shrinks by a degree is not of that degree.
_NO_DEGREE = (
    r"(?!\s+(?:interval\s+)?(?:in|de)creas\w*|\s+(?:interval\s+)?(?:improv|wors|progress|chang|"
    r"resol)\w*|\s+(?:larger|smaller|more|less|better|lower|higher|rotat\w*|lung volumes?)\b)"
)


def _words(listed: str, unless: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{listed})\b{unless}", re.IGNORECASE)


_ZONES: tuple[tuple[re.Pattern[str], Zone], ...] = tuple(
    (_words(listed, _NO_ZONE), zone)
    for listed, zone in (
        (r"apical(?:ly)?|biapical(?:ly)?|apex|apices", Zone.APICAL),
        (r"upper|rul|lul|suprahilar", Zone.UPPER),
        (r"middle|mid(?:-?(?:zones?|lungs?))?|rml|lingula(?:r)?", Zone.MIDDLE),
        (r"perihilar|parahilar|hilar|hilum|hila", Zone.PERIHILAR),
        (r"lower|rll|lll|infrahilar", Zone.LOWER),
        (r"bas(?:e|es|al|ally|ilar)|bibas(?:al|ilar)|costophrenic", Zone.BASAL),
        (r"retrocardiac|behind the heart", Zone.RETROCARDIAC),
        (r"diffuse(?:ly)?|throughout|widespread", Zone.SEVERAL),
    )
)
_DEGREES: tuple[tuple[re.Pattern[str], Severity], ...] = tuple(
    (_words(listed, _NO_DEGREE), severity)
    for listed, severity in (
        (
            r"small|tiny|trace|minimal(?:ly)?|mild(?:ly)?|slight(?:ly)?|subtle|minor|little",
            Severity.SMALL,
        ),
        (r"moderate(?:ly)?|moderate-sized|medium(?:-sized)?", Severity.MODERATE),
        (
            r"large|severe(?:ly)?|marked(?:ly)?|massive(?:ly)?|extensive(?:ly)?|gross(?:ly)?|huge|"
            r"considerabl[ey]|substantial(?:ly)?|advanced",
            Severity.LARGE,
        ),
    )
)
_ORDER = tuple(Severity)


def zones_of(sentence: str, findings: Sequence[Span]) -> tuple[Zone | None, ...]:
    """The zone of each finding of a sentence, in the order of ``findings`` (sorted by start).

    A zone belongs to a finding as a side does. Several within one broad zone are that zone.
    """
    words = _said(sentence, _ZONES)
    return tuple(one_zone(each.said) for each in owned(sentence, words, findings))


def degrees_of(sentence: str, findings: Sequence[Span]) -> tuple[Severity | None, ...]:
    """The degree of each finding: that of "small to moderate" is the larger one.

    A degree is not shared: "small effusion and atelectasis" says nothing of the atelectasis.
    """
    words = _said(sentence, _DEGREES)
    given = owned(sentence, words, findings, shared=False)
    return tuple(worst(each.said) for each in given)


def one_zone(zones: Iterable[Zone]) -> Zone | None:
    """One word for all the zones, nothing for none."""
    named = set(zones)
    if len(named) < 2:
        return next(iter(named), None)
    broad = {zone.broad for zone in named}
    return broad.pop() if len(broad) == 1 else Zone.SEVERAL


def worst(degrees: Iterable[Severity]) -> Severity | None:
    return max(degrees, key=_ORDER.index, default=None)


def _said(
    sentence: str, patterns: Sequence[tuple[re.Pattern[str], Word]]
) -> list[tuple[Span, Word]]:
    found = [
        (Span(*match.span()), word)
        for pattern, word in patterns
        for match in pattern.finditer(sentence)
    ]
    return sorted(found, key=lambda item: item[0].start)
