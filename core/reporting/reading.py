"""What a report's text states, as far as anything here can read it.

The labeller reads English. In another language the sentences that its file of phrases can make are
known word for word; the rest is unread, and nothing may be concluded from its silence.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from core.domain.finding import Mention
from core.domain.report import ENGLISH
from core.findings.labeller import label, sentences
from core.reporting.phrases.catalogue import languages, phrases
from core.reporting.phrases.statement import Statement

_READ_SCRIPTS = ("LATIN", "GREEK")


@dataclass(frozen=True)
class ReadText:
    """The mentions of a text in its order, and the sentences that were not read."""

    mentions: tuple[Mention, ...]
    unread: tuple[str, ...] = ()


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
        return ReadText(label(text), tuple(filter(_in_another_script, spoken)))
    words = phrases(language) if language in languages() else None
    mentions: list[Mention] = []
    unread = []
    for number, sentence in enumerate(spoken):
        said = words.read(sentence) if words else None
        if said is None:
            unread.append(sentence)
        elif isinstance(said, Statement):
            mentions += said.mentions(number)
    return ReadText(tuple(mentions), tuple(unread))


def _in_another_script(sentence: str) -> bool:
    """Whether most letters are of a script that the labeller knows nothing of."""
    letters = [unicodedata.name(letter, "") for letter in sentence if letter.isalpha()]
    known = sum(name.startswith(_READ_SCRIPTS) for name in letters)
    return 2 * known < len(letters)
