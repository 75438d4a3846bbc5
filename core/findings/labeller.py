"""Read the findings back out of a report: what it states, how surely, on which side.

Negation is negspacy's (NegEx: trigger, scope, termination) on a blank English pipeline with an
entity ruler made from the vocabulary. What NegEx has not, uncertainty and sides, is added here.
The pipeline is built at the first call.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from core.domain.finding import Certainty, Laterality, Mention, Severity, Zone
from core.findings import phrases
from core.findings.ellipsis import Clause, ellipses, without
from core.findings.pipeline import DECOY, pipeline
from core.findings.places import degrees_of, one_zone, worst, zones_of
from core.findings.sentences import sentences
from core.findings.sides import Span, sides_of
from core.findings.vocabulary import (
    BY_NAME,
    CARDIOMEGALY,
    CONSOLIDATION,
    LUNG_OPACITY,
    NO_FINDING,
    Region,
)

__all__ = ["comparisons", "label", "sentences", "stated"]

_LISTED = re.compile(r"(?:\s|,|/|\band\b|\bor\b|\ban?\b)*", re.IGNORECASE)
_lock = threading.Lock()
_STRENGTH = {Certainty.PRESENT: 2, Certainty.UNCERTAIN: 1, Certainty.ABSENT: 0}


@dataclass(frozen=True)
class _Hit(Span):
    """A finding in a sentence. ``fixed`` is the certainty of a whole statement ("lungs clear")."""

    names: tuple[str, ...]
    negated: bool = False
    fixed: Certainty | None = None


# A page that runs again asks the same of the same text.
@lru_cache(maxsize=256)
def label(text: str) -> tuple[Mention, ...]:
    """Every mention of a finding of the vocabulary, in reading order.

    Parameters
    ----------
    text : str
        Findings, impression, or both; any length.

    Returns
    -------
    tuple of Mention
        ``sentence`` counts into ``sentences(text)``. A side is named only for findings that have
        one. "No acute cardiopulmonary abnormality" is a mention of ``NO_FINDING`` as present.
    """
    return tuple(
        mention
        for number, sentence in enumerate(sentences(text))
        for mention in _mentions(re.sub(r"\s", " ", sentence), number)
    )


def stated(mentions: Iterable[Mention]) -> dict[str, Mention]:
    """What a text states in all: one mention a finding.

    The surest certainty wins (present, uncertain, absent); among mentions of that certainty, sides
    join to bilateral. An absence on one side is an absence as a whole only with the other side, and
    a mention with a side says more than one without.
    """
    together: dict[str, Mention] = {}
    for mention in mentions:
        known = together.get(mention.name)
        if known is None or _STRENGTH[mention.certainty] > _STRENGTH[known.certainty]:
            together[mention.name] = mention
        elif mention.certainty is known.certainty:
            together[mention.name] = _joined(known, mention)
    return together


def comparisons(text: str) -> tuple[str, ...]:
    """The words of a text that compare with an earlier film, as written."""
    return tuple(match.group() for match in phrases.COMPARED.finditer(text))


def _joined(known: Mention, other: Mention) -> Mention:
    if known.certainty is Certainty.ABSENT and None in (known.laterality, other.laterality):
        side = None  # denied as a whole once, denied as a whole
    elif known.laterality is None or other.laterality is None:
        side = known.laterality or other.laterality
    else:
        same = known.laterality is other.laterality
        side = known.laterality if same else Laterality.BILATERAL
    compared = known.compared or other.compared
    zone = one_zone(each for each in (known.zone, other.zone) if each)
    severity = worst(each for each in (known.severity, other.severity) if each)
    return Mention(known.name, known.certainty, side, known.sentence, compared, zone, severity)


# --- one sentence -------------------------------------------------------------------------------


def _mentions(sentence: str, number: int) -> Iterator[Mention]:
    hits = sorted([*_entities(sentence), *_statements(sentence)], key=lambda hit: hit.start)
    if not hits:
        return
    clauses = _contrasts(sentence, hits)
    rest = without(sentence, [clause for clause, _ in clauses])
    compared = phrases.COMPARED.search(sentence) is not None
    places = (zones_of(rest, hits), degrees_of(rest, hits))
    said = [
        *zip(hits, _certainties(rest, hits), sides_of(rest, hits), *places, strict=True),
        *(
            (owner, clause.certainty, clause.side, *_placed(sentence, clause))
            for clause, owner in clauses
        ),
    ]
    for hit, certainty, side, zone, severity in said:
        if certainty is None:
            continue
        there = certainty is not Certainty.ABSENT
        for name in hit.names:
            term = BY_NAME.get(name)
            yield Mention(
                name,
                certainty,
                side if term and term.sided else None,
                number,
                compared,
                zone if there and term and term.region is not Region.HEART else None,
                severity if there else None,
            )


def _placed(sentence: str, clause: Clause) -> tuple[Zone | None, Severity | None]:
    """Zone and degree in a clause that leaves its finding out."""
    words = sentence[clause.start : clause.end]
    whole = [Span(0, len(words))]
    return zones_of(words, whole)[0], degrees_of(words, whole)[0]


def _contrasts(sentence: str, hits: Sequence[_Hit]) -> list[tuple[Clause, _Hit]]:
    """The clauses that say something else of the finding before them, with that finding."""
    clauses = ellipses(sentence, hits)
    if not clauses:
        return []
    certainties = _certainties(without(sentence, clauses), hits)
    contrasts: list[tuple[Clause, _Hit]] = []
    for clause in clauses:
        last = max(i for i, hit in enumerate(hits) if hit.end <= clause.start)
        sided = any(name in BY_NAME and BY_NAME[name].sided for name in hits[last].names)
        if sided and (clause.own or clause.certainty is not certainties[last]):
            contrasts.append((clause, hits[last]))
    return contrasts


def _entities(sentence: str) -> list[_Hit]:
    with _lock:
        doc = pipeline()(sentence)
        return [
            _Hit(entity.start_char, entity.end_char, (entity.label_,), entity._.negex)
            for entity in doc.ents
            if entity.label_ != DECOY
        ]


_STATEMENTS: tuple[tuple[re.Pattern[str], tuple[str, ...], Certainty], ...] = (
    (phrases.NORMAL_HEART, (CARDIOMEGALY,), Certainty.ABSENT),
    (phrases.BORDERLINE_HEART, (CARDIOMEGALY,), Certainty.UNCERTAIN),
    (phrases.CLEAR_LUNGS, (LUNG_OPACITY, CONSOLIDATION), Certainty.ABSENT),
    (phrases.NOTHING_FOUND, (NO_FINDING,), Certainty.PRESENT),
)


def _statements(sentence: str) -> Iterator[_Hit]:
    for pattern, names, certainty in _STATEMENTS:
        for match in pattern.finditer(sentence):
            yield _Hit(match.start(), match.end(), names, fixed=certainty)


# --- certainty ----------------------------------------------------------------------------------


def _certainties(sentence: str, hits: Sequence[_Hit]) -> list[Certainty | None]:
    """One certainty a hit, ``None`` for what is not said of this film."""
    gaps = [sentence[a.end : b.start] for a, b in pairwise(hits)]
    absent = _reached_back(sentence, hits, gaps, phrases.ABSENT_AFTER, phrases.UNCERTAIN_AFTER)
    uncertain = _reached_back(sentence, hits, gaps, phrases.UNCERTAIN_AFTER)
    uncertain |= _reached_on(sentence, hits, gaps, phrases.UNCERTAIN_BEFORE)
    unstated = _reached_on(sentence, hits, gaps, phrases.NOT_STATED)
    uncertain |= {i for i, hit in enumerate(hits) if _alternative(sentence, hit)}
    for i, gap in enumerate(gaps):
        if _either(gap):
            uncertain |= {i, i + 1}
    certainties: list[Certainty | None] = []
    for i, hit in enumerate(hits):
        if hit.fixed is not None:
            certainties.append(hit.fixed)
        elif i in unstated:
            certainties.append(None)
        elif i in absent or _denied(sentence, hit, gaps[i - 1] if i else ""):
            certainties.append(Certainty.ABSENT)
        else:
            certainties.append(Certainty.UNCERTAIN if i in uncertain else Certainty.PRESENT)
    return certainties


def _denied(sentence: str, hit: _Hit, gap: str) -> bool:
    """Whether the finding itself is denied by a word before it or called normal after it."""
    if phrases.NORMAL_AFTER.match(sentence, hit.end):
        return True
    # "No effusion, left opacity is stable": a clause of its own.
    alone = gap.lstrip().startswith(",") and not phrases.LISTED.search(gap)
    stands = phrases.KNOWN_BEFORE.search(sentence, 0, hit.start) or (
        alone and phrases.UNCHANGED_AFTER.match(sentence, hit.end)
    )
    return hit.negated and not stands


def _alternative(sentence: str, hit: _Hit) -> bool:
    """Whether something outside the vocabulary stands against the finding ("or scarring")."""
    return bool(
        phrases.OR_AFTER.match(sentence, hit.end)
        or phrases.VERSUS_BEFORE.search(sentence, 0, hit.start)
    )


def _either(gap: str) -> bool:
    return not phrases.HARD_BREAK.search(gap) and (
        gap.strip() == "/" or phrases.EITHER.search(gap) is not None
    )


def _breaks(gap: str) -> bool:
    """Whether a word before ``gap`` no longer reaches a finding after it, within a list."""
    if phrases.HARD_BREAK.search(gap):
        return True
    words = re.sub(r"\b(?:and|or|an?|the|versus|vs)\b|[\s,/]", "", gap, flags=re.IGNORECASE)
    return "," in gap and bool(words) and not phrases.EITHER.search(gap)


def _reached_on(
    sentence: str, hits: Sequence[_Hit], gaps: Sequence[str], words: re.Pattern[str]
) -> set[int]:
    """The hits that a word before them reaches."""
    reached: set[int] = set()
    for word in words.finditer(sentence):
        first = next((i for i, hit in enumerate(hits) if hit.end > word.end()), None)
        if first is None:
            continue
        between = sentence[word.end() : hits[first].start]
        if "," in between or phrases.HARD_BREAK.search(between):
            continue
        reached.add(first)
        for i in range(first, len(gaps)):
            if _breaks(gaps[i]):
                break
            reached.add(i + 1)
    return reached


def _reached_back(
    sentence: str,
    hits: Sequence[_Hit],
    gaps: Sequence[str],
    words: re.Pattern[str],
    unless: re.Pattern[str] | None = None,
) -> set[int]:
    """The hit just before a word, and those it is listed with."""
    barred = [match.span() for match in unless.finditer(sentence)] if unless else []
    reached: set[int] = set()
    for word in words.finditer(sentence):
        last = next((i for i in reversed(range(len(hits))) if hits[i].end <= word.start()), None)
        inside = any(start < word.end() and word.start() < end for start, end in barred)
        if last is None or inside or re.search(r"[,;]", sentence[hits[last].end : word.start()]):
            continue
        reached.add(last)
        for i in reversed(range(last)):
            singular = re.match(r"(?:is|was|has)\b", word.group(), re.IGNORECASE)
            if not _LISTED.fullmatch(gaps[i]) or (singular and re.search(r"\band\b", gaps[i])):
                break
            reached.add(i)
    return reached
