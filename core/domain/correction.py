"""What a reader changed between the draft and the signed report."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from core.domain.finding import Certainty, Mention
from core.domain.reading import Nature

SAME_SENTENCE = 0.5
"""Likeness (difflib ratio, 0 to 1) from which two sentences are one sentence, changed."""

MOST_PAIRS = 250_000
"""Pairs of words up to which two texts are compared exactly; beyond, frequent words are anchors no
more, which keeps the longest reports within a second."""

_JOINERS = "\u200c\u200d"
_TOKEN = re.compile(r"\s+|\d+(?:[.,]\d+)+|\w+(?:['’-]\w+)*|[^\w\s]")
_FILLING = re.compile(
    r"(?:an?|and|are|at|be|been|ha[sd]|have|in|is|of|on|or|seen|the|there|this|to|was|were|with)"
)


@dataclass(frozen=True)
class Correction:
    """One sentence or finding as drafted and as signed.

    ``kind`` is ``sentence`` or ``finding``, ``change`` one of ``kept``, ``changed``, ``added``,
    ``removed``. ``before`` and ``after`` are empty where there was nothing. ``detail`` says what of
    a finding changed ("present -> uncertain"), ``natures`` which kinds of correction that are.
    """

    kind: str
    change: str
    section: str = ""
    before: str = ""
    after: str = ""
    finding: str | None = None
    detail: str = ""
    natures: tuple[Nature, ...] = ()


# --- sentences ----------------------------------------------------------------------------------


def align_sentences(
    before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]]
) -> tuple[Correction, ...]:
    """Pair drafted with signed sentences, section by section, without crossing.

    Parameters
    ----------
    before, after : sequence of (section, sentence)
        In reading order.

    Returns
    -------
    tuple of Correction
        Every sentence of both once, in reading order. The pairing has the largest possible sum of
        likeness over pairs at or above ``SAME_SENTENCE`` (dynamic programming, as for sequence
        alignment); between equal sums the earliest pairing wins, so the answer is one.
    """
    sections = dict.fromkeys(section for section, _ in (*before, *after))
    return tuple(
        correction
        for section in sections
        for correction in _align(
            section,
            [text for name, text in before if name == section],
            [text for name, text in after if name == section],
        )
    )


def _align(section: str, before: Sequence[str], after: Sequence[str]) -> Iterator[Correction]:
    old = new = 0
    for i, j in [*_pairs(before, after), (len(before), len(after))]:
        for text in before[old:i]:
            yield Correction("sentence", "removed", section, before=text)
        for text in after[new:j]:
            yield Correction("sentence", "added", section, after=text)
        if i < len(before):
            change = "kept" if _plain(before[i]) == _plain(after[j]) else "changed"
            yield Correction("sentence", change, section, before[i], after[j])
        old, new = i + 1, j + 1


def _pairs(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    alike = [[_likeness(old, new) for new in after] for old in before]
    best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for i in reversed(range(len(before))):
        for j in reversed(range(len(after))):
            paired = alike[i][j] + best[i + 1][j + 1] if alike[i][j] else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(before) and j < len(after):
        if alike[i][j] and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            i += 1
    return pairs


def _likeness(old: str, new: str) -> float:
    """Likeness of what two sentences say, 0 where it is below the threshold."""
    if _plain(old) == _plain(new):
        return 1.0
    ratio = SequenceMatcher(None, _content(old), _content(new), autojunk=False).ratio()
    # Below 1, so that a sentence that was kept is always worth more than one that was changed.
    return min(ratio, 0.99) if ratio >= SAME_SENTENCE else 0.0


def _plain(sentence: str) -> str:
    return " ".join(sentence.split())


def _content(sentence: str) -> list[str]:
    words = re.findall(r"\w+", sentence.lower())
    return [word for word in words if not _FILLING.fullmatch(word)] or words


# --- findings -----------------------------------------------------------------------------------


def compare_findings(
    drafted: Mapping[str, Mention], signed: Mapping[str, Mention]
) -> tuple[Correction, ...]:
    """What the signed text states otherwise than the draft, finding by finding.

    Parameters
    ----------
    drafted, signed : mapping of finding to Mention
        As merged over each text; an absence counts as a statement.
    """
    return tuple(
        _compared(name, drafted.get(name), signed.get(name))
        for name in dict.fromkeys((*drafted, *signed))
    )


def _compared(name: str, drafted: Mention | None, signed: Mention | None) -> Correction:
    before, after = _words(drafted), _words(signed)
    natures = _natures(drafted, signed)
    if drafted is None or signed is None:
        change = "added" if drafted is None else "removed"
        return Correction("finding", change, "", before, after, name, before or after, natures)
    details = []
    if drafted.certainty is not signed.certainty:
        details.append(f"{drafted.certainty.value} -> {signed.certainty.value}")
    if drafted.laterality is not signed.laterality:
        details.append(_turned(drafted.laterality, signed.laterality, "no side"))
    if Nature.ZONE in natures:
        details.append(_turned(drafted.zone, signed.zone, "no zone"))
    if Nature.SEVERITY in natures:
        details.append(_turned(drafted.severity, signed.severity, "no degree"))
    change = "changed" if details else "kept"
    return Correction("finding", change, "", before, after, name, ", ".join(details), natures)


def _natures(drafted: Mention | None, signed: Mention | None) -> tuple[Nature, ...]:
    """What is set right of one finding, in the order of the enumeration.

    A denial that came or went corrects nothing of the film: it is style. A zone within the same
    broad one is no other zone.
    """
    if not _claimed(drafted) and not _claimed(signed):
        if drafted is None or signed is None:
            return (Nature.STYLE,)
        return (Nature.SIDE,) if drafted.laterality is not signed.laterality else ()
    if drafted is None or signed is None or not (_claimed(drafted) and _claimed(signed)):
        return (Nature.MISSED if _claimed(signed) else Nature.FALSE,)
    zones = tuple(each.zone.broad if each.zone else None for each in (drafted, signed))
    differing = {
        Nature.SIDE: drafted.laterality is not signed.laterality,
        Nature.ZONE: zones[0] is not zones[1],
        Nature.SEVERITY: drafted.severity is not signed.severity,
        Nature.CERTAINTY: drafted.certainty is not signed.certainty,
    }
    return tuple(nature for nature, differs in differing.items() if differs)


def _claimed(mention: Mention | None) -> bool:
    return mention is not None and mention.certainty is not Certainty.ABSENT


def _words(mention: Mention | None) -> str:
    if mention is None:
        return ""
    said = (mention.certainty, mention.laterality, mention.zone, mention.severity)
    return ", ".join(each.value for each in said if each)


def _turned(before: StrEnum | None, after: StrEnum | None, none: str) -> str:
    return f"{before.value if before else none} -> {after.value if after else none}"


# --- words --------------------------------------------------------------------------------------


def word_diff(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """Runs of words that are ``same``, ``removed`` or ``added``.

    The texts of ``same`` and ``removed`` join to ``before`` exactly, those of ``same`` and
    ``added`` to ``after``; white space belongs to the runs, punctuation marks are words.
    """
    old, new = _words_of(before), _words_of(after)
    matcher = SequenceMatcher(None, old, new, autojunk=len(old) * len(new) > MOST_PAIRS)
    runs: list[tuple[str, str]] = []
    removed = added = ""
    opcodes = matcher.get_opcodes()
    for number, (op, i, i_end, j, j_end) in enumerate(opcodes):
        text = "".join(old[i:i_end])
        lone_space = text.isspace() and 0 < number < len(opcodes) - 1
        if op == "equal" and not lone_space:
            runs += _changed(removed, added)
            runs.append(("same", text))
            removed = added = ""
        else:
            # A space between two changed words is part of the change: fewer, longer runs.
            removed, added = removed + text, added + "".join(new[j:j_end])
    return (*runs, *_changed(removed, added))


def _words_of(text: str) -> list[str]:
    """Words, punctuation and white space that join to the text.

    Vowel signs of Tamil and other scripts are no letters by themselves: they stay in their word.
    """
    words: list[str] = []
    goes_on = False
    for token in _TOKEN.findall(text):
        signed = token in _JOINERS or unicodedata.category(token[0]).startswith("M")
        inside = goes_on or bool(words and words[-1][-1].isalnum())
        if words and inside and (signed or (goes_on and token[0].isalnum())):
            words[-1] += token
        else:
            words.append(token)
        goes_on = signed
    return words


def _changed(removed: str, added: str) -> list[tuple[str, str]]:
    return [(op, text) for op, text in (("removed", removed), ("added", added)) if text]
