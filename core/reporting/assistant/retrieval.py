"""The entry of the glossary that a text comes closest to, where no name in it is known.

Character n-grams forgive endings, spelling and inflection, which matters most for languages that
join words.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from core.reporting.assistant.glossary import Entry, Glossary, fold, glossary

CLOSE = 0.5
"""Cosine similarity from which an entry is offered; chosen so that small talk finds none."""
CLOSE_WORD = 0.6
"""That of one word out of the text, which resembles something sooner."""
_LONG = 6
"""Letters of a word that is looked up by itself."""


def closest(words: Glossary, text: str) -> Entry | None:
    """Return the entry closest to a text or to one of its longer words; ``None`` if none is."""
    vectorizer, matrix, keys = _index(words.code)
    alone = [word for word in fold(text).split() if len(word) >= _LONG]
    similar = (matrix @ vectorizer.transform([text, *alone]).T).toarray()
    similar[:, 1:] *= CLOSE / CLOSE_WORD
    best, value = int(similar.max(axis=1).argmax()), float(similar.max())
    return words.entries[keys[best]] if value >= CLOSE else None


@cache
def _index(code: str) -> tuple[Any, Any, tuple[str, ...]]:
    # Takes a second to import, which only a question of unknown words has to wait for.
    from sklearn.feature_extraction.text import TfidfVectorizer

    documents = [
        (document, entry.id)
        for entry in glossary(code).entries.values()
        for document in (entry.term, *entry.synonyms, entry.finding, entry.plain, entry.definition)
        if document
    ]
    texts, keys = zip(*documents, strict=True)
    vectorizer = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, lowercase=True
    )
    return vectorizer, vectorizer.fit_transform(texts), keys
