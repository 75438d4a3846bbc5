"""Figures of ``measured.json`` as words; what the file does not hold is shown as a dash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core.domain.finding import digits_apart
from core.evaluation.scored import LEAST_FOR_MEAN
from core.findings.vocabulary import NO_FINDING
from dashboard.language import translate as _

Figure = Mapping[str, Any] | None
Document = Mapping[str, Any]

NOTHING = "–"
MINUS = "−"


def part(document: Any, *path: str) -> Document:
    """Return the mapping under a path of keys; an empty one where any of it is absent."""
    for key in path:
        document = document.get(key) if isinstance(document, Mapping) else None
    return document if isinstance(document, Mapping) else {}


def figure(document: Any, *path: str) -> Figure:
    """Return a figure with its interval under a path of keys, or ``None``."""
    found = part(document, *path)
    return found if {"value", "low", "high"} <= found.keys() else None


def decimal(value: float, *, signed: bool = False, digits: int = 2) -> str:
    """Return a number with a true minus sign; a zero has no sign."""
    text = f"{value:+.{digits}f}" if signed and value else f"{value:.{digits}f}"
    return text.replace("-", MINUS)


def span(found: Figure, *, signed: bool = False) -> str:
    """Return the interval of a figure, ``0.79 to 0.87``."""
    if found is None:
        return ""
    low, high = (_told(found, end, signed=signed) for end in ("low", "high"))
    return _("{low} to {high}").format(low=low, high=high)


def inline(found: Figure, *, signed: bool = False) -> str:
    """Return a figure and its interval on one line, ``0.83 (0.79 to 0.87)``."""
    if found is None:
        return NOTHING
    return f"{value_text(found, signed=signed)} ({span(found, signed=signed)})"


def value_text(found: Mapping[str, Any], *, signed: bool = False) -> str:
    """Return a figure without its interval, in as many digits as the interval has."""
    return _told(found, "value", signed=signed)


def _told(found: Mapping[str, Any], end: str, *, signed: bool) -> str:
    """One number of a figure; of a difference, none that is not zero reads as zero."""
    ends = (found[one] for one in ("value", "low", "high")) if signed else ()
    digits = max((digits_apart(0.0, one) for one in ends), default=2)
    return decimal(found[end], signed=signed, digits=digits)


def on_films(words: str, found: Mapping[str, Any]) -> str:
    """Return words with the number of films behind a figure, ``unseen patients, 152 films``."""
    return _("{words}, {count} films").format(words=words, count=found.get("cases", NOTHING))


def share(hits: int, tries: int) -> Figure:
    """Return hits of tries as a figure with Wilson's 95 % interval; ``None`` of no tries."""
    # Statistics are slow to import, and the findings panel needs none.
    from core.evaluation.resampling import hits_of

    found = hits_of(hits, tries)
    return asdict(found) if found else None


def called_findings(document: Document) -> dict[str, Document]:
    """Return the entries of the findings, *no finding* last, others as the file has them."""
    entries = {name: part(entry) for name, entry in part(document, "findings").items()}
    return dict(sorted(entries.items(), key=lambda item: item[0] == NO_FINDING))


def few_positives(entry: Document) -> bool:
    """Whether so few films had a finding, or had it not, that its AUROC is noise."""
    return min(int(entry.get(key, 0)) for key in ("positives", "negatives")) < LEAST_FOR_MEAN


def films_known(entry: Document) -> int:
    """Return on how many films somebody looked for a finding."""
    return int(entry.get("positives", 0)) + int(entry.get("negatives", 0))
