"""The figures of an evaluation of drafts: their names, what each is, and whose it is.

Every figure stands in ``measured.json`` by its name here, with an interval that was bootstrapped by
group (patient, or figure of an article). A figure that is undefined for a system (no sample has a
positive, no reference names a side) is ``None`` there; one that this machine could not give is left
out and named in ``not_measured``. Imports no torch.

References
----------
Papineni 2002 (BLEU), Post 2018 (sacrebleu), Lin 2004 (ROUGE-L), Banerjee 2005 (METEOR), Vedantam
2015 (CIDEr-D), Reimers 2019 (sentence embeddings by mean pooling), Irvin 2019 (findings of chest
radiographs from text, and the five of the CheXpert competition), Miura 2021 (micro F1 over these
five as a figure of drafted reports).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.domain.errors import N_

CRITICAL = ("atelectasis", "cardiomegaly", "consolidation", "edema", "pleural effusion")
"""The five of the CheXpert competition: chosen there for weight and frequency (Irvin 2019)."""


class Group(StrEnum):
    """What a figure is about."""

    WORDS = "words"
    FINDINGS = "findings"
    SIDES = "sides"
    INSTRUCTIONS = "instructions"
    COST = "cost"


class Better(StrEnum):
    """Which way is better; of some figures neither is."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes
    ----------
    unit : str
        Empty for a share or a score in [0, 1]; else ``s``, ``bytes``, ``tokens/s``, ``ratio``, or
        ``score`` for a number that may lie above 1 (CIDEr-D: at most 10).
    headline : bool
        Whether systems are compared in pairs on it.
    """

    name: str
    title: str
    group: Group
    definition: str
    source: str = ""
    unit: str = ""
    better: Better = Better.HIGHER
    headline: bool = False


_CORPUS_BLEU = N_(
    "Corpus BLEU with n-grams up to the number in its name: lower-cased, tokenizer 13a, effective "
    "order, no smoothing; in [0, 1]."
)
_MICRO = N_(
    "Over all pairs of sample and finding, read by the labeller; uncertain is positive. What the "
    "caption or a definition states beyond what was asked for is neither right nor wrong."
)
_MACRO = N_("Mean over the findings that an answer of the split must state; never found counts 0.")
_CRITICAL = N_("Micro over atelectasis, cardiomegaly, consolidation, edema and pleural effusion.")


def _bleu(order: int) -> Figure:
    return Figure(
        f"bleu_{order}",
        f"BLEU-{order}",
        Group.WORDS,
        _CORPUS_BLEU,
        "Papineni 2002; Post 2018",
        headline=order == 4,
    )


def _of_findings(name: str, title: str, definition: str) -> Figure:
    source = "Irvin 2019; Miura 2021" if definition == _CRITICAL else "Irvin 2019"
    headline = name.endswith("_f1")
    return Figure(name, title, Group.FINDINGS, definition, source, headline=headline)


_KIND = N_("Share of samples of this kind whose answer keeps the written rules of the kind.")

FIGURES: tuple[Figure, ...] = (
    *(_bleu(order) for order in (1, 2, 3, 4)),
    Figure(
        "rouge_l",
        "ROUGE-L",
        Group.WORDS,
        N_("Mean F-measure of the longest common subsequence, stemmed."),
        "Lin 2004",
        headline=True,
    ),
    Figure(
        "meteor_exact_stem",
        N_("METEOR, exact words and stems"),
        Group.WORDS,
        N_("Mean METEOR with exact and stem matches alone; lower than METEOR with synonyms."),
        "Banerjee 2005",
        headline=True,
    ),
    Figure(
        "cider_d",
        "CIDEr-D",
        Group.WORDS,
        N_(
            "Mean CIDEr-D with one reference a sample, document frequencies of the references of "
            "the split; 0 to 10."
        ),
        "Vedantam 2015",
        unit="score",
        headline=True,
    ),
    Figure(
        "semantic_similarity",
        N_("semantic similarity"),
        Group.WORDS,
        N_("Mean cosine of mean-pooled embeddings of text and reference by a named encoder."),
        "Reimers 2019",
    ),
    _of_findings("micro_precision", N_("micro precision"), _MICRO),
    _of_findings("micro_recall", N_("micro recall"), _MICRO),
    _of_findings("micro_f1", N_("micro F1"), _MICRO),
    _of_findings("macro_precision", N_("macro precision"), _MACRO),
    _of_findings("macro_recall", N_("macro recall"), _MACRO),
    _of_findings("macro_f1", N_("macro F1"), _MACRO),
    _of_findings("critical_precision", N_("critical five precision"), _CRITICAL),
    _of_findings("critical_recall", N_("critical five recall"), _CRITICAL),
    _of_findings("critical_f1", N_("critical five F1"), _CRITICAL),
    Figure(
        "side_accuracy",
        N_("side accuracy"),
        Group.SIDES,
        N_(
            "Share of findings whose side must be named, and found by the system, whose side is "
            "the same."
        ),
        headline=True,
    ),
    Figure("instruction_all", N_("instructions kept"), Group.INSTRUCTIONS, _KIND, headline=True),
    Figure("instruction_identify", N_("identify"), Group.INSTRUCTIONS, _KIND),
    Figure("instruction_describe", N_("describe"), Group.INSTRUCTIONS, _KIND),
    Figure("instruction_locate", N_("locate"), Group.INSTRUCTIONS, _KIND),
    Figure("instruction_explain", N_("explain"), Group.INSTRUCTIONS, _KIND),
    Figure(
        "unique_share",
        N_("unique texts"),
        Group.COST,
        N_(
            "Share of different texts among those that did not fail; near 0, one text was written "
            "for all."
        ),
        better=Better.NEITHER,
    ),
    Figure(
        "length_ratio",
        N_("length ratio"),
        Group.COST,
        N_("Words written per word of the references, of texts that did not fail."),
        unit="ratio",
        better=Better.NEITHER,
    ),
    Figure(
        "failed_share",
        N_("failed texts"),
        Group.COST,
        N_("Share of samples without a text: memory or time ran out. They count as empty texts."),
        better=Better.LOWER,
    ),
    Figure(
        "seconds_median",
        N_("seconds, median"),
        Group.COST,
        N_("Time for a text that did not fail."),
        unit="s",
        better=Better.LOWER,
    ),
    Figure(
        "seconds_p95",
        N_("seconds, 95th percentile"),
        Group.COST,
        N_(
            "Time for a text that did not fail; the first of a run includes what a model does once."
        ),
        unit="s",
        better=Better.LOWER,
    ),
    Figure(
        "peak_memory_bytes",
        N_("peak memory"),
        Group.COST,
        N_(
            "Most that the process held, from before the model was loaded to its last text: on the "
            "GPU, or resident without one, which are not compared. Models that are written one "
            "after another share a process, and what it did not give back counts for the next. "
            "Baselines have none."
        ),
        unit="bytes",
        better=Better.LOWER,
    ),
    Figure(
        "tokens_per_second",
        N_("tokens a second"),
        Group.COST,
        N_("Tokens written per second of writing, by the tokenizer of the model."),
        unit="tokens/s",
    ),
)
BY_NAME = {figure.name: figure for figure in FIGURES}
HEADLINES = tuple(figure.name for figure in FIGURES if figure.headline)
