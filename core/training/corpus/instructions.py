"""Instruction samples: which kind of question a record is asked, in which words, as chat messages.

One record is one sample of one kind. Kinds are balanced as far as captions can answer them: the
kind that the fewest captions answer chooses first, its even share at most, then the next; what is
left describes. Which record gets which kind and wording hangs on the seed and its identifier alone.
The rules of what a caption answers are in `core.training.corpus.expected`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

from core.training.corpus.expected import (
    Expected,
    Said,
    answer_of,
    expected,
    expected_of,
    read_caption,
    words,
)
from core.training.corpus.sample import Kind, Message
from core.training.corpus.split import drawn

__all__ = [
    "Expected",
    "Said",
    "answerable",
    "assign",
    "expected",
    "expected_of",
    "messages",
    "question",
    "questions",
    "read_caption",
]


def answerable(said: Said) -> frozenset[Kind]:
    """Return the kinds of question that a caption answers; ``describe`` is always one."""
    return frozenset(kind for kind in Kind if expected_of(kind, said) is not None)


def assign(answers: Mapping[str, frozenset[Kind]], seed: int) -> Mapping[str, Kind]:
    """Choose one kind a record.

    Parameters
    ----------
    answers : mapping of identifier to the kinds that its caption answers
        Its order does not matter.
    """
    counts = {kind: sum(kind in each for each in answers.values()) for kind in Kind}
    rarest_first = sorted(
        Kind, key=lambda kind: (kind is Kind.DESCRIBE, counts[kind], list(Kind).index(kind))
    )
    left = sorted(answers, key=lambda identifier: drawn(seed, "kind", identifier))
    chosen: dict[str, Kind] = {}
    for place, kind in enumerate(rarest_first):
        able = [each for each in left if kind in answers[each]]
        chosen |= dict.fromkeys(able[: _even(left, answers, rarest_first[place:])], kind)
        left = [each for each in left if each not in chosen]
    return chosen


def _even(
    left: Sequence[str], answers: Mapping[str, frozenset[Kind]], kinds: Sequence[Kind]
) -> int:
    """Return the share of the first kind: even among all kinds, and among those that choose."""
    choosing = [kind for kind in kinds if kind is not Kind.DESCRIBE]
    if not choosing:
        return len(left)
    some = sum(not answers[each].isdisjoint(choosing) for each in left)
    return min(ceil(len(left) / len(kinds)), ceil(some / len(choosing)))


def questions(kind: Kind) -> tuple[str, ...]:
    """Return every wording of a kind of question."""
    return tuple(words()["questions"][kind.value])


def question(kind: Kind, identifier: str, seed: int) -> str:
    """Return the wording that a record is asked in."""
    wordings = questions(kind)
    return wordings[int(drawn(seed, "question", identifier), 16) % len(wordings)]


def messages(kind: Kind, said: Said, asked: str) -> list[Message]:
    """Return the turns of a sample: the picture with the question, then the answer."""
    return [
        Message(role="user", content=[{"type": "image"}, {"type": "text", "text": asked}]),
        Message(role="assistant", content=[{"type": "text", "text": answer_of(kind, said)}]),
    ]
