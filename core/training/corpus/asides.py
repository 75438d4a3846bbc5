"""Brackets in a caption that say nothing of the film: pointers, panels, figures, provenance."""

from __future__ import annotations

import re

_BRACKETS = re.compile(r"\s?\(([^()]{1,300})\)|\s?\[([^\[\]]{1,300})\]")
_APART = re.compile(r"[\s,;/&+]+|(?<=[A-Za-z])(?:-|\u2013)(?=[A-Za-z])")
_POINTERS = re.compile(
    r"arrows?|arrowheads?|heads?|asterisks?|stars?|circles?|ovals?|box|squares?|rectangles?|lines?"
    r"|triangles?|\*+|#|[\u2190-\u2193\u25b2\u25ba\u2605\u2606]",
    re.IGNORECASE,
)
_OF_POINTERS = re.compile(
    r"white|black|red|yellow|blue|green|orange|pink|purple|violet|gr[ae]y|open|solid|filled|closed"
    r"|hollow|dashed|dotted|thin|thick|long|short|large|small|big|bold|curved|straight|single"
    r"|double|two|three|four",
    re.IGNORECASE,
)
_JOINING = re.compile(
    r"and|by|with|the|an?|see|also|as|shown|seen|marked|indicated|denoted|pointed|in|on|to|at"
    r"|respectively",
    re.IGNORECASE,
)
_FIGURES = re.compile(r"(?:fig|figs|figure|figures|panel|panels)\.?", re.IGNORECASE)
_NUMBER = re.compile(
    r"S?\d{1,3}[A-Za-z]?(?:[-\u2013][A-Za-z\d]{1,3})?\.?|[A-Za-z](?:[-\u2013][A-Za-z])?\.?"
)
# "(L)" and "(R)" are sides.
_PANELS = re.compile(r"(?:[A-KM-QS-Z]|[a-km-qs-z]|ii|iii|iv)(?:[-\u2013][a-km-qs-z])?", re.ASCII)
_PROVENANCE = re.compile(
    r"\b(?:colou?r(?:ed)?\s+(?:version|figure|image)|reproduced|reprinted|adapted\s+from|copyright"
    r"|with\s+(?:the\s+)?(?:kind\s+)?permission|courtesy|et\s+al\b|licen[sc]ed\s+under"
    r"|available\s+online)|\u00a9",
    re.IGNORECASE,
)


def without_asides(text: str) -> str:
    """Take away the brackets that `is_aside` says nothing of the film, with the space before."""
    return _BRACKETS.sub(_kept, text)


def is_aside(inside: str) -> bool:
    """Whether what stands in brackets only points at the picture or says where it is from.

    Every word has to be one of a closed list, so that "(arrow: effusion)" is none.
    """
    if _PROVENANCE.search(inside):
        return True
    words = [word for word in _APART.split(inside.strip()) if word]
    if words and all(_PANELS.fullmatch(word) for word in words if word != "and"):
        return any(word != "and" for word in words)
    names_figure = any(_FIGURES.fullmatch(word) for word in words)
    points = any(_POINTERS.fullmatch(word) for word in words)
    return (names_figure or points) and all(_is_known(word, names_figure) for word in words)


def _is_known(word: str, names_figure: bool) -> bool:
    known = (_POINTERS, _OF_POINTERS, _JOINING, _FIGURES)
    if any(pattern.fullmatch(word.rstrip(".:")) for pattern in known):
        return True
    return names_figure and word.lower() not in ("l", "r") and bool(_NUMBER.fullmatch(word))


def _kept(match: re.Match[str]) -> str:
    inside = match[1] if match[1] is not None else match[2]
    return "" if is_aside(inside) else match.group()
