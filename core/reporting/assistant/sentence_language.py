"""In which language one sentence of a report is written: reports mix them."""

from __future__ import annotations

from core.domain.report import ENGLISH
from core.reporting.assistant.glossary import glossary, known_language


def language_of(sentence: str, written: str) -> str:
    """Return the language of a sentence in a report that is written in ``written``.

    Where a language has a script of its own, a sentence in Latin letters is taken for English, as
    physicians write it in between. Among languages that share the Latin script nothing is guessed.
    """
    if known_language(written) != written or glossary(written).name.isascii():
        return written
    return ENGLISH if sentence.isascii() else written
