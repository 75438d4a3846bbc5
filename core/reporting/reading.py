"""What a report's text states, as far as anything here can read it.

The labeller reads English. In another language the sentences that its file of phrases can make are
known word for word, and where that language has a script of its own, sentences in Latin letters are
taken for English, as physicians write it in between. The rest is unread, and nothing may be
concluded from its silence.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.domain.finding import Mention
from core.domain.report import ENGLISH
from core.findings.labeller import label, sentences
from core.reporting.phrases.catalogue import languages, phrases
from core.reporting.phrases.statement import Statement

_READ_SCRIPTS = ("LATIN", "GREEK")


@dataclass(frozen=True)
class ReadText:
    """The mentions of a text in its order, and the sentences that were not read.

    ``english`` are those that the labeller read in a text of another language, by their place.
    """

    mentions: tuple[Mention, ...]
    unread: tuple[str, ...] = ()
    english: Mapping[int, str] = field(default_factory=dict)


def read_text(text: str, language: str) -> ReadText:
    """Read a text in the language it was written in.

    Parameters
    ----------
    text : str
        Findings, impression, or both; any length.
    language : str
        One without a file of phrases leaves every sentence unread.
    """
    spoken = sentences(text)
    if language == ENGLISH:
        return ReadText(label(text), tuple(each for each in spoken if _latin(each) < 0.5))
    words = phrases(language) if language in languages() else None
    own_script = words is not None and _latin(words.name) == 0
    mentions: list[Mention] = []
    unread: list[str] = []
    english: dict[int, str] = {}
    for number, sentence in enumerate(spoken):
        said = words.read(sentence) if words else None
        if isinstance(said, Statement):
            mentions += said.mentions(number)
        elif said is None and own_script and _latin(sentence) == 1:
            english[number] = sentence
            mentions += (replace(each, sentence=number) for each in label(sentence))
        elif said is None:
            unread.append(sentence)
    return ReadText(tuple(mentions), tuple(unread), english)


def _latin(text: str) -> float:
    """Share of the letters that are of a script that the labeller reads; 1 where there are none."""
    letters = [unicodedata.name(letter, "") for letter in text if letter.isalpha()]
    known = sum(name.startswith(_READ_SCRIPTS) for name in letters)
    return known / len(letters) if letters else 1.0
