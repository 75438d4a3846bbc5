"""The spaCy pipeline that finds the words of findings and their negation.

spaCy takes a second or two to import, so nothing of it is imported before the first use.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING, Any

from core.findings import patterns, phrases
from core.findings.vocabulary import TERMS

if TYPE_CHECKING:
    from spacy.language import Language

DECOY = "-"
"""Label of what only looks like a finding."""


class _NoTorch(MetaPathFinder):
    """Keeps one thread from finding torch."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname == "torch" and threading.get_ident() == self.thread:
            raise ModuleNotFoundError("torch is not needed here", name=fullname)


@contextmanager
def _without_torch() -> Iterator[None]:
    # thinc, below spaCy, imports torch only because it is installed: seconds and 150 MB that the
    # rules here have no use for, in a process that shall stay light.
    finder = _NoTorch()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@cache
def pipeline() -> Language:
    """The pipeline, built once: entities labelled with a finding, ``_.negex`` where denied."""
    with _without_torch():
        import negspacy.negation  # noqa: F401  (registers the "negex" component)
        import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer", config={"punct_chars": [";"]})
    ruler: Any = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
    ruler.add_patterns(_patterns())
    nlp.add_pipe("negex", config={"neg_termset": phrases.NEGATION})
    return nlp


def _patterns() -> list[dict[str, Any]]:
    plain = [(term.name, words) for term in TERMS for words in (term.name, *term.synonyms)]
    plain += [(DECOY, words) for words in patterns.DECOYS]
    made: list[dict[str, Any]] = [{"label": name, "pattern": words} for name, words in plain]
    made += [{"label": name, "pattern": _tokens(line)} for name, line in patterns.PATTERNS]
    return made


def _tokens(line: str) -> list[Mapping[str, Any]]:
    """spaCy token patterns of a line of words: ``a|b`` either, ``?`` at most once, ``*`` any."""
    tokens: list[Mapping[str, Any]] = []
    for word in line.split():
        mark = word[-1] if word[-1] in "?*" else ""
        token: dict[str, Any] = {"LOWER": {"IN": word.removesuffix(mark).split("|")}}
        tokens.append(token | ({"OP": mark} if mark else {}))
    return tokens
