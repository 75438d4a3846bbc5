"""Word figures against their libraries, sums made by hand, and properties that must hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU

from core.evaluation.drafts.cider import cider_d
from core.evaluation.drafts.words import (
    ORDERS,
    bleu_counts,
    bleu_each,
    meteor_exact_stem,
    rouge_l,
    words,
)
from core.evaluation.resampling import resample

TEXTS = ["The heart is enlarged.", "No effusion on the left", "", "Clear lungs, normal heart."]
REFERENCES = [
    "The heart is mildly enlarged.",
    "There is no left pleural effusion.",
    "Clear lungs.",
    "Clear lungs, normal heart.",
]
TAMIL = "இதயம் பெரிதாக உள்ளது. வலது நுரையீரல்"


def test_words_are_lower_cased_and_without_punctuation() -> None:
    assert words("Heart: 1.5 cm, (Left)!") == ("heart", "1.5", "cm", "left")


def test_words_of_another_script_stay_whole() -> None:
    assert words(TAMIL) == ("இதயம்", "பெரிதாக", "உள்ளது", "வலது", "நுரையீரல்")
    assert rouge_l([TAMIL], [TAMIL])[0] == 1.0


@pytest.mark.parametrize("order", range(1, ORDERS + 1))
def test_bleu_of_every_resample_is_that_of_the_library(order: int) -> None:
    library = BLEU(
        lowercase=True, max_ngram_order=order, smooth_method="none", effective_order=True
    )
    weights = resample(np.array(["a", "a", "b", "c"]), resamples=8)
    found = bleu_each(bleu_counts(TEXTS, REFERENCES), weights, order)
    for values, line in zip(found, weights, strict=True):
        drawn = np.repeat(np.arange(4), line.astype(int))
        texts, references = [TEXTS[n] for n in drawn], [REFERENCES[n] for n in drawn]
        assert values == pytest.approx(library.corpus_score(texts, [references]).score / 100)


def test_a_text_like_its_reference_has_the_full_figures() -> None:
    counts = bleu_counts(REFERENCES, REFERENCES)
    assert bleu_each(counts, np.ones((1, 4)), 4)[0] == pytest.approx(1.0)
    assert rouge_l(REFERENCES, REFERENCES).tolist() == [1.0] * 4
    # One run of n words is taken for a fragment of 1/n.
    sizes = np.array([len(words(each)) for each in REFERENCES])
    assert meteor_exact_stem(REFERENCES, REFERENCES) == pytest.approx(1 - 0.5 / sizes**3)


def test_empty_texts_have_nothing() -> None:
    empty = [""] * 4
    assert bleu_each(bleu_counts(empty, REFERENCES), np.ones((1, 4)), 1)[0] == 0.0
    assert not rouge_l(empty, REFERENCES).any()
    assert not meteor_exact_stem(empty, REFERENCES).any()


def test_bleu_without_any_reference_is_undefined() -> None:
    assert math.isnan(bleu_each(bleu_counts([""], [""]), np.ones((1, 1)), 4)[0])


def test_meteor_matches_stems_and_no_synonyms() -> None:
    # "effusions" and "effusion" have one stem; "large" and "big" are synonyms in WordNet.
    stems, synonyms = meteor_exact_stem(["large effusions", "big"], ["large effusion", "large"])
    assert stems == pytest.approx(1 - 0.5 * (1 / 2) ** 3)
    assert synonyms == 0.0


# --- CIDEr-D ------------------------------------------------------------------------------------


def cider(texts: list[str], references: list[str]) -> np.ndarray:
    found = cider_d([each.split() for each in texts], [each.split() for each in references])
    assert found is not None
    return found


def test_cider_of_two_samples_by_hand() -> None:
    # Document frequency of "a" is 2, so its weight is 0; all else weighs log 2. Unigrams of the
    # first pair: (b, c) and (b, d): clipped product log2^2, lengths sqrt(2) log 2 each: 1/2.
    # Bigrams: (a b), (b c) and (a b), (b d): 1/2. Trigrams: no match. Fourth order: none.
    found = cider(["a b c", "a e f"], ["a b d", "a e f"])
    assert found[0] == pytest.approx(10 * (1 / 2 + 1 / 2) / 4)
    assert found[1] == pytest.approx(10 * 3 / 4)


def test_cider_of_a_text_of_another_length_is_less_by_the_gaussian() -> None:
    # The text is its reference and two words that no reference holds: unigrams of weight log 2
    # (b c of the reference; b c x y of the text), and so on by order.
    found = cider(["b c x y", "e f"], ["b c", "e f"])
    gauss = math.exp(-(2**2) / (2 * 6**2))
    unigrams, bigrams = 2 / math.sqrt(2 * 4), 1 / math.sqrt(1 * 3)
    assert found[0] == pytest.approx(10 * gauss * (unigrams + bigrams) / 4)


def test_repeating_a_word_gains_nothing() -> None:
    references = ["left effusion seen here", "heart is quite large"]
    once, often = (cider([text, ""], references)[0] for text in ("effusion", "effusion effusion"))
    assert often <= once


def test_cider_is_undefined_where_no_weight_is_above_zero() -> None:
    assert cider_d([["a"]], [["a"]]) is None
    assert cider_d([["a"], ["b"]], [["a"], ["a"]]) is None


SENTENCES = st.lists(st.sampled_from("abcdef"), max_size=6).map(" ".join)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(SENTENCES, SENTENCES), min_size=2, max_size=6), st.randoms())
def test_figures_lie_in_their_bounds_and_do_not_depend_on_the_order(
    pairs: list[tuple[str, str]], chance: object
) -> None:
    texts, references = [text for text, _ in pairs], [reference for _, reference in pairs]
    found = cider_d([t.split() for t in texts], [r.split() for r in references])
    turned = cider_d([t.split() for t in texts[::-1]], [r.split() for r in references[::-1]])
    assert (found is None) == (turned is None)
    if found is not None and turned is not None:
        assert ((found >= 0) & (found <= 10 + 1e-9)).all()
        assert found == pytest.approx(turned[::-1])
    for order in (1, 4):
        ones = np.ones((1, len(texts)))
        score = bleu_each(bleu_counts(texts, references), ones, order)
        assert bleu_each(bleu_counts(texts[::-1], references[::-1]), ones, order) == pytest.approx(
            score, nan_ok=True
        )
