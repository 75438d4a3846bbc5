"""How far a signed text lies from its draft, in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache

from core.findings.pipeline import pipeline

FIRST_CODE = 0x20000
"""Words are told apart as single characters from here on: planes in which nothing is combined."""
MOST_WORDS = 2_000
"""Words of a sentence that are compared; what follows counts as changed."""


@lru_cache(maxsize=65_536)
def word_distance(before: str, after: str) -> int:
    """Return the fewest words that must be put in, taken out or replaced between two texts.

    Parameters
    ----------
    before, after : str
        Words are what white space parts; case and punctuation count. Of each the first
        ``MOST_WORDS`` are compared.

    References
    ----------
    Levenshtein 1966, on words in place of letters; computed by ``spacy.matcher.levenshtein``.
    """
    old, new = before.split(), after.split()
    if old == new:
        return 0
    rest = abs(len(old[MOST_WORDS:]) - len(new[MOST_WORDS:]))
    old, new = old[:MOST_WORDS], new[:MOST_WORDS]
    if not old or not new:
        return max(len(old), len(new)) + rest
    levenshtein = _levenshtein()
    codes = {word: chr(FIRST_CODE + at) for at, word in enumerate(dict.fromkeys((*old, *new)))}
    one, other = ("".join(codes[word] for word in words) for words in (old, new))
    return int(levenshtein(one, other)) + rest


@cache
def _levenshtein() -> Callable[[str, str], int]:
    """The library, which takes seconds to import: texts that were only added or removed need none.

    The labeller's pipeline comes first, since it keeps torch out of a process that draws pages.
    """
    pipeline()
    from spacy.matcher import levenshtein

    found: Callable[[str, str], int] = levenshtein
    return found


def longer(before: str, after: str) -> int:
    """Return the words of the longer of two texts: the length that a distance is divided by."""
    return max(len(before.split()), len(after.split()))
