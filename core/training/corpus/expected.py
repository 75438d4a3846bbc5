"""What a caption can honestly answer, by kind of question: the written rules of the four kinds.

The labeller (`core.findings.labeller`) reads the caption; nothing else is known of the film.

``describe``
    The caption itself. Any caption answers it.
``identify``
    Every finding that the caption states as present or possible, then those that it denies, one
    sentence each, denials together, in the sentences of drafts (`core.reporting.phrases`). A
    finding that is denied on one side alone is left out: the film may have it on the other. A
    caption answers it if it states or denies a finding, or says that nothing is found.
``locate``
    The caption's own sentences that place a finding: those that state one as present or possible,
    and give its side or name a zone. A caption without such a sentence does not answer it.
``explain``
    The caption's own sentence that states the most urgent finding, and what the glossary says that
    this finding is; nothing else. A caption that states none does not answer it.

An answer that a model writes keeps the rules if it states what `expected` returns: the findings
with their certainty, their sides, the zones, and of ``explain`` the sense of the definition.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from core.domain.finding import Certainty, Laterality, Mention
from core.domain.report import ENGLISH
from core.findings.labeller import label, sentences, stated
from core.findings.vocabulary import BY_NAME, NO_FINDING, TERMS, URGENCY, Region
from core.reporting.assistant.glossary import Entry, glossary
from core.reporting.phrases.catalogue import phrases
from core.reporting.phrases.statement import Form, Statement
from core.training.corpus.sample import Kind

WORDS = Path(__file__).with_name("questions.toml")
POSITIVE = (Certainty.PRESENT, Certainty.UNCERTAIN)
_FORMS = {Certainty.PRESENT: Form.SEEN, Certainty.UNCERTAIN: Form.POSSIBLE}
_BY_URGENCY = (*URGENCY, *(term.name for term in TERMS if term.name not in URGENCY))
_NOT_OF_A_LUNG = r"(?!\s+(?:abdom\w+|limb|extremit\w+|quadrant|gastro\w*|gi\b|back|than))"
_ZONES: Mapping[str, re.Pattern[str]] = {
    zone: re.compile(rf"\b(?:{words})\b{_NOT_OF_A_LUNG}", re.IGNORECASE)
    for zone, words in (
        ("apex", r"apex|apices|apical|biapical"),
        ("upper", r"upper|[lr]ul"),
        ("middle", r"middle|mid(?:-?zones?)?|rml|lingular?"),
        ("lower", r"lower|[lr]ll"),
        ("base", r"bases?(?! of)|basal|basilar|bibasal|bibasilar"),
        ("hilum", r"(?:peri|supra|infra|bi)?-?hil(?:ar|um|a|i)"),
        ("retrocardiac", r"retro-?cardiac"),
        ("costophrenic", r"costo-?phrenic"),
    )
}


@dataclass(frozen=True)
class Said:
    """A cleaned caption as the labeller reads it; ``mentions`` count into ``sentences``."""

    caption: str
    sentences: tuple[str, ...]
    mentions: tuple[Mention, ...]

    @classmethod
    def of(cls, caption: str, mentions: tuple[Mention, ...]) -> Said:
        """Return a caption that was read before."""
        return cls(caption, sentences(caption), mentions)


@dataclass(frozen=True)
class Expected:
    """What must be in an answer.

    Attributes
    ----------
    findings : mapping of str to Certainty
        Also ``no finding`` as present, where a caption says that nothing is found.
    sides : mapping of str to Laterality
        Of the findings that the caption gives a side.
    zones : frozenset of str
        Of `zones_of`.
    definition : str
        Of ``explain``: what the glossary says of the finding.
    """

    findings: Mapping[str, Certainty] = field(default_factory=dict)
    sides: Mapping[str, Laterality] = field(default_factory=dict)
    zones: frozenset[str] = frozenset()
    definition: str = ""


def read_caption(caption: str) -> Said:
    """Read a caption once for all kinds."""
    return Said.of(caption, label(caption))


def expected(kind: Kind, caption: str) -> Expected | None:
    """Return what must be in an answer to a kind of question; ``None`` where a caption has none."""
    return expected_of(kind, read_caption(caption))


def expected_of(kind: Kind, said: Said) -> Expected | None:
    """Return what `expected` does, of a caption that was read."""
    if kind is Kind.DESCRIBE:
        return _required(stated(said.mentions).values(), zones_of(" ".join(_placed(said))))
    if kind is Kind.IDENTIFY:
        named = _named(said)
        return _required(named) if named else None
    if kind is Kind.LOCATE:
        placed = _placed(said)
        return _required(_positive(said, placed), zones_of(" ".join(placed))) if placed else None
    first = _explained(said)
    return None if first is None else _required((first[0],), definition=first[1].definition)


def answer_of(kind: Kind, said: Said) -> str:
    """Return the answer that a caption gives to a kind of question; empty where it gives none."""
    if kind is Kind.DESCRIBE:
        return said.caption
    if kind is Kind.IDENTIFY:
        return " ".join(_sentences_of(_named(said)))
    if kind is Kind.LOCATE:
        return " ".join(map(_closed, _placed(said)))
    first = _explained(said)
    if first is None:
        return ""
    mention, entry = first
    return str(words()["answers"]["explained"]).format(
        sentence=_closed(said.sentences[mention.sentence]),
        term=entry.term[:1].upper() + entry.term[1:],
        definition=entry.definition,
    )


def zones_of(text: str) -> frozenset[str]:
    """Return the zones of the lungs that a text names."""
    return frozenset(zone for zone, pattern in _ZONES.items() if pattern.search(text))


@cache
def words() -> Mapping[str, Any]:
    """Return the file of questions and answers."""
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


def _required(mentions: Any, zones: frozenset[str] = frozenset(), definition: str = "") -> Expected:
    found = list(mentions)
    return Expected(
        findings={each.name: each.certainty for each in found},
        sides={
            each.name: each.laterality
            for each in found
            if each.laterality is not None and each.certainty in POSITIVE
        },
        zones=zones,
        definition=definition,
    )


# --- identify -----------------------------------------------------------------------------------


def _named(said: Said) -> tuple[Mention, ...]:
    """Return what is present or possible, then what is denied, region by region as dictated."""
    together = stated(said.mentions)
    nothing = together.pop(NO_FINDING, None)
    regions = list(Region)
    found = sorted(
        (each for each in together.values() if each.name in BY_NAME),
        key=lambda each: (
            each.certainty not in POSITIVE,
            regions.index(BY_NAME[each.name].region),
            _BY_URGENCY.index(each.name),
        ),
    )
    half = (Laterality.LEFT, Laterality.RIGHT)
    named = [each for each in found if each.certainty in POSITIVE or each.laterality not in half]
    seen = any(each.certainty in POSITIVE for each in named)
    return tuple(named) if nothing is None or seen else (nothing, *named)


def _sentences_of(named: Sequence[Mention]) -> Iterator[str]:
    denied = []
    for each in named:
        if each.name == NO_FINDING:
            yield str(words()["answers"]["nothing"])
        elif not BY_NAME[each.name].worded:
            finding = " ".join(filter(None, (each.laterality, each.name)))
            yield str(words()["unworded"][each.certainty.value]).format(finding=finding)
        elif each.certainty in POSITIVE:
            said = Statement(_FORMS[each.certainty], (each.name,), each.laterality)
            yield phrases(ENGLISH).say(said)
        else:
            denied.append(each.name)
    if denied:
        yield phrases(ENGLISH).say(Statement(Form.DENIED, tuple(denied)))


# --- locate, explain ----------------------------------------------------------------------------


def _placed(said: Said) -> tuple[str, ...]:
    """Return the sentences that say where a finding lies."""
    places: dict[int, bool] = {}
    for each in said.mentions:
        if each.certainty in POSITIVE and each.name in BY_NAME:
            known = each.laterality is not None or bool(zones_of(said.sentences[each.sentence]))
            places[each.sentence] = places.get(each.sentence, False) or known
    return tuple(said.sentences[number] for number in sorted(places) if places[number])


def _positive(said: Said, placed: Sequence[str]) -> Iterator[Mention]:
    inside = [each for each in said.mentions if said.sentences[each.sentence] in placed]
    for each in stated(inside).values():
        if each.certainty in POSITIVE and each.name in BY_NAME:
            yield each


def _explained(said: Said) -> tuple[Mention, Entry] | None:
    """Return the most urgent finding with its entry; present goes before possible."""
    known = glossary(ENGLISH).by_finding
    candidates = [
        each
        for each in said.mentions
        if each.certainty in POSITIVE and each.name in BY_NAME and each.name in known
    ]
    if not candidates:
        return None
    first = min(
        candidates,
        key=lambda each: (POSITIVE.index(each.certainty), _BY_URGENCY.index(each.name)),
    )
    inside = stated(each for each in said.mentions if each.sentence == first.sentence)
    return inside[first.name], known[first.name]


def _closed(sentence: str) -> str:
    """Return a sentence on one line, with a stop."""
    plain = " ".join(sentence.split())
    return plain if plain.endswith((".", "!", "?")) else f"{plain.rstrip(',;:')}."
