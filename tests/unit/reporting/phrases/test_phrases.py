"""Every sentence that a draft can say, in every language: written, and read back from the file."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.study import Projection
from core.findings.labeller import label, sentences
from core.findings.vocabulary import BY_NAME, TERMS
from core.reporting.phrases import catalogue
from core.reporting.phrases.catalogue import (
    known_language,
    languages,
    phrases,
    sayable,
    taken,
)
from core.reporting.phrases.statement import Compared, Form, Said, Statement, Taken

WORDED = [term.name for term in TERMS if term.worded]
DENIALS = [
    Statement(Form.DENIED, names) for count in (1, 2) for names in permutations(WORDED, count)
]
EVERYTHING: list[Said] = [*sayable(), Compared("2025-03-01"), *DENIALS]
OTHERS = [code for code in languages() if code != "en"]

every_language = pytest.mark.parametrize("code", languages())
every_other = pytest.mark.parametrize("code", OTHERS)


def drafted(said: Said) -> bool:
    """Whether a draft can say it: a finding that has sides is never drafted without one."""
    if not isinstance(said, Statement) or said.form is Form.DENIED:
        return isinstance(said, Statement | Taken)
    known = said.open_side or said.side is not None
    return known or not BY_NAME[said.names[0]].sided


def test_english_words_are_what_they_were() -> None:
    """The sentences of drafts from before there was a file, each once."""
    before = Path(__file__).with_name("english.txt").read_text(encoding="utf-8").splitlines()
    assert {phrases("en").say(each) for each in EVERYTHING if drafted(each)} == set(before)


@every_language
def test_what_is_said_reads_back(code: str) -> None:
    words = phrases(code)
    for said in EVERYTHING:
        assert words.read(words.say(said)) == said, words.say(said)


@every_language
@given(st.lists(st.sampled_from(WORDED), min_size=1, unique=True))
def test_any_denial_reads_back(code: str, names: list[str]) -> None:
    words, denied = phrases(code), Statement(Form.DENIED, tuple(names))
    assert words.read(words.say(denied)) == denied


@every_language
def test_no_two_meanings_have_one_sentence(code: str) -> None:
    words = [phrases(code).say(said) for said in EVERYTHING]
    assert len(set(words)) == len(words)


@every_language
def test_each_is_one_sentence_on_one_line(code: str) -> None:
    for said in EVERYTHING:
        text = phrases(code).say(said)
        assert sentences(f"{text} {text}\n{text}") == (text,) * 3, text


@every_language
def test_only_an_open_side_holds_the_placeholder(code: str) -> None:
    words = phrases(code)
    for said in EVERYTHING:
        open_side = isinstance(said, Statement) and said.open_side
        assert (words.placeholder in words.say(said)) is open_side


@every_language
def test_a_side_that_is_filled_in_is_a_sentence_of_the_file(code: str) -> None:
    """The reader puts a word for the placeholder; then the text is known again."""
    fill = {"en": ("left", "right"), "ta": ("இடது", "வலது")}
    words = phrases(code)
    for said in sayable():
        if isinstance(said, Statement) and said.open_side:
            for word in fill[code]:
                filled = words.say(said).replace(words.placeholder, word)
                read = words.read(filled)
                assert isinstance(read, Statement)
                assert (read.form, read.names, str(read.side)) == (
                    said.form, said.names, ("left", "right")[fill[code].index(word)]
                )  # fmt: skip


def test_the_labeller_reads_english_as_the_file_does() -> None:
    for said in EVERYTHING:
        if isinstance(said, Statement) and drafted(said):
            assert set(label(phrases("en").say(said))) == set(said.mentions())


@every_language
def test_spelling_counts_and_white_space_does_not(code: str) -> None:
    words, said = phrases(code), Statement(Form.SEEN, ("nodule",), open_side=True)
    text = words.say(said)
    broken = text.replace(" ", "\n", 1)
    assert words.read(f"  {broken} ") == said
    assert words.read(unicodedata.normalize("NFD", text)) == said
    assert words.read(f"{text} {text}") is None
    assert words.read(text[1:]) is words.read("") is words.read(words.placeholder) is None


@every_other
def test_another_language_shares_no_sentence_with_english(code: str) -> None:
    for said in EVERYTHING:
        assert phrases("en").read(phrases(code).say(said)) is None
        assert phrases(code).read(phrases("en").say(said)) is None


def test_tamil_names_findings_in_tamil_and_in_brackets_in_english() -> None:
    for said in EVERYTHING:
        text = phrases("ta").say(said)
        assert any("TAMIL" in unicodedata.name(letter, "") for letter in text), text
        outside = "".join(part.split("(")[0] for part in text.split(")"))
        assert not any("a" <= letter <= "z" for letter in outside), text


@pytest.mark.parametrize(
    ("asked", "code"),
    [("ta", "ta"), ("ta_IN", "ta"), ("TA-in", "ta"), ("xx", "en"), ("", "en"), ("../ta", "en")],
)
def test_a_language_without_a_file_is_english(asked: str, code: str) -> None:
    assert known_language(asked) == code


def test_technique_is_of_each_projection_once() -> None:
    films = [Projection.LATERAL, Projection.PA, Projection.PA]
    assert taken(films) == Taken((Projection.PA, Projection.LATERAL))
    assert phrases("ta").say(Taken(())) == ""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of files, to add one to."""
    for file in catalogue.FOLDER.glob("*.toml"):
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    languages.cache_clear()
    phrases.cache_clear()
    yield tmp_path
    languages.cache_clear()
    phrases.cache_clear()


def test_a_third_language_is_one_file(files: Path) -> None:
    english = (files / "en.toml").read_text(encoding="utf-8")
    words = {"There is": "Es gibt", "There are": "Es gibt", "English": "Deutsch", "No {": "Kein {"}
    for word, german in words.items():
        english = english.replace(word, german)
    (files / "de.toml").write_text(english, encoding="utf-8")
    assert list(languages().items()) == [("en", "English"), ("de", "Deutsch"), ("ta", "தமிழ்")]
    assert known_language("de_AT") == "de"
    said = Statement(Form.SEEN, ("hernia",))
    assert phrases("de").say(said) == "Es gibt a diaphragmatic hernia."
    assert phrases("de").read(phrases("de").say(said)) == said
