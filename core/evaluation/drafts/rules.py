"""When an answer keeps what its question asked for: one written rule a kind.

What has to be in an answer is what `core.training.corpus.expected` says of the caption; findings,
sides and zones of the answer are what the labeller reads. Present and possible are not told apart.

*identify, describe*
    States just the findings that are expected as present or possible, no more and no fewer. Where
    none is, the answer denies a finding or says that nothing is found, and states none. A caption
    of which nothing is read asks nothing that could be checked.
*locate*
    States the findings that are expected, each that has a side there on that side, and names every
    expected zone.
*explain*
    States the finding that is expected, and holds at least half of the longer words of its
    definition in the glossary.

An empty answer keeps no rule.
"""

from __future__ import annotations

from functools import lru_cache

from core.domain.finding import Mention
from core.evaluation.drafts.texts import Asked
from core.evaluation.drafts.words import words
from core.findings.labeller import label, stated
from core.findings.vocabulary import NO_FINDING
from core.training.corpus.expected import POSITIVE, Expected, expected, zones_of
from core.training.corpus.sample import Kind

HALF = 0.5
LONGER = 4
"""Letters from which a word of a definition counts."""


def kept(asked: Asked, text: str) -> bool | None:
    """Return whether an answer keeps the rule of its kind; ``None`` where nothing can be checked.

    Parameters
    ----------
    asked : Asked
        With the kind of question and the whole caption.
    """
    kind = Kind(asked.kind)
    wanted = _expected(kind, asked.caption)
    if wanted is None or not wanted.findings:
        return None
    said = stated(label(text))
    if kind is Kind.LOCATE:
        return _located(wanted, said, text)
    if kind is Kind.EXPLAIN:
        return _explained(wanted, said, text)
    return bool(said) and _positive(said) == _wanted(wanted)


# Every system answers the same questions.
@lru_cache(maxsize=50_000)
def _expected(kind: Kind, caption: str) -> Expected | None:
    return expected(kind, caption)


def _wanted(wanted: Expected) -> set[str]:
    found = {name for name, certainty in wanted.findings.items() if certainty in POSITIVE}
    return found - {NO_FINDING}


def _positive(said: dict[str, Mention]) -> set[str]:
    return {name for name, each in said.items() if each.certainty in POSITIVE} - {NO_FINDING}


def _located(wanted: Expected, said: dict[str, Mention], text: str) -> bool:
    sided = all(
        name in said and said[name].laterality is side for name, side in wanted.sides.items()
    )
    return sided and _wanted(wanted) <= _positive(said) and wanted.zones <= zones_of(text)


def _explained(wanted: Expected, said: dict[str, Mention], text: str) -> bool:
    longer = {word for word in words(wanted.definition) if len(word) >= LONGER}
    held = len(longer & set(words(text))) >= HALF * len(longer)
    return held and _wanted(wanted) <= _positive(said)
