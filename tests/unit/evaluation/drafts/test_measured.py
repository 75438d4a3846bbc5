"""``measured.json``: what is written is read, what is damaged is told in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.domain.training_errors import EvaluationError
from core.evaluation.drafts.figures import BY_NAME, CRITICAL, FIGURES, HEADLINES
from core.evaluation.drafts.measured import (
    MEASURED,
    Difference,
    Measured,
    Role,
    System,
    evaluations,
    read_measured,
    write_measured,
)
from core.evaluation.drafts.stated import NAMES
from core.models.base import Interval

HALF = Interval(0.5, 0.25, 0.75, 12)


def made(folder: Path, made: str = "2026-01-01T00:00:00+00:00") -> Measured:
    system = System(
        name="one",
        title="One",
        role=Role.MODEL,
        digest="a" * 64,
        versions={"device": "cpu"},
        figures={"rouge_l": HALF, "side_accuracy": None},
        findings={
            "edema": {"precision": None, "recall": HALF, "f1": HALF, "positives": 3},
        },
    )
    return Measured(
        folder=folder,
        made=made,
        command="python -m core.evaluation drafts",
        corpus={"name": "made", "split": "validation", "samples": 12, "groups": 6},
        machine={"gpu": "none"},
        systems=(system,),
        differences=(Difference("one", "two", "rouge_l", Interval(-0.2, -0.3, -0.1, 12)),),
        not_measured={"semantic_similarity": "no encoder"},
    )


def test_what_was_written_is_read(tmp_path: Path) -> None:
    measured = made(tmp_path / "one")
    write_measured(measured)
    assert read_measured(tmp_path / "one") == measured
    assert [each.name for each in (tmp_path / "one").iterdir()] == [MEASURED]


@pytest.mark.parametrize(
    ("low", "high", "significant"), [(0.1, 0.2, True), (-0.2, -0.1, True), (-0.1, 0.1, False)]
)
def test_a_difference_is_significant_where_its_interval_leaves_zero_out(
    low: float, high: float, significant: bool
) -> None:
    found = Difference("a", "b", "rouge_l", Interval((low + high) / 2, low, high, 9))
    assert found.significant is significant


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"schema": 2}',
        "[" * 100_000,
        '{"schema": 1, "made": NaN}',
    ],
)
def test_a_damaged_file_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / MEASURED).write_text(content, encoding="utf-8")
    with pytest.raises(EvaluationError):
        read_measured(tmp_path)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("systems", 0, "figures", "rouge_l", "value"), "much"),
        (("systems", 0, "figures", "rouge_l", "low"), None),
        (("systems", 0, "role"), "judge"),
        (("systems", 0, "title"), 3),
        (("systems", 0, "findings", "edema"), {}),
        (("differences", 0, "interval"), None),
        (("machine",), []),
        (("corpus",), "made"),
    ],
)
def test_a_value_of_another_kind_is_told(
    tmp_path: Path, path: tuple[str | int, ...], wrong: object
) -> None:
    write_measured(made(tmp_path))
    document = json.loads((tmp_path / MEASURED).read_text(encoding="utf-8"))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = wrong
    (tmp_path / MEASURED).write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(EvaluationError, match="damaged"):
        read_measured(tmp_path)


def test_a_folder_without_figures_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="holds no figures"):
        read_measured(tmp_path / "nothing")


def test_evaluations_are_listed_newest_first_and_damaged_ones_are_named(tmp_path: Path) -> None:
    for name, year in (("old", "2025"), ("new", "2026")):
        write_measured(made(tmp_path / name, f"{year}-01-01T00:00:00+00:00"))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / MEASURED).write_text("{", encoding="utf-8")
    (tmp_path / "not ended").mkdir()
    found, damaged = evaluations(tmp_path)
    assert [each.name for each in found] == ["new", "old"]
    assert damaged == ("broken",)
    assert evaluations(tmp_path / "nowhere") == ((), ())


def test_every_figure_has_one_name_and_a_definition() -> None:
    assert len(BY_NAME) == len(FIGURES)
    assert all(figure.definition and figure.title for figure in FIGURES)
    assert set(HEADLINES) <= set(BY_NAME)
    assert set(CRITICAL) <= set(NAMES)
