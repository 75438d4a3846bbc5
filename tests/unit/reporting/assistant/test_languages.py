"""Every language says the same things: one file each, with the same tables, keys and entries."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from core.domain.conversation import Audience
from core.domain.conversation_errors import UnknownLanguageError
from core.findings.vocabulary import NAMES, NO_FINDING, NOT_ASSESSED
from core.reporting.assistant.glossary import (
    FALLBACK,
    Glossary,
    fold,
    glossary,
    known_language,
    languages,
)
from core.reporting.assistant.question import Intent, understand

ROOT = Path(__file__).resolve().parents[4]
OTHERS = [code for code in languages() if code != FALLBACK]
TABLES = ("words", "answers", "patient", "degrees", "changes", "sources")


def placeholders(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


@pytest.fixture(params=list(languages()))
def words(request: pytest.FixtureRequest) -> Glossary:
    return glossary(request.param)


def test_english_comes_first_and_tamil_is_there() -> None:
    assert next(iter(languages())) == "en" and "ta" in languages()


def test_every_finding_of_the_vocabulary_is_explained(words: Glossary) -> None:
    assert set(words.by_finding) == {*NAMES, NO_FINDING}
    assert len(words.entries) >= 60


def test_entries_point_at_entries_and_sources_that_are_there(words: Glossary) -> None:
    for entry in words.entries.values():
        assert set(entry.looks_like) <= words.entries.keys(), entry.id
        assert entry.id not in entry.looks_like
        assert entry.sources and words.cited(entry)


def test_no_entry_is_empty_or_unfinished(words: Glossary) -> None:
    for entry in words.entries.values():
        assert entry.term and entry.plain, entry.id
        for text in (entry.definition, entry.plain_more, entry.appearance, entry.causes):
            assert not text or text.endswith("."), (entry.id, text)
        assert entry.definition and entry.plain_more
        # It stands within a sentence.
        assert not entry.plain.endswith(".")


def test_no_name_means_two_things(words: Glossary) -> None:
    """Or the longer one of two would answer by chance."""
    owners: dict[str, str] = {}
    for entry in words.entries.values():
        for name in {fold(entry.term), *map(fold, entry.synonyms)}:
            assert owners.setdefault(name, entry.id) == entry.id, name


def test_every_name_leads_to_its_entry(words: Glossary) -> None:
    for entry in words.entries.values():
        for name in (entry.term, *entry.synonyms):
            found = words.recognise(name)
            assert found and found[0].id == entry.id, (name, [item.id for item in found])


def test_every_intent_has_its_words(words: Glossary) -> None:
    assert set(words.cues) == {intent.value for intent in Intent} - {Intent.STATUS.value}
    assert all(words.cues.values())


def test_what_is_suggested_is_understood(words: Glossary) -> None:
    assert set(words.suggestions) == {audience.value for audience in Audience}
    for suggestion in words.suggestions["reader"]:
        assert understand(words, suggestion).intent is not Intent.STATUS, suggestion
    for suggestion in words.suggestions["patient"]:
        assert understand(words, suggestion).entries, suggestion


def test_what_is_not_assessed_has_its_words(words: Glossary) -> None:
    assert set(NOT_ASSESSED) <= words.words.keys()


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("table", TABLES)
def test_a_language_has_the_same_keys_and_placeholders(code: str, table: str) -> None:
    ours, theirs = getattr(glossary(code), table), getattr(glossary(FALLBACK), table)
    assert ours.keys() == theirs.keys()
    for key, text in theirs.items():
        assert placeholders(ours[key]) == placeholders(text), key


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_has_the_same_entries(code: str) -> None:
    ours, theirs = glossary(code).entries, glossary(FALLBACK).entries
    assert list(ours) == list(theirs)
    for key, entry in theirs.items():
        assert ours[key].finding == entry.finding and ours[key].looks_like == entry.looks_like
        assert ours[key].sources == entry.sources
        for field in ("appearance", "causes", "pitfalls"):
            assert bool(getattr(ours[key], field)) == bool(getattr(entry, field)), (key, field)


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_is_written_in_its_script(code: str) -> None:
    if code != "ta":
        pytest.skip("only the script of Tamil is known here")
    for entry in glossary(code).entries.values():
        for text in (entry.definition, entry.plain, entry.plain_more):
            assert re.search("[\u0b80-\u0bff]{3}", text), (entry.id, text)


def test_a_language_without_a_file_is_refused_or_falls_back() -> None:
    with pytest.raises(UnknownLanguageError):
        glossary("xx")
    for code in ("../en", "en/../en", "", "EN_us\x00"):
        with pytest.raises(UnknownLanguageError):
            glossary(code)
    assert known_language("ta_IN") == "ta" and known_language("xx") == "en"
    assert known_language("../../etc/passwd") == "en"


def test_every_sentence_is_said_somewhere() -> None:
    """A template that no code uses would be translated for nobody."""
    folder = ROOT / "core" / "reporting" / "assistant"
    source = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    words = glossary(FALLBACK)
    # Names that are put together: of an intent, a certainty, a side, a section.
    together = re.compile(r"certainty_\w+|(?:present|uncertain|absent)(?:_side)?|others|treatment")
    for table in (words.answers, words.patient):
        for key in table:
            assert f'"{key}"' in source or together.fullmatch(key), key
