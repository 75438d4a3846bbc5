"""The entry of the glossary that a text comes closest to, where no name in it is known.

Character n-grams forgive endings, spelling and inflection, which matters most for languages that
join words.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from core.reporting.assistant.glossary import Entry, Glossary, glossary

CLOSE = 0.5
"""Cosine similarity from which an entry is offered; chosen so that small talk finds none."""


def closest(words: Glossary, text: str) -> Entry | None:
    """Return the closest entry, or ``None`` where none is close."""
    vectorizer, matrix, keys = _index(words.code)
    similar = (matrix @ vectorizer.transform([text]).T).toarray().ravel()
    best = int(similar.argmax())
    return words.entries[keys[best]] if similar[best] >= CLOSE else None


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
