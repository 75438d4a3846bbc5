"""From the texts of a system to its figures, each in every resample.

All systems are scored under the same resamples, so that differences of their figures are paired by
group. What the names mean stands in `core.evaluation.drafts.figures`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core.evaluation.drafts import stated
from core.evaluation.drafts.cider import cider_d
from core.evaluation.drafts.each import (
    Each,
    fixed,
    mean_of,
    number_of,
    quantile_of,
    ratio_of,
    share_of,
)
from core.evaluation.drafts.figures import CRITICAL
from core.evaluation.drafts.rules import kept
from core.evaluation.drafts.texts import Asked, Text
from core.evaluation.drafts.words import (
    ORDERS,
    bleu_counts,
    bleu_each,
    meteor_exact_stem,
    rouge_l,
    words,
)
from core.evaluation.resampling import Floats, hits_of, resample
from core.training.corpus.sample import Kind

RATES = ("precision", "recall", "f1")
Similarity = Callable[[Sequence[str], Sequence[str]], npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Split:
    """The samples that all systems answered, and the resamples over their groups."""

    asked: tuple[Asked, ...]
    weights: Floats
    groups: npt.NDArray[np.str_]

    @classmethod
    def of(cls, asked: Sequence[Asked]) -> Split:
        groups = np.array([each.group for each in asked])
        return cls(tuple(asked), resample(groups), groups)

    @property
    def references(self) -> list[str]:
        return [each.reference for each in self.asked]


@dataclass(frozen=True)
class Scored:
    """Figures by name. ``findings`` has for each finding with a positive its rates by name."""

    figures: Mapping[str, Each]
    findings: Mapping[str, Mapping[str, Each]] = field(default_factory=dict)


def score(texts: Sequence[Text], split: Split, similarity: Similarity | None = None) -> Scored:
    """Score the texts of one system.

    Parameters
    ----------
    texts : sequence of Text
        One for each sample of the split, in its order; a text that failed is an empty one.
    similarity : callable or None
        From texts and references to a number each; without it that figure is left out.
    """
    written = [each.text for each in texts]
    said = stated.compare(written, split.asked)
    counts = stated.count(said, split.weights)
    figures = {
        **_of_words(written, split),
        **_of_findings(said, counts, split),
        "side_accuracy": share_of(said.right, said.sided, split.weights, split.groups),
        **_of_instructions(written, split),
        **_of_cost(texts, split),
    }
    if similarity is not None:
        alike = similarity(written, split.references)
        figures["semantic_similarity"] = mean_of(alike, split.weights, split.groups)
    return Scored(figures, _by_finding(said, counts, split))


# --- words --------------------------------------------------------------------------------------


def _of_words(written: Sequence[str], split: Split) -> dict[str, Each]:
    weights, references, groups = split.weights, split.references, split.groups
    counts = bleu_counts(written, references)
    ciders = cider_d([words(each) for each in written], [words(each) for each in references])
    behind = (len(split.asked), number_of(groups))
    undefined = Each(np.full(len(weights), np.nan), *behind)
    meteors = meteor_exact_stem(written, references)
    return {
        **{
            f"bleu_{order}": Each(bleu_each(counts, weights, order), *behind)
            for order in range(1, ORDERS + 1)
        },
        "rouge_l": mean_of(rouge_l(written, references), weights, groups),
        "meteor_exact_stem": mean_of(meteors, weights, groups),
        "cider_d": undefined if ciders is None else mean_of(ciders, weights, groups),
    }


# --- findings -----------------------------------------------------------------------------------


def _of_findings(said: stated.Said, counts: stated.Counts, split: Split) -> dict[str, Each]:
    five = [stated.NAMES.index(name) for name in CRITICAL]
    every = range(len(stated.NAMES))
    figures: dict[str, Each] = {}
    for scope, columns in (("micro", every), ("critical", five)):
        figures |= {
            f"{scope}_{rate}": each for rate, each in _rates(said, counts, columns, split).items()
        }
    behind = (int(said.truth.sum()), number_of(split.groups[said.truth.any(axis=1)]))
    return figures | {f"macro_{rate}": Each(counts.macro(rate), *behind) for rate in RATES}


def _by_finding(
    said: stated.Said, counts: stated.Counts, split: Split
) -> dict[str, dict[str, Each]]:
    return {
        name: _rates(said, counts, [column], split)
        for column, name in enumerate(stated.NAMES)
        if said.truth[:, column].any()
    }


def _rates(
    said: stated.Said, counts: stated.Counts, columns: Sequence[int], split: Split
) -> dict[str, Each]:
    chosen = list(columns)
    together = counts.of(chosen)
    told, truth = said.told[:, chosen], said.truth[:, chosen]
    among = {"precision": told, "recall": truth, "f1": truth}
    rates: dict[str, Each] = {}
    for rate, tries in among.items():
        values = together.rate(rate)[:, 0]
        if int(truth.sum()) == 0:
            # Without a positive, neither finding it nor missing it can be seen.
            values = np.full(len(values), np.nan)
        groups = number_of(split.groups[tries.any(axis=1)])
        rates[rate] = Each(values, int(tries.sum()), groups, share=rate != "f1")
    f1, most = rates["f1"], _most_f1(rates["recall"].groups, int(truth.sum()), int(told.sum()))
    return {**rates, "f1": replace(f1, most=most)}


def _most_f1(groups: int, cases: int, called: int) -> float | None:
    """Return how high F1 may be where nothing was found: that of Wilson's highest recall."""
    recall = hits_of(0, groups)
    if recall is None:
        return None
    hits = recall.high * cases
    return 2 * hits / (cases + max(called, hits))


# --- instructions, cost -------------------------------------------------------------------------


def _of_instructions(written: Sequence[str], split: Split) -> dict[str, Each]:
    judged = [kept(asked, text) for asked, text in zip(split.asked, written, strict=True)]
    hits = np.array([each is True for each in judged], float)
    among = np.array([each is not None for each in judged], float)
    kinds = np.array([each.kind for each in split.asked])
    named = {f"instruction_{kind.value}": kinds == kind.value for kind in Kind}
    named["instruction_all"] = np.ones(len(kinds), np.bool_)
    return {
        name: share_of(hits * inside, among * inside, split.weights, split.groups)
        for name, inside in named.items()
    }


def _of_cost(texts: Sequence[Text], split: Split) -> dict[str, Each]:
    weights, groups = split.weights, split.groups
    whole = np.array([not each.failed for each in texts], float)
    occurs = Counter(each.text for each in texts if not each.failed)
    # The sum of 1 / (how often a text occurs) is the number of different texts.
    parts = np.array([0.0 if each.failed else 1 / occurs[each.text] for each in texts])
    seconds = np.array([each.seconds for each in texts])
    lengths = np.array([len(words(each.text)) for each in texts], float)
    wanted = np.array([len(words(each)) for each in split.references], float)
    return {
        "unique_share": ratio_of(parts, whole, weights, groups),
        "length_ratio": ratio_of(lengths * whole, wanted * whole, weights, groups),
        "failed_share": share_of(1 - whole, np.ones(len(texts)), weights, groups),
        "seconds_median": quantile_of(seconds, 0.5, weights, groups, whole),
        "seconds_p95": quantile_of(seconds, 0.95, weights, groups, whole),
        **_known_of_cost(texts, seconds, split),
    }


def _known_of_cost(texts: Sequence[Text], seconds: Any, split: Split) -> dict[str, Each]:
    weights = split.weights
    held = [each.memory_bytes for each in texts if each.memory_bytes]
    counted = np.array([each.tokens or 0 for each in texts], float)
    undefined = Each(np.full(len(weights), np.nan), 0)
    spent = seconds * (counted > 0)
    return {
        "peak_memory_bytes": fixed(max(held), weights, len(held)) if held else undefined,
        "tokens_per_second": ratio_of(counted, spent, weights, split.groups),
    }
