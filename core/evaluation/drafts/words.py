"""How near the words of a text come to those of its reference.

Words are the tokens of sacrebleu's ``13a`` (mteval-v13a of NIST), lower-cased; those of punctuation
alone count for BLEU, as there, and are left out elsewhere. That tokenizer cuts by white space and
punctuation, so that any script that writes blanks between words can be compared; METEOR and ROUGE-L
stem English words.

References
----------
Papineni 2002 (BLEU), Post 2018 (what has to be stated of a BLEU), Lin 2004 (ROUGE-L), Banerjee 2005
(METEOR), Porter 1980 (stems).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import metadata
from typing import Any

import numpy as np
import numpy.typing as npt
from nltk.stem.porter import PorterStemmer
from nltk.translate.meteor_score import single_meteor_score
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import Tokenizer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

from core.evaluation.resampling import Floats

ORDERS = 4
STEMMED_FROM = 4
"""Letters from which a word is stemmed for ROUGE-L, as its own tokenizer does."""


@lru_cache(maxsize=100_000)
def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, lower-cased, without punctuation."""
    return tuple(token for token in _cut(text).split() if _is_word(token))


def _cut(text: str) -> str:
    return str(_tokenizer()(text.lower()))


@cache
def _tokenizer() -> Any:
    return Tokenizer13a()  # type: ignore[no-untyped-call]


def _is_word(token: str) -> bool:
    return any(unicodedata.category(letter)[0] in "LN" for letter in token)


# --- BLEU ---------------------------------------------------------------------------------------


def bleu_counts(texts: Sequence[str], references: Sequence[str]) -> Floats:
    """Return what corpus BLEU is made of, for every sample.

    Returns
    -------
    ndarray, shape (samples, 2 + 2 * ORDERS)
        Words of the text, words of the reference, n-grams that match by order, n-grams by order.
    """
    scorer = _bleu()
    rows = []
    for text, reference in zip(texts, references, strict=True):
        score = scorer.sentence_score(text, [reference])
        rows.append([score.sys_len, score.ref_len, *score.counts, *score.totals])
    return np.array(rows, np.float64)


@cache
def _bleu() -> Any:
    return BLEU(lowercase=True, tokenize="13a", max_ngram_order=ORDERS, effective_order=True)


def signature() -> str:
    """Return what has to be stated of a BLEU, in sacrebleu's own terms."""
    return f"nrefs:1|case:lc|eff:yes|tok:13a|smooth:none|version:{metadata.version('sacrebleu')}"


def bleu_each(counts: Floats, weights: Floats, order: int) -> Floats:
    """Return corpus BLEU of every resample.

    The counts of a corpus are the sums of those of its samples, so that this is exact. Orders that
    no text is long enough for are left out (sacrebleu's effective order), and nothing is smoothed:
    without a single match of an order BLEU is 0.

    Parameters
    ----------
    counts : ndarray, shape (samples, 2 + 2 * ORDERS)
    weights : ndarray, shape (resamples, samples)

    Returns
    -------
    ndarray, shape (resamples,), in [0, 1]
        NaN where the references are empty.
    """
    summed = weights @ counts
    ours, theirs = summed[:, 0], summed[:, 1]
    matched, made = summed[:, 2 : 2 + order], summed[:, 2 + ORDERS : 2 + ORDERS + order]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(made > 0, np.log(matched / made), 0.0)
        mean = logs.sum(axis=1) / np.maximum((made > 0).sum(axis=1), 1)
        brevity = np.where(ours < theirs, np.exp(1 - theirs / ours), 1.0)
    found = np.where(made[:, 0] > 0, brevity * np.exp(mean), 0.0)
    return np.asarray(np.where(theirs > 0, found, np.nan), np.float64)


# --- ROUGE-L and METEOR -------------------------------------------------------------------------


class _Stems(Tokenizer):  # type: ignore[misc]
    """The package's own tokenizer keeps Latin letters alone."""

    def tokenize(self, text: str) -> list[str]:
        return [_stem(word) if len(word) >= STEMMED_FROM else word for word in words(text)]


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    return str(_stemmer().stem(word))


@cache
def _stemmer() -> Any:
    return PorterStemmer()


def rouge_l(texts: Sequence[str], references: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return the F-measure of the longest common subsequence of every sample, in [0, 1]."""
    scorer = RougeScorer(["rougeL"], tokenizer=_Stems())
    pairs = zip(texts, references, strict=True)
    return np.array([scorer.score(reference, text)["rougeL"].fmeasure for text, reference in pairs])


class _NoSynonyms:
    """Stands where METEOR asks WordNet: it knows none, so that exact and stem matches remain."""

    def synsets(self, _word: str) -> list[Any]:
        return []


class _CachedStemmer:
    def stem(self, word: str) -> str:
        return _stem(word)


def meteor_exact_stem(texts: Sequence[str], references: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return METEOR without synonyms of every sample, in [0, 1); 0 where one of the two is empty.

    The weights are those of the first METEOR (alpha 0.9, beta 3, gamma 0.5). A text that equals its
    reference stays just below 1, since its one run of words is taken for a fragment.
    """
    return np.array(
        [_meteor(words(text), words(ref)) for text, ref in zip(texts, references, strict=True)]
    )


@lru_cache(maxsize=100_000)
def _meteor(text: tuple[str, ...], reference: tuple[str, ...]) -> float:
    if not text or not reference:
        return 0.0
    ours, theirs = list(text), list(reference)
    stemmer, wordnet = _CachedStemmer(), _NoSynonyms()
    return float(single_meteor_score(theirs, ours, str, stemmer, wordnet))
