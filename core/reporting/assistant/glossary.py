"""The glossary and all words of the assistant, one file a language.

A file holds how a question is understood, how an answer is worded, and the entries. Reading it
needs the standard library alone.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from core.domain.conversation_errors import UnknownLanguageError
from core.findings.vocabulary import BY_NAME

FOLDER = Path(__file__).parents[1] / "glossary"
FALLBACK = "en"


@dataclass(frozen=True)
class Entry:
    """One term. ``finding`` names the finding of the vocabulary that it is, if any.

    ``plain`` is a phrase that stands within a sentence for a patient, ``plain_more`` sentences of
    their own; ``looks_like`` are other entries. What an entry does not say is empty.
    """

    id: str
    term: str
    synonyms: tuple[str, ...]
    definition: str
    plain: str
    plain_more: str
    sources: tuple[str, ...]
    finding: str = ""
    appearance: str = ""
    causes: str = ""
    pitfalls: str = ""
    looks_like: tuple[str, ...] = ()


@dataclass(frozen=True)
class Glossary:
    """One language: its entries by id, and the tables of words as the file has them."""

    code: str
    name: str
    entries: Mapping[str, Entry]
    cues: Mapping[str, tuple[str, ...]]
    suggestions: Mapping[str, tuple[str, ...]]
    words: Mapping[str, str]
    answers: Mapping[str, str]
    patient: Mapping[str, str]
    degrees: Mapping[str, str]
    changes: Mapping[str, str]
    sources: Mapping[str, str]
    endings: tuple[str, ...]
    dropped: tuple[str, ...]
    by_beginning: bool
    ignored: frozenset[str]

    @cached_property
    def by_finding(self) -> Mapping[str, Entry]:
        return {entry.finding: entry for entry in self.entries.values() if entry.finding}

    @cached_property
    def _names(self) -> tuple[tuple[str, re.Pattern[str], str], ...]:
        """Every name with its pattern and the id of its entry, the longest first."""
        named = [
            (name, entry.id)
            for entry in self.entries.values()
            for name in dict.fromkeys(map(fold, _names_of(entry)))
        ]
        named.sort(key=lambda pair: (-len(pair[0]), pair[1]))
        return tuple((name, self._pattern(name), key) for name, key in named)

    def _pattern(self, name: str) -> re.Pattern[str]:
        if self.by_beginning and not name.isascii():
            for ending in self.dropped:
                if name.endswith(ending) and len(name) > 2 * len(ending) + 1:
                    name = name[: -len(ending)]
                    break
            return re.compile(f"(?<= ){re.escape(name)}")
        endings = "|".join(map(re.escape, map(fold, self.endings)))
        return re.compile(f"(?<= ){re.escape(name)}(?:{endings})?(?= )" if endings else name)

    def recognise(self, text: str) -> tuple[Entry, ...]:
        """Return the entries that a text names, in its order; a longer name hides those in it."""
        folded = f" {fold(text)} "
        found: list[tuple[int, str]] = []
        for _name, pattern, key in self._names:
            for match in pattern.finditer(folded):
                found.append((match.start(), key))
                blank = " " + "\0" * (match.end() - match.start() - 1)
                folded = folded[: match.start()] + blank + folded[match.end() :]
        ordered = dict.fromkeys(key for _start, key in sorted(found))
        return tuple(self.entries[key] for key in ordered)

    def replace_names(self, text: str, other: str = "") -> str:
        """Return a text, folded, with another word for each name of an entry in it."""
        folded = f" {fold(text)} "
        for _name, pattern, _key in self._names:
            # A placeholder that no later name can match.
            folded = pattern.sub("\0", folded)
        return " ".join(folded.replace("\0", other).split())

    def cited(self, entry: Entry) -> str:
        """Return where an entry comes from."""
        return "; ".join(self.sources[key] for key in entry.sources)


def _names_of(entry: Entry) -> tuple[str, ...]:
    known = BY_NAME.get(entry.finding)
    report_words = (known.name, *known.synonyms) if known else ()
    return (entry.term, entry.id.replace("-", " "), *entry.synonyms, *report_words)


def fold(text: str) -> str:
    """Return a text in lower case with single blanks for whatever is neither letter nor digit."""
    lower = unicodedata.normalize("NFC", text).casefold()
    # Signs of Indic vowels are marks, which a letter class would take for gaps.
    kept = (char if unicodedata.category(char)[0] in "LMN" else " " for char in lower)
    return " ".join("".join(kept).split())


def languages() -> Mapping[str, str]:
    """Return the name of each language that has a file, by its code; English first."""
    codes = sorted((path.stem for path in FOLDER.glob("*.toml")), key=lambda code: code != FALLBACK)
    return {code: glossary(code).name for code in codes}


def known_language(code: str) -> str:
    """Return a language code if there is a glossary for it, else that of English."""
    short = code.replace("_", "-").split("-")[0].lower()
    return short if short.isalpha() and (FOLDER / f"{short}.toml").is_file() else FALLBACK


@cache
def glossary(code: str) -> Glossary:
    """Read the file of one language.

    Raises
    ------
    UnknownLanguageError
    """
    if not code.isalpha() or not (FOLDER / f"{code}.toml").is_file():
        raise UnknownLanguageError(language=code)
    document = tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    language = document["language"]
    entries = [_entry(item) for item in document["entry"]]
    return Glossary(
        code=language["code"],
        name=language["name"],
        entries={entry.id: entry for entry in entries},
        cues={name: tuple(map(fold, cues)) for name, cues in document["questions"].items()},
        suggestions={who: tuple(asked) for who, asked in document["suggestions"].items()},
        words=document["words"],
        answers=document["answers"],
        patient=document["patient"],
        degrees=document["degrees"],
        changes=document["changes"],
        sources=document["sources"],
        endings=tuple(language["endings"]),
        dropped=tuple(language["dropped"]),
        by_beginning=language["by_beginning"],
        ignored=frozenset(language["ignored"]),
    )


def _entry(item: Mapping[str, Any]) -> Entry:
    lists = {key: tuple(item.get(key, ())) for key in ("synonyms", "sources", "looks_like")}
    return Entry(**{**item, **lists})
