"""Words of the interface in another language: one file, its placeholders those of the English."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from core.domain.errors import ModelUnavailableError
from core.domain.model_errors import DownloadError
from core.settings import load_settings
from dashboard import language

CATALOGUES = sorted(language.CATALOGUES.glob("*/LC_MESSAGES/overread.po"))


@pytest.fixture
def tamil(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERREAD_LANGUAGE", "ta")
    load_settings.cache_clear()


def placeholders(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_translation_fills_the_same_placeholders(path: Path) -> None:
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        messages = [message for message in read_po(file) if message.id and message.string]
    assert messages
    for message in messages:
        # A number could be left out of a sentence, but never a name be asked for that is not there.
        assert placeholders(str(message.string)) == placeholders(str(message.id)), message.id


def test_words_are_shown_in_the_language_of_the_settings(tamil: None) -> None:
    assert language.translate("needs a GPU") == "GPU தேவை"
    assert language.filled("{file} is missing", {"file": "config.json"}) == "config.json காணவில்லை"


def test_what_is_not_translated_stays_english(tamil: None) -> None:
    assert language.translate("A sentence of nobody.") == "A sentence of nobody."
    assert language.translate("") == ""


def test_a_reason_that_names_something_is_translated_too(tamil: None) -> None:
    error = DownloadError(
        model="qwen2-vl-2b",
        reason="x.test cannot be reached from here",
        template="{host} cannot be reached from here",
        named={"host": "x.test"},
    )
    said = language.sentence(error)
    assert "இங்கிருந்து x.test ஐ அடைய முடியவில்லை" in said and "reached" not in said


def test_a_reason_that_names_nothing_is_a_message_itself(tamil: None) -> None:
    error = ModelUnavailableError(model="x", reason="its chat template is missing")
    assert "chat template" not in language.sentence(error)


def test_english_needs_no_catalogue(home: Path) -> None:
    assert language.translate("needs a GPU") == "needs a GPU"
