"""Which side belongs to which finding of a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.domain.finding import Laterality
from core.findings import phrases

_LIST_WORD = re.compile(r"(?:and|or)\b", re.IGNORECASE)
_COORDINATION = re.compile(r"^(?:\s|,|/|\band\b|\bor\b|\bthe\b|\ban?\b)*$", re.IGNORECASE)


@dataclass(frozen=True)
class Span:
    """Characters of a sentence, end exclusive."""

    start: int
    end: int


@dataclass
class _Owned:
    """The sides of one finding, and whether they stood before or after it."""

    sides: set[Laterality]
    before: bool = False
    after: bool = False

    def take(self, side: Laterality, *, before: bool) -> None:
        self.sides.add(side)
        self.before |= before
        self.after |= not before

    @property
    def side(self) -> Laterality | None:
        if not self.sides:
            return None
        return next(iter(self.sides)) if len(self.sides) == 1 else Laterality.BILATERAL


def sides_of(sentence: str, findings: Sequence[Span]) -> tuple[Laterality | None, ...]:
    """The side of each finding of a sentence, in the order of ``findings`` (sorted by start).

    A side belongs to the finding of its own segment; a segment of nothing but a place ("on the
    right, ...") to its neighbour. Findings joined by "and" or "or" alone share one side.
    """
    owned = [_Owned(set()) for _ in findings]
    words = side_words(sentence)
    segments = _segments(sentence, words, findings)
    for number, segment in enumerate(segments):
        inside = [i for i, span in enumerate(findings) if _within(span, segment)]
        here = [(span, side) for span, side in words if _within(span, segment)]
        for span, side in here:
            if inside:
                _give(sentence, span, side, inside, findings, owned)
            elif phrases.ZONE_ONLY.match(sentence[segment.start : segment.end]):
                _give_to_neighbour(sentence, segments, number, side, findings, owned)
    _share(sentence, findings, owned)
    return tuple(each.side for each in owned)


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
    sentence: str, words: Sequence[tuple[Span, Laterality]], findings: Sequence[Span]
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
    side: Laterality,
    inside: Sequence[int],
    findings: Sequence[Span],
    owned: Sequence[_Owned],
) -> None:
    earlier = [i for i in inside if findings[i].start <= word.start]
    later = [i for i in inside if findings[i].start > word.start]
    placed = phrases.PLACED.search(sentence[: word.start])
    if later and not (earlier and placed):
        owned[later[0]].take(side, before=True)
    else:
        owned[(earlier or later)[-1]].take(side, before=False)


def _give_to_neighbour(
    sentence: str,
    segments: Sequence[Span],
    number: int,
    side: Laterality,
    findings: Sequence[Span],
    owned: Sequence[_Owned],
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
        owned[after[0]].take(side, before=True)
    elif before:
        owned[before[-1]].take(side, before=False)


# "Left basal opacity, likely atelectasis": one shadow, named twice.
_NAMED_AGAIN = re.compile(
    r"^[\s,(]*(?:(?:and|which|is|are|most|more)\s+)*(?:consistent with|compatible with|"
    r"in keeping with|likely|probably|possibly|suggest\w*(?: of)?|suspicious for|concerning for|"
    r"(?:may |could |likely |probably )?(?:represent|reflect|indicat)\w*|due to|"
    r"secondary to)\s+(?:(?:an?|the|some|area|areas|of)\s+)*$",
    re.IGNORECASE,
)


def _share(sentence: str, findings: Sequence[Span], owned: Sequence[_Owned]) -> None:
    joined = [bool(_COORDINATION.match(sentence[a.end : b.start])) for a, b in pairwise(findings)]
    for i, (a, b) in enumerate(pairwise(findings)):
        if _NAMED_AGAIN.match(sentence[a.end : b.start]) and not owned[i + 1].sides:
            owned[i + 1].sides |= owned[i].sides
    for i, together in enumerate(joined):
        if together and not owned[i + 1].sides and owned[i].before and not owned[i].after:
            owned[i + 1].sides |= owned[i].sides
            owned[i + 1].before = True
    for i in reversed(range(len(joined))):
        if joined[i] and not owned[i].sides and owned[i + 1].after and not owned[i + 1].before:
            owned[i].sides |= owned[i + 1].sides
            owned[i].after = True
