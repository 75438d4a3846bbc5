"""CIDEr-D of texts with one reference each.

An n-gram counts the more the fewer references hold it; a text that repeats one gains nothing, since
counts are clipped, and one of another length than its reference loses (the Gaussian). The
libraries that have it bring a Java tokenizer or a dozen models of sound; the sum is here.

References
----------
Vedantam 2015, CIDEr: Consensus-based Image Description Evaluation (section 3 and, for D, 7.2).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

ORDERS = 4
SIGMA = 6.0
"""Width of the Gaussian over the difference in length, in words."""
SCALE = 10.0

Grams = Mapping[tuple[str, ...], float]


def cider_d(
    texts: Sequence[Sequence[str]], references: Sequence[Sequence[str]]
) -> npt.NDArray[np.float64] | None:
    """Return CIDEr-D of every text, in [0, 10].

    Parameters
    ----------
    texts, references : sequences of word lists, of one length

    Returns
    -------
    ndarray, shape (samples,), or None
        ``None`` where no n-gram tells one reference from another (one sample, or all alike), so
        that every weight is zero.
    """
    counted = [_counts(words) for words in references]
    holding: Counter[tuple[str, ...]] = Counter()
    for counts in counted:
        holding.update(counts.keys())
    every = len(references)
    if every < 2 or all(held == every for held in holding.values()):
        return None
    return np.array(
        [
            SCALE * _likeness(_counts(text), counts, holding, every, len(text) - len(reference))
            for text, reference, counts in zip(texts, references, counted, strict=True)
        ]
    )


def _counts(words: Sequence[str]) -> Counter[tuple[str, ...]]:
    return Counter(
        tuple(words[at : at + order])
        for order in range(1, ORDERS + 1)
        for at in range(len(words) - order + 1)
    )


def _likeness(
    text: Grams, reference: Grams, holding: Mapping[tuple[str, ...], int], every: int, longer: int
) -> float:
    """Mean over the orders of the clipped cosine of weighted counts, less the difference."""
    ours, theirs = (_weighted(grams, holding, every) for grams in (text, reference))
    sums = [0.0] * ORDERS
    for gram, weight in ours.items():
        other = theirs.get(gram, 0.0)
        sums[len(gram) - 1] += min(weight, other) * other
    lengths = [a * b for a, b in zip(_lengths(ours), _lengths(theirs), strict=True)]
    cosines = (inner / both for inner, both in zip(sums, lengths, strict=True) if both > 0)
    return math.exp(-(longer**2) / (2 * SIGMA**2)) * sum(cosines) / ORDERS


def _weighted(
    grams: Grams, holding: Mapping[tuple[str, ...], int], every: int
) -> dict[tuple[str, ...], float]:
    return {gram: n * math.log(every / max(1, holding.get(gram, 0))) for gram, n in grams.items()}


def _lengths(weighted: Grams) -> list[float]:
    squares = [0.0] * ORDERS
    for gram, weight in weighted.items():
        squares[len(gram) - 1] += weight**2
    return [math.sqrt(each) for each in squares]
