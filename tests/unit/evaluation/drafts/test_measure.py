"""From texts to ``measured.json``: systems in order, pairs, and the same figures once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.domain.training_errors import EvaluationError
from core.evaluation.drafts import evaluate
from core.evaluation.drafts.candidates import Answer, Candidate
from core.evaluation.drafts.figures import HEADLINES
from core.evaluation.drafts.measure import LEAST_GROUPS, differing, measure
from core.evaluation.drafts.measured import (
    MEASURED,
    Measured,
    Role,
    read_measured,
    write_measured,
)
from core.evaluation.drafts.report import REPORT, log_table, write_report
from core.evaluation.drafts.texts import Asked, Journal, Plan, Text, Texts, Writer, read_texts
from core.training.corpus.sample import Kind
from tests.unit.evaluation.drafts.made_split import CAPTIONS, NORMAL, QUESTION

MANY = CAPTIONS * 4
CORPUS = {"name": "made", "source": "made", "digest": "d" * 64, "split": "validation"}


def texts_of(written: Mapping[str, list[str]], captions: tuple[str, ...] = MANY) -> Texts:
    names = [f"s{place:03d}" for place in range(len(captions))]
    found = Texts(Plan(CORPUS, "python -m core.evaluation drafts", {"gpu": "none"}, {}))
    for name, caption in zip(names, captions, strict=True):
        found.samples[name] = Asked(
            name, f"g{name}", Kind.DESCRIBE.value, QUESTION, caption, caption
        )
    for system, words in written.items():
        role = Role.BASELINE if system.startswith("base") else Role.MODEL
        found.writers[system] = Writer(system, system.title(), role, "e" * 64, {})
        found.written[system] = {
            name: Text(system, name, text, 0.5) for name, text in zip(names, words, strict=False)
        }
    return found


def write(folder: Path, texts: Texts) -> None:
    with Journal(folder) as journal:
        for row in (texts.plan, *texts.samples.values(), *texts.writers.values()):
            journal.add(row)
        for written in texts.written.values():
            for text in written.values():
                journal.add(text)


@pytest.fixture
def two() -> Texts:
    return texts_of({"base": [NORMAL] * len(MANY), "model": list(MANY)})


def test_models_come_before_baselines_and_are_compared_in_pairs(two: Texts, tmp_path: Path) -> None:
    found = measure(tmp_path, two)
    assert [system.name for system in found.systems] == ["model", "base"]
    assert {(each.system, each.against) for each in found.differences} == {("model", "base")}
    assert {each.figure for each in found.differences} <= set(HEADLINES)
    by_name = {each.figure: each for each in found.differences}
    assert by_name["cider_d"].significant
    assert found.corpus["samples"] == found.corpus["groups"] == len(MANY)
    assert "semantic_similarity" in found.not_measured


def test_a_system_does_not_differ_from_itself(tmp_path: Path) -> None:
    found = measure(tmp_path, texts_of({"one": list(MANY), "two": list(MANY)}))
    assert found.differences
    assert not any(each.significant or each.interval.value for each in found.differences)


def test_a_system_that_has_not_ended_is_left_out(two: Texts, tmp_path: Path) -> None:
    two.written["model"].popitem()
    assert [system.name for system in measure(tmp_path, two).systems] == ["base"]
    two.written["base"].popitem()
    with pytest.raises(EvaluationError, match="no system"):
        measure(tmp_path, two)


def test_few_groups_are_not_compared(tmp_path: Path) -> None:
    few = MANY[: LEAST_GROUPS - 1]
    found = measure(tmp_path, texts_of({"one": list(few), "two": list(few)}, few))
    assert not found.differences
    assert "differences" in found.not_measured


def test_figures_of_few_groups_or_without_doubt_are_not_compared(tmp_path: Path) -> None:
    captions = ("Left pleural effusion.",) * 3 + (NORMAL,) * 21
    swapped = ["Right pleural effusion."] * 3 + ["Clear lungs."] * 10 + [NORMAL] * 11
    half = ["Left pleural effusion."] * 2 + ["Nothing."] * 22
    found = measure(tmp_path, texts_of({"one": swapped, "two": half}, captions))
    compared = {each.figure for each in found.differences}
    assert {"bleu_4", "rouge_l"} <= compared
    assert not compared & {"side_accuracy", "micro_f1", "macro_f1"}
    alike = measure(tmp_path, texts_of({"one": [NORMAL] * len(MANY), "two": list(MANY)}))
    assert not any(each.figure.endswith("_f1") for each in alike.differences)


def test_memory_that_no_model_has_is_told(two: Texts, tmp_path: Path) -> None:
    assert "peak_memory_bytes" in measure(tmp_path, two).not_measured
    two.written["model"] = {
        name: replace(each, memory_bytes=5, memory_of="gpu")
        for name, each in two.written["model"].items()
    }
    found = measure(tmp_path, two)
    assert "peak_memory_bytes" not in found.not_measured
    assert found.systems[0].versions["memory"] == "gpu"


def test_an_encoder_gives_the_likeness(two: Texts, tmp_path: Path) -> None:
    found = measure(tmp_path, two, lambda texts, _references: np.full(len(texts), 0.25))
    likeness = found.systems[0].figures["semantic_similarity"]
    assert likeness is not None and likeness.value == 0.25
    assert "semantic_similarity" not in found.not_measured


def test_figures_do_not_depend_on_the_order_of_the_lines(two: Texts, tmp_path: Path) -> None:
    turned = replace(
        two,
        samples=dict(reversed(two.samples.items())),
        written={name: dict(reversed(each.items())) for name, each in two.written.items()},
    )
    assert differing(measure(tmp_path, two), measure(tmp_path, turned)) == ()


def test_each_system_has_a_name_of_its_own() -> None:
    names = ("a", "a", "a-2", "nearest-neighbour", "a")
    found = evaluate._named_once([
        Candidate(Writer(name, name, Role.MODEL, "e" * 64, {}), lambda: lambda *_: Answer(""))
        for name in names
    ])  # fmt: skip
    assert [each.writer.system for each in found] == [
        "a", "a-3", "a-2", "nearest-neighbour-2", "a-4",
    ]  # fmt: skip


# --- again, and the report ----------------------------------------------------------------------


@pytest.fixture
def ended(two: Texts, tmp_path: Path) -> Measured:
    folder = tmp_path / "ended"
    write(folder, two)
    texts = read_texts(folder)
    assert texts is not None
    measured = measure(folder, texts)
    write_measured(measured)
    return measured


def test_what_is_measured_again_agrees_with_the_file(ended: Measured) -> None:
    before = (ended.folder / MEASURED).read_bytes()
    found, wrong = evaluate.again(ended.folder)
    assert wrong == ()
    assert [system.name for system in found.systems] == ["model", "base"]
    assert (ended.folder / MEASURED).read_bytes() == before


def test_what_does_not_agree_is_named(ended: Measured) -> None:
    lines = (ended.folder / "texts.jsonl").read_text(encoding="utf-8")
    changed = lines.replace('"text": "The heart is enlarged."', '"text": "The heart is small."')
    (ended.folder / "texts.jsonl").write_text(changed, encoding="utf-8")
    _found, wrong = evaluate.again(ended.folder)
    assert "model: rouge_l" in wrong
    assert "model: cardiomegaly" in wrong
    assert "model less base: cider_d" in wrong
    assert not any(each.startswith("base:") for each in wrong)


def test_texts_that_are_gone_are_told(ended: Measured) -> None:
    (ended.folder / "texts.jsonl").unlink()
    with pytest.raises(EvaluationError, match="holds no texts"):
        evaluate.again(ended.folder)


def test_the_report_holds_every_figure_and_no_text(
    ended: Measured, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    write_report(ended)
    log_table(ended)
    report = (ended.folder / REPORT).read_text(encoding="utf-8")
    assert "| macro F1 | 1.000 (every resample alike) |" in report
    assert "CIDEr-D: model less base +" in report
    for shown in (report, caplog.text):
        assert not any(caption in shown for caption in CAPTIONS)
    assert read_measured(ended.folder).systems == tuple(
        replace(each) for each in read_measured(ended.folder).systems
    )
