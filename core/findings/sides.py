"""Which side, or other word of a sentence, belongs to which of its findings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from core.domain.finding import Laterality
from core.findings import phrases

_LIST_WORD = re.compile(r"(?:and|or)\b", re.IGNORECASE)
_COORDINATION = re.compile(r"^(?:\s|,|/|\band\b|\bor\b|\bthe\b|\ban?\b)*$", re.IGNORECASE)


@dataclass(frozen=True)
class Span:
    """Characters of a sentence, end exclusive."""

    start: int
    end: int


Said = TypeVar("Said")


@dataclass
class Owned(Generic[Said]):
    """What words say of one finding, such as its sides; whether they stood before or after it."""

    said: set[Said]
    before: bool = False
    after: bool = False

    def take(self, said: Said, *, before: bool) -> None:
        self.said.add(said)
        self.before |= before
        self.after |= not before


def sides_of(sentence: str, findings: Sequence[Span]) -> tuple[Laterality | None, ...]:
    """The side of each finding of a sentence, in the order of ``findings`` (sorted by start).

    A side belongs to the finding of its own segment; a segment of nothing but a place ("on the
    right, ...") to its neighbour. Findings joined by "and" or "or" alone share one side.
    """
    return tuple(_side(each.said) for each in owned(sentence, side_words(sentence), findings))


def _side(sides: set[Laterality]) -> Laterality | None:
    if not sides:
        return None
    return next(iter(sides)) if len(sides) == 1 else Laterality.BILATERAL


def owned(
    sentence: str,
    words: Sequence[tuple[Span, Said]],
    findings: Sequence[Span],
    *,
    shared: bool = True,
) -> list[Owned[Said]]:
    """What the words of a sentence say of each of its findings.

    ``shared`` says whether one word serves findings that are joined by "and" or "or" alone.
    """
    given: list[Owned[Said]] = [Owned(set()) for _ in findings]
    segments = _segments(sentence, words, findings)
    for number, segment in enumerate(segments):
        inside = [i for i, span in enumerate(findings) if _within(span, segment)]
        here = [(span, said) for span, said in words if _within(span, segment)]
        for span, said in here:
            if inside:
                _give(sentence, span, said, inside, findings, given)
            elif phrases.ZONE_ONLY.match(sentence[segment.start : segment.end]):
                _give_to_neighbour(sentence, segments, number, said, findings, given)
    _name_again(sentence, findings, given)
    if shared:
        _share(sentence, findings, given)
    return given


def side_words(sentence: str) -> list[tuple[Span, Laterality]]:
    """The words of a sentence that name a side of a finding, in order."""
    found: list[tuple[Span, Laterality]] = []
    taken = 0
    patterns: tuple[tuple[re.Pattern[str], Laterality | None], ...] = (
        (phrases.NO_SIDE, None),
        (phrases.BOTH, Laterality.BILATERAL),
        (phrases.LEFT, Laterality.LEFT),
        (phrases.RIGHT, Laterality.RIGHT),
    )
    matches = [
        (match.span(), side) for words, side in patterns for match in words.finditer(sentence)
    ]
    for (start, end), side in sorted(matches, key=lambda match: (match[0][0], -match[0][1])):
        if start >= taken:
            taken = end
            if side is not None:
                found.append((Span(start, end), side))
    return found


def _segments(
    sentence: str, words: Sequence[tuple[Span, Said]], findings: Sequence[Span]
) -> list[Span]:
    whole = [span for span, _ in words] + list(findings)
    edges = [0]
    for cut in phrases.SEPARATOR.finditer(sentence):
        if not any(span.start <= cut.start() < span.end for span in whole):
            edges.append(cut.start())
    edges.append(len(sentence))
    return [Span(a, b) for a, b in pairwise(edges)]


def _within(span: Span, segment: Span) -> bool:
    return segment.start <= span.start < segment.end


def _give(
    sentence: str,
    word: Span,
    said: Said,
    inside: Sequence[int],
    findings: Sequence[Span],
    owned: Sequence[Owned[Said]],
) -> None:
    earlier = [i for i in inside if findings[i].start <= word.start]
    later = [i for i in inside if findings[i].start > word.start]
    placed = phrases.PLACED.search(sentence[: word.start])
    if later and not (earlier and placed):
        owned[later[0]].take(said, before=True)
    else:
        owned[(earlier or later)[-1]].take(said, before=False)


def _give_to_neighbour(
    sentence: str,
    segments: Sequence[Span],
    number: int,
    said: Said,
    findings: Sequence[Span],
    owned: Sequence[Owned[Said]],
) -> None:
    here = segments[number]
    before = [i for i, span in enumerate(findings) if span.start < here.start]
    after = [i for i, span in enumerate(findings) if span.start >= here.end]
    # "small right and left effusions": the list goes on into the next segment.
    listed = (
        _LIST_WORD.match(sentence, here.end)
        and not _LIST_WORD.match(sentence, here.start)
        and any(_within(findings[i], segments[number + 1]) for i in after)
    )
    if after and (listed or not before):
        owned[after[0]].take(said, before=True)
    elif before:
        owned[before[-1]].take(said, before=False)


# "Left basal opacity, likely atelectasis": one shadow, named twice.
_NAMED_AGAIN = re.compile(
    r"^[\s,(]*(?:(?:and|which|is|are|most|more)\s+)*(?:consistent with|compatible with|"
    r"in keeping with|likely|probably|possibly|suggest\w*(?: of)?|suspicious for|concerning for|"
    r"(?:may |could |likely |probably )?(?:represent|reflect|indicat)\w*|due to|"
    r"secondary to)\s+(?:(?:an?|the|some|area|areas|of)\s+)*$",
    re.IGNORECASE,
)


def _name_again(sentence: str, findings: Sequence[Span], owned: Sequence[Owned[Said]]) -> None:
    for i, (a, b) in enumerate(pairwise(findings)):
        if _NAMED_AGAIN.match(sentence[a.end : b.start]) and not owned[i + 1].said:
            owned[i + 1].said |= owned[i].said


def _share(sentence: str, findings: Sequence[Span], owned: Sequence[Owned[Said]]) -> None:
    joined = [bool(_COORDINATION.match(sentence[a.end : b.start])) for a, b in pairwise(findings)]
    for i, together in enumerate(joined):
        if together and not owned[i + 1].said and owned[i].before and not owned[i].after:
            owned[i + 1].said |= owned[i].said
            owned[i + 1].before = True
    for i in reversed(range(len(joined))):
        if joined[i] and not owned[i].said and owned[i + 1].after and not owned[i + 1].before:
            owned[i].said |= owned[i + 1].said
            owned[i].after = True
