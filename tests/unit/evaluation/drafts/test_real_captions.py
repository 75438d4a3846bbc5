"""Figures on captions as people write them, where a list of them is at hand."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from sacrebleu.metrics.bleu import BLEU

from core.evaluation.drafts.scoring import Split, score
from tests.unit.evaluation.drafts.made_split import asked, texts

MANY = 150


@pytest.fixture(scope="module")
def captions() -> list[str]:
    path = Path(os.environ["OVERREAD_TEST_DATA"]) / "text" / "roco_chest_captions.csv"
    if not path.is_file():
        pytest.skip("no list of ROCO captions in OVERREAD_TEST_DATA")
    with path.open(newline="", encoding="utf-8") as file:
        return [row["caption"] for row in csv.DictReader(file)][:MANY]


@pytest.mark.films
def test_captions_agree_with_themselves_and_less_with_each_other(captions: list[str]) -> None:
    split = Split.of(asked(*captions))
    own = score(texts("own", *captions), split).figures
    other = score(texts("other", *captions[1:], captions[0]), split).figures
    full = ("bleu_4", "rouge_l", "micro_f1", "macro_f1", "side_accuracy", "instruction_all")
    for name in full:
        assert own[name].values[0] == pytest.approx(1.0), name
        assert other[name].values[0] < 0.5, name
    assert own["cider_d"].values[0] > 9 > 1 > other["cider_d"].values[0]
    library = BLEU(lowercase=True, smooth_method="none", effective_order=True)
    turned = [*captions[1:], captions[0]]
    assert other["bleu_4"].values[0] == pytest.approx(
        library.corpus_score(turned, [captions]).score / 100
    )
