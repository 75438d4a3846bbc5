"""When an answer keeps what its question asked for: one written rule a kind.

*identify*
    States just the findings that the caption states (present or uncertain), no more and no fewer;
    of a caption that states none, the answer states none and is not empty.
*describe*
    The same: a description that leaves a finding out, or adds one, describes another film.
*locate*
    Of every finding with a side in the expected answer, states the finding on that side; every zone
    word of the expected answer is there. Without side and zone there is nothing to check.
*explain*
    States the findings that the expected answer states, and holds at least half of the different
    words of that answer: the explanation comes from a glossary that everybody can learn by heart.

Findings and sides are what the labeller reads; an empty answer keeps no rule.
"""

from __future__ import annotations

import re

from core.evaluation.drafts.stated import read
from core.evaluation.drafts.texts import Asked
from core.evaluation.drafts.words import words
from core.training.corpus.sample import Kind

HALF = 0.5
ZONES = re.compile(
    r"\b(upper|middle|mid|lower|basal|basilar|apical|apex|apices|bases?|hilar|perihilar|"
    r"retrocardiac|costophrenic|lingula\w*)\b",
    re.IGNORECASE,
)


def kept(asked: Asked, text: str) -> bool | None:
    """Return whether an answer keeps the rule of its kind; ``None`` where nothing can be checked.

    Parameters
    ----------
    asked : Asked
        With the caption and the expected answer.
    """
    if asked.kind == Kind.LOCATE:
        return _located(asked.reference, text)
    if asked.kind == Kind.EXPLAIN:
        return _explained(asked.reference, text)
    return bool(words(text)) and read(text).keys() == read(asked.caption).keys()


def _located(reference: str, text: str) -> bool | None:
    sides = {name: side for name, side in read(reference).items() if side is not None}
    zones = _zones(reference)
    if not sides and not zones:
        return None
    told = read(text)
    return zones <= _zones(text) and all(told.get(name) is side for name, side in sides.items())


def _zones(text: str) -> set[str]:
    return {match.group().lower() for match in ZONES.finditer(text)}


def _explained(reference: str, text: str) -> bool:
    wanted = set(words(reference))
    share = len(wanted & set(words(text))) / len(wanted) if wanted else 0.0
    return share >= HALF and read(reference).keys() <= read(text).keys()
