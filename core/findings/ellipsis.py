"""Clauses that leave their finding out: "No effusion on the right; large on the left."

Such a clause holds a side and nothing beyond words of place, size and being there. It speaks of
the finding before it, and is read only where it says something else than that one did.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from core.domain.finding import Certainty, Laterality
from core.findings.sides import Span, side_words

_CUT = re.compile(
    r"(?:\s*(?:[;,]|\b(?:but|while|whereas|and|though|although|however|with)\b))+", re.IGNORECASE
)
_TURN = re.compile(r";|\b(?:but|while|whereas|though|although|however)\b", re.IGNORECASE)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DENIED = _words("none not no absent")
_HEDGED = _words("possible possibly probable probably likely questionable suspected")
_SIZE = _words(
    "large larger moderate small smaller tiny trace minimal mild massive sizeable sizable present "
    "persistent residual"
)
_STATE = _words(
    "is are has remains persists stable unchanged increased decreased improved larger smaller "
    "present"
)
_VERBS = _words("is are has remains persists")
_PLAIN = _words(
    "it there a an one ones also now still only of on in at the to left right lt rt left-sided "
    "right-sided sided side base bases basal basilar lung lobe upper lower middle hemithorax apex "
    "apical both bilateral bilaterally seen noted visible identified evident was were be been very"
)
_PLACE_ITSELF = re.compile(
    r"\b(?:lung|lobe|bas[ei]s?|hemithorax|apex)\s+(?:is|are|was|were|has|remains)\b", re.IGNORECASE
)
_ANY = _DENIED | _HEDGED | _SIZE | _STATE | _PLAIN


@dataclass(frozen=True)
class Clause(Span):
    """What a clause says of the finding before it; ``own`` as a full one ("the left is ...")."""

    certainty: Certainty
    side: Laterality
    own: bool


def ellipses(sentence: str, findings: Sequence[Span]) -> list[Clause]:
    """The clauses without a finding of their own, after the first finding, in order."""
    cuts = list(_CUT.finditer(sentence, findings[0].end)) if findings else []
    found = []
    for cut, after in zip_longest(cuts, cuts[1:]):
        start, end = cut.end(), after.start() if after else len(sentence)
        if any(span.start < end and start < span.end for span in findings):
            continue
        said = _read(sentence[start:end], turned=_TURN.search(cut.group()) is not None)
        if said is not None:
            found.append(Clause(start, end, *said))
    return found


def _read(clause: str, *, turned: bool) -> tuple[Certainty, Laterality, bool] | None:
    words = re.findall(r"[\w-]+", clause.lower())
    sides = {side for _, side in side_words(clause)}
    if not sides or not _ANY.issuperset(words) or _PLACE_ITSELF.search(clause):
        return None
    side = next(iter(sides)) if len(sides) == 1 else Laterality.BILATERAL
    said = frozenset(words)
    if said & _DENIED:
        return Certainty.ABSENT, side, True
    if said & _HEDGED:
        return Certainty.UNCERTAIN, side, False
    if said & (_SIZE | _STATE) or turned:
        return Certainty.PRESENT, side, turned and bool(said & _VERBS)
    return None


def without(sentence: str, clauses: Sequence[Span]) -> str:
    """The sentence with the clauses blanked out, its other characters where they were."""
    for clause in clauses:
        blank = " " * (clause.end - clause.start)
        sentence = sentence[: clause.start] + blank + sentence[clause.end :]
    return sentence
