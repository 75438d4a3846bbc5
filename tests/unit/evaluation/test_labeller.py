"""The figures of the report labeller (all reports written for the test)."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import pytest

from core.domain.errors import TrainingError
from core.evaluation import labeller

HEADER = "uid,findings,impression,mesh_major\n"
ROWS = (
    "Left pleural effusion.,Effusion.,Pleural Effusion/left\n",
    "No effusion.,,Pleural Effusion/right\n",
    "Possible effusion.,,normal\n",
    "The lungs are clear.,,normal\n",
    "Left effusion.,,No Indexing\n",
)


def _reports(folder: Path, copies: int = 1) -> Path:
    path = folder / "reports.csv"
    rows = [row for _ in range(copies) for row in ROWS]
    path.write_text(HEADER + "".join(f"{number},{row}" for number, row in enumerate(rows)))
    return path


def test_figures_count_what_is_said_against_what_is_coded(tmp_path: Path) -> None:
    reports = labeller.read_reports(_reports(tmp_path))
    assert len(reports) == 4  # nobody has coded the fifth
    figures = labeller.measure(reports)["all"]
    row = figures["present or uncertain"]["findings"]["pleural effusion"]
    assert (row["cases"], row["called"]) == (2, 2)
    assert [row[each]["value"] for each in ("precision", "recall", "f1")] == [0.5, 0.5, 0.5]
    alone = figures["present alone"]["findings"]["pleural effusion"]
    assert (alone["called"], alone["precision"]["value"], alone["f1"]["value"]) == (
        1, 1.0, pytest.approx(2 / 3),
    )  # fmt: skip
    assert figures["sides"] == {"sided": 1, "agree": 1}
    assert figures["present or uncertain"]["macro_f1"] is None  # too few cases for a mean


def test_the_mean_is_over_findings_with_enough_cases(tmp_path: Path) -> None:
    figures = labeller.measure(labeller.read_reports(_reports(tmp_path, copies=10)))
    whole = figures["all"]["present or uncertain"]
    assert whole["macro_over"] == ["pleural effusion"]
    macro, micro = whole["macro_f1"], whole["micro_f1"]
    assert macro["low"] < macro["value"] == micro["value"] == 0.5 < macro["high"]
    halves = [figures[part]["reports"] for part in (labeller.DEVELOPMENT, labeller.UNSEEN)]
    assert sum(halves) == figures["all"]["reports"] == 40
    assert min(halves) > 10


def test_figures_are_logged_as_a_table_and_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    figures = labeller.measure(labeller.read_reports(_reports(tmp_path)))
    with caplog.at_level(logging.INFO):
        labeller.log_figures(figures)
    assert any(line.startswith("| pleural effusion | 2 | 2 | 0.500") for line in caplog.messages)
    labeller.write_figures(figures, tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text()) == figures


@pytest.mark.parametrize("text", [None, "uid,findings\n1,Effusion.\n"], ids=["no file", "no codes"])
def test_a_file_that_cannot_be_scored_is_one_sentence(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "reports.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(TrainingError):
        labeller.read_reports(path)


@pytest.mark.slow
@pytest.mark.films
def test_real_reports_are_read_as_coded() -> None:
    path = Path(os.environ["OVERREAD_TEST_DATA"]) / "text" / "iu_reports.csv"
    if not path.exists():
        pytest.skip("no coded reports in OVERREAD_TEST_DATA")
    figures = labeller.measure(labeller.read_reports(path))
    assert figures[labeller.UNSEEN]["present or uncertain"]["macro_f1"]["value"] >= 0.85
    assert figures["median_milliseconds"] < 5
