"""Figures of a system as a whole: what must be full, empty, undefined, or equal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.evaluation.drafts.each import quantile_of, share_of
from core.evaluation.drafts.figures import BY_NAME
from core.evaluation.drafts.scoring import Scored, Split, score
from core.evaluation.drafts.texts import Text
from core.evaluation.resampling import resample
from core.training.corpus.expected import answer_of, read_caption
from core.training.corpus.sample import Kind
from tests.unit.evaluation.drafts.made_split import CAPTIONS, NORMAL, asked, texts

FULL = (
    *(f"bleu_{order}" for order in (1, 2, 3, 4)),
    "rouge_l",
    *(f"{scope}_{rate}" for scope in ("micro", "macro", "critical")
      for rate in ("precision", "recall", "f1")),
    "side_accuracy",
    "instruction_all",
    "instruction_describe",
    "length_ratio",
)  # fmt: skip

GROUPS = np.array(list("abcd"))


def scored(written: list[str], captions: tuple[str, ...] = CAPTIONS) -> Scored:
    return score(texts("one", *written), Split.of(asked(*captions)))


def value(found: Scored, name: str) -> float | None:
    interval = found.figures[name].interval()
    return None if interval is None else interval.value


def test_texts_like_their_references_have_the_full_figures() -> None:
    found = scored(list(CAPTIONS))
    assert {name: value(found, name) for name in FULL} == pytest.approx(dict.fromkeys(FULL, 1.0))
    assert value(found, "unique_share") == 1.0


def test_every_figure_has_a_definition() -> None:
    assert set(scored(list(CAPTIONS)).figures) <= set(BY_NAME)


def test_empty_texts_have_nothing_and_no_precision() -> None:
    found = scored([""] * len(CAPTIONS))
    for name in ("bleu_1", "rouge_l", "cider_d", "micro_recall", "macro_f1", "length_ratio"):
        assert value(found, name) == 0.0, name
    assert value(found, "micro_precision") is None
    assert value(found, "side_accuracy") is None
    assert value(found, "instruction_all") == 0.0
    assert value(found, "unique_share") == pytest.approx(1 / len(CAPTIONS))


def test_a_system_that_denies_everything_finds_nothing() -> None:
    found = scored([NORMAL] * len(CAPTIONS))
    assert value(found, "micro_f1") == value(found, "macro_recall") == 0.0
    assert value(found, "micro_precision") is None
    recall = found.figures["micro_recall"].interval()
    assert recall is not None and recall.high > 0, "no finding of four is no proof of none"


def test_sides_that_are_swapped_are_all_wrong() -> None:
    swapped = [
        each.replace("left", "RIGHT").replace("ight", "LEFT") if "ight" not in each else
        each.replace("Right", "Left").replace("right", "left")
        for each in CAPTIONS
    ]  # fmt: skip
    found = scored([each.replace("RIGHT", "right") for each in swapped])
    assert value(found, "side_accuracy") == 0.0
    assert value(found, "micro_f1") == 1.0


def test_a_side_that_is_left_out_is_wrong() -> None:
    found = scored(["There is a pleural effusion."], ("Left pleural effusion.",))
    assert value(found, "side_accuracy") == 0.0


def test_without_positives_figures_of_findings_are_undefined_not_zero() -> None:
    found = scored(["There is a pneumothorax.", NORMAL], (NORMAL, "No acute abnormality."))
    for scope in ("micro", "macro", "critical"):
        for rate in ("precision", "recall", "f1"):
            assert value(found, f"{scope}_{rate}") is None
    assert not found.findings


def test_one_sample_is_measured() -> None:
    found = scored([CAPTIONS[0]], CAPTIONS[:1])
    assert value(found, "bleu_4") == 1.0
    assert value(found, "cider_d") is None
    assert value(found, "instruction_explain") is None


def test_macro_counts_a_finding_that_is_never_called_as_zero() -> None:
    found = scored(["Left effusion.", ""], ("Left effusion.", "Edema."))
    assert value(found, "macro_precision") == value(found, "macro_f1") == 0.5
    assert value(found, "micro_precision") == 1.0


def test_possible_counts_as_positive() -> None:
    found = scored(["Possible edema."], ("Edema.",))
    assert value(found, "micro_f1") == 1.0


def test_tamil_texts_are_compared_by_their_words() -> None:
    tamil = "இதயம் பெரிதாக உள்ளது. வலது நுரையீரல் தெளிவாக உள்ளது."
    found = scored([tamil, "Clear lungs."], (tamil, "Edema."))
    assert value(found, "bleu_1") is not None
    rouge = found.figures["rouge_l"].values[0]
    assert rouge == 0.5


def test_the_order_of_samples_does_not_matter() -> None:
    written = ["Left effusion.", NORMAL, "Edema.", "The heart is enlarged.", "", "Clear lungs."]
    split = Split.of(asked(*CAPTIONS))
    turned = Split(split.asked[::-1], split.weights[:, ::-1], split.groups[::-1])
    one, other = score(texts("a", *written), split), score(texts("a", *written)[::-1], turned)
    for name, each in one.figures.items():
        np.testing.assert_allclose(each.values, other.figures[name].values, err_msg=name)


def test_the_same_texts_have_the_same_intervals() -> None:
    first, second = (scored(["Edema."] * len(CAPTIONS)) for _ in range(2))
    assert [each.interval() for each in first.figures.values()] == [
        each.interval() for each in second.figures.values()
    ]


def of_kind(kind: Kind, caption: str, text: str) -> Scored:
    [of] = asked(caption, kind=kind)
    of = replace(of, reference=answer_of(kind, read_caption(caption)))
    return score(texts("one", text or of.reference), Split.of([of]))


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("name", ["consolidation", "edema", "pneumonia", "cardiomegaly"])
def test_an_answer_like_its_reference_tells_findings_right(kind: Kind, name: str) -> None:
    found = of_kind(kind, f"There is left {name}. There is a small left pleural effusion.", "")
    assert value(found, "micro_f1") == 1.0, "a definition states no finding of the film"


def test_a_finding_of_the_caption_that_the_answer_leaves_out_is_not_wrong() -> None:
    caption = "Left pneumothorax. There is edema."
    said = "Left pneumothorax. There is edema."
    assert value(of_kind(Kind.LOCATE, caption, said), "micro_precision") == 1.0
    assert value(of_kind(Kind.EXPLAIN, caption, said), "micro_precision") == 1.0
    wrong = of_kind(Kind.EXPLAIN, caption, "Left pneumothorax. There is a nodule.")
    assert value(wrong, "micro_precision") == 0.5


def test_no_hit_is_no_proof_of_none() -> None:
    wrong = scored(["There is a nodule."] * 12, ("There is edema.",) * 12)
    rates = (wrong.figures["micro_f1"], wrong.findings["edema"]["f1"])
    for each in rates:
        interval = each.interval()
        assert interval is not None and interval.value == interval.low == 0 < interval.high < 0.5
    often = scored(["There is a nodule. Left mass."] * 12, ("There is edema.",) * 12)
    high = often.figures["micro_f1"].interval()
    assert high is not None and high.high < rates[0].interval().high  # type: ignore[union-attr]


def test_cost_is_that_of_texts_that_did_not_fail() -> None:
    failed = Text("a", "s000", "", 90.0, failed="out_of_memory")
    written = [failed, *texts("a", "", "Edema there.", "Edema there.")[1:]]
    found = score(written, Split.of(asked("Edema is seen now.", "Edema.", "Edema.")))
    assert value(found, "seconds_p95") == pytest.approx(0.3)
    assert value(found, "seconds_median") == pytest.approx(0.2)
    assert value(found, "length_ratio") == 2.0
    assert value(found, "unique_share") == 0.5
    none = score([failed], Split.of(asked("Edema.")))
    for name in ("seconds_median", "seconds_p95", "unique_share", "length_ratio"):
        assert value(none, name) is None
    assert value(none, "failed_share") == 1.0


def test_a_text_that_failed_is_an_empty_one_and_is_counted() -> None:
    written = [Text("a", "s000", "", 1.0, failed="out_of_memory"), *texts("a", "", "Edema.")[1:]]
    found = score(written, Split.of(asked("Edema.", "Edema.")))
    assert value(found, "failed_share") == 0.5
    assert value(found, "micro_recall") == 0.5


def test_what_is_not_known_of_cost_is_undefined() -> None:
    found = scored(list(CAPTIONS))
    assert value(found, "tokens_per_second") is None
    assert value(found, "peak_memory_bytes") is None
    known = [Text("a", "s000", "Edema.", 2.0, tokens=6, memory_bytes=10**9)]
    found = score(known, Split.of(asked("Edema.")))
    assert value(found, "tokens_per_second") == 3.0
    assert value(found, "peak_memory_bytes") == 1e9


def test_quantiles_are_those_of_the_drawn_samples() -> None:
    seconds = np.array([3.0, 1.0, 2.0, 10.0])
    weights = np.array([[1.0, 1, 1, 1], [0, 4, 0, 0], [0, 0, 1, 3]])
    assert quantile_of(seconds, 0.5, weights, GROUPS, np.ones(4)).values.tolist() == [
        2.0,
        1.0,
        10.0,
    ]
    assert quantile_of(seconds, 0.95, weights, GROUPS, np.ones(4)).values.tolist() == [
        10.0,
        1.0,
        10.0,
    ]


def test_a_share_that_never_differs_has_the_interval_of_its_groups() -> None:
    groups = np.array(["a", "a", "b", "c"])
    found = share_of(np.ones(4), np.ones(4), resample(groups), groups).interval()
    assert found is not None
    assert found.value == 1.0
    assert 0.4 < found.low < 0.5  # Wilson's of 3 of 3, not of 4 of 4
