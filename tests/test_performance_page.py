"""The page of figures is what the generator makes of the measurements, and of nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.record import RESULTS, Ratio, Result, Spread, Table, publish, read, sentence, shown

RESULT = Result(
    name="draft",
    title="A draft",
    method=("One film.", "The peer is a sheet of paper."),
    tables=(Table("Milliseconds", ("what", "p50", "p95", "n"), (("draft", 12.34, 20.0, 5),)),),
    ratios=(Ratio("paper over draft", 20.0, 10.0, higher_is_better=True), Ratio("bare", 0.0312)),
    machine={"processor": "P", "cores": "2", "memory": "8 GiB", "system": "Linux"},
    versions={"python": "3.11.7", "numpy": "2.4.6"},
    day="2026-11-24",
)


def test_the_page_is_what_the_generator_makes_of_the_measurements() -> None:
    made = report.page(report.results_in(RESULTS))
    assert report.PAGE.read_text(encoding="utf-8") == made


def test_every_measurement_has_its_place_on_the_page() -> None:
    assert {path.stem for path in RESULTS.glob("*.json")} <= set(report.ORDER)
    scripts = Path(report.__file__).parent
    assert all((scripts / f"{name}.py").is_file() for name in report.ORDER)


def test_a_result_comes_back_as_it_was_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(RESULT, tmp_path)
    assert read(tmp_path / "draft.json") == RESULT
    assert json.loads((tmp_path / "draft.json").read_text())["command"] == (
        "python -m benchmarks.draft"
    )
    assert "| draft | 12.3 | 20.0 | 5 |" in capsys.readouterr().out


def test_the_page_says_ratio_figures_method_command_and_machine(tmp_path: Path) -> None:
    publish(RESULT, tmp_path)
    text = report.page(report.results_in(tmp_path))
    for part in (
        "## A draft",
        "- paper over draft: **20.0**; aim at least 10.0: met.",
        "- bare: **0.031**.",
        "| draft | 12.3 | 20.0 | 5 |",
        "One film. The peer is a sheet of paper.",
        "`python -m benchmarks.draft`",
        "- draft: P, 2 cores, 8 GiB of memory, Linux; python 3.11.7, numpy 2.4.6; 2026-11-24.",
    ):
        assert part in text
    assert "Nothing was measured yet" not in text


def test_a_missed_aim_is_called_missed() -> None:
    assert sentence(Ratio("a", 9.9, 10.0, higher_is_better=True)).endswith("at least 10.0: missed.")
    assert sentence(Ratio("a", 1.3, 1.2)).endswith("at most 1.20: missed.")
    assert sentence(Ratio("a", 1.2, 1.2)).endswith("at most 1.20: met.")


def test_small_runs_are_not_published() -> None:
    with pytest.raises(SystemExit, match="draft"):
        report.page([replace(RESULT, small=True)])


def test_without_measurements_the_page_says_so(tmp_path: Path) -> None:
    assert "Nothing was measured yet." in report.page(report.results_in(tmp_path))


def test_spread_is_median_and_95th_percentile() -> None:
    spread = Spread.of([float(n) for n in range(100, 0, -1)], 1000)
    assert spread == Spread(p50=50_500.0, p95=96_000.0, n=100)
    assert Spread.of([3.0]) == Spread(3.0, 3.0, 1)


def test_figures_are_shown_short() -> None:
    assert [shown(value) for value in (1234.5, 12.34, 1.234, 0.01234, 0.0, 5000, "x")] == [
        "1,234",
        "12.3",
        "1.23",
        "0.012",
        "0.00",
        "5,000",
        "x",
    ]
