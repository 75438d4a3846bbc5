"""A signed report in plain words, sentence by sentence, and what could not be put into them.

The labeller reads what a sentence states; the glossary says it plainly. Words of the sentence that
neither accounts for are named, so that nobody takes half a sentence for the whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from core.domain.conversation import Ground, Level
from core.domain.finding import Certainty, Mention
from core.domain.report import ENGLISH
from core.findings.sentences import sentences
from core.findings.vocabulary import BY_NAME, NO_FINDING, narrower
from core.reporting.assistant.glossary import (
    FOLDER,
    Entry,
    Glossary,
    fold,
    glossary,
    known_language,
)
from core.reporting.assistant.said import Answer, Said, listed
from core.reporting.assistant.sentence_language import language_of
from core.reporting.reading import read_text
from core.reporting.study_context import StudyContext

# Reports that are signed here are read by an English labeller: these words carry no finding of
# their own, or are told with it.
_TOLD = frozenset((FOLDER / "told.txt").read_text(encoding="utf-8").split())
# "Opacity consistent with pneumonia" shows the opacity, and only suggests what it is.
_SUGGESTS = re.compile(
    r"\b(?:consistent|compatible|in keeping|suggest\w*|suspicious|concerning|represent\w*|"
    r"reflect\w*|due to|related to)\b",
    re.IGNORECASE,
)
_SIDES = frozenset({"right", "left", "bilateral", "bilaterally", "both"})


@dataclass(frozen=True)
class PlainSentence:
    """One sentence of a report. ``plain`` is empty where nothing could be said plainly.

    ``entries`` are those of what is there, or may be.

    ``left_out`` are words of the report, as written, that the plain sentence does not account for.
    """

    original: str
    plain: str
    written: str = ENGLISH
    left_out: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()


def plain_report(context: StudyContext, *, language: str, level: Level) -> Answer:
    """Explain a signed report.

    Parameters
    ----------
    level : Level
        ``SHORT`` says what the report says; ``FULLER`` adds a sentence on each finding.

    Raises
    ------
    UnknownLanguageError
    """
    words = glossary(language)
    said = Said(words.patient)
    said.say("head")
    parts = [("findings", context.sections.findings), ("impression", context.sections.impression)]
    explained: set[str] = set()
    told = tried = 0
    for section, text in (*parts, *(("addendum", text) for text in context.addenda)):
        if not text.strip():
            continue
        said.paragraph()
        if section in ("impression", "addendum"):
            said.say(section)
        said.cite(Ground.SECTION, section)
        for original in sentences(text):
            tried += 1
            plain = plain_sentence(words, original, written=context.report_language)
            told += _tell(said, words, plain, level, explained)
    if not told:
        said = Said(words.patient)
        said.say("head")
        said.paragraph()
        said.say("nothing" if tried else "empty")
    said.paragraph()
    said.say("tail")
    return said.answer(known=told > 0)


def _tell(
    said: Said, words: Glossary, sentence: PlainSentence, level: Level, explained: set[str]
) -> bool:
    """Say one sentence, and what of it was left out; true if any of it could be said."""
    said.paragraph()
    if not sentence.plain:
        said.say("not_explained", sentence=sentence.original)
        # The terms of the language that it is written in, in words of the one it is explained in.
        for entry in glossary(known_language(sentence.written)).recognise(sentence.original):
            own = words.entries[entry.id]
            said.say("word", term=own.term, plain=own.plain)
            said.cite(Ground.GLOSSARY, own.id)
        return False
    said.quote(sentence.plain)
    for key in sentence.entries:
        said.cite(Ground.GLOSSARY, key)
        if level is Level.FULLER and key not in explained:
            said.quote(words.entries[key].plain_more)
        explained.add(key)
    if sentence.left_out:
        said.say("left_out", list=listed(f"“{part}”" for part in sentence.left_out))
    return True


def plain_sentence(
    words: Glossary, original: str, *, written: str = ENGLISH, about: str = ""
) -> PlainSentence:
    """Put one sentence of a report into plain words, as far as that goes.

    Parameters
    ----------
    written : str
        Language of the sentence. English is read by the labeller; another language only where the
        sentence is one that drafts are made of, so that nothing of it is left out.
    about : str
        A finding; nothing is said of the others then.
    """
    written = language_of(original, written)
    read = [item for item in read_text(original, written).mentions if item.name in words.by_finding]
    hedged = bool(_SUGGESTS.search(original))
    every = _told_once(read, hedged=hedged)
    mentions = every
    if about:
        told_too = _told_once(read, hedged=hedged, asked=about)
        mentions = tuple(item for item in told_too if item.name == about)
    if not mentions:
        return PlainSentence(original, "", written)
    plain = [_mention(words, item, words.by_finding[item.name]) for item in mentions]
    # How much, and whether more than before, is told of one finding that is there. Where the
    # sentence speaks of another too, it may have been said of that one.
    alone = len(every) == 1 and every[0].certainty is not Certainty.ABSENT
    tables = {"degree": words.degrees, "change": words.changes} if alone else {}
    for name, table in tables.items():
        used = dict.fromkeys(table[token] for token in fold(original).split() if token in table)
        if used:
            plain.append(words.patient[name].format(list=listed(used)))
    told = {token for table in tables.values() for token in table}
    entries = tuple(
        words.by_finding[item.name].id
        for item in mentions
        if item.certainty is not Certainty.ABSENT
    )
    left_out = _left_out(original, every, told) if written == ENGLISH else ()
    return PlainSentence(original, " ".join(plain), written, left_out, entries)


def _told_once(
    mentions: Sequence[Mention], *, hedged: bool, asked: str = ""
) -> tuple[Mention, ...]:
    """Mentions without the broader finding that a narrower one of the same certainty says.

    The finding that was asked for is kept.
    Where the sentence only suggests the narrower one, that is uncertain, and both are told.
    """
    named: Mapping[str, Certainty] = {item.name: item.certainty for item in mentions}
    kept: dict[str, Mention] = {}
    for item in mentions:
        if item.certainty is Certainty.PRESENT:
            broader = any(item.name in narrower(name) for name in named)
            if hedged and (broader or not BY_NAME[item.name].worded):
                item = replace(item, certainty=Certainty.UNCERTAIN)
        said_by = {named.get(name) for name in narrower(item.name)}
        told = item.name != asked and item.certainty in said_by
        if hedged or item.certainty is Certainty.ABSENT or not told:
            kept.setdefault(item.name, item)
    return tuple(kept.values())


def _mention(words: Glossary, mention: Mention, entry: Entry) -> str:
    if mention.name == NO_FINDING:
        return words.patient["nothing_found"]
    template = mention.certainty.value
    if mention.laterality is None:
        return words.patient[template].format(plain=entry.plain)
    side = words.words[mention.laterality.value]
    return words.patient[f"{template}_side"].format(plain=entry.plain, side=side)


def _left_out(original: str, mentions: Sequence[Mention], also: Set[str]) -> tuple[str, ...]:
    """Runs of words that no part of the plain sentence says."""
    sided = any(item.laterality is not None for item in mentions)
    known = _TOLD if sided else _TOLD - _SIDES
    names = {name for item in mentions for name in _words_of(item.name)}
    told = known | names | also
    runs: list[list[str]] = [[]]
    for token in re.findall(r"[^\s,;:.()]+|[,;:.()]", original):
        folded = fold(token)
        if folded and not all(part in told for part in folded.split()):
            runs[-1].append(token)
        elif runs[-1]:
            runs.append([])
    return tuple(" ".join(run) for run in runs if run)


def _words_of(finding: str) -> set[str]:
    """Every word by which the labeller knows a finding."""
    broader = [name for name in BY_NAME if finding in narrower(name)]
    terms = [BY_NAME[name] for name in (finding, *broader) if name in BY_NAME]
    names = (name for term in terms for name in (term.name, *term.synonyms))
    return {word for name in names for word in fold(name).split()}
