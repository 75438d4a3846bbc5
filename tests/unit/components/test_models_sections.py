"""What the table, the baselines and the charts of the Models page take from the figures file."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from dashboard.components.models import (
    baselines,
    calibration,
    findings,
    head,
)
from dashboard.components.models.table import Cell, table_html
from tests.ui.figures_file import (
    FINDINGS,
)
from tests.unit.components import models_document
from tests.unit.components.models_document import text

document = models_document.document

EMPTY: dict[str, Any] = {"findings": {"hernia": {}}, "baselines": {"val": {"x": {}}}}


def test_the_head_gives_four_figures_each_with_its_interval(document: dict[str, Any]) -> None:
    val, across, error, pointing = head.big_figures(document)
    mean = document["mean_nih_auroc"]
    assert val[0] == f"{mean['value']:.2f}"
    assert val[1] == f"95 % interval {mean['low']:.2f} to {mean['high']:.2f}"
    assert "unseen NIH patients" in val[2] and f"{mean['cases']} films" in val[2]
    assert "3 folds" in across[2]
    assert error[1].startswith("range ") and "3 calibrated findings" in error[2]
    assert "48 maps of lung opacity" in pointing[2] and "mean box" in pointing[2]


def test_the_head_of_a_file_with_nothing_has_no_figures() -> None:
    assert head.big_figures(EMPTY) == []
    assert head.big_figures({}) == []


def test_the_table_of_findings_counts_what_each_word_meant(document: dict[str, Any]) -> None:
    table = findings.findings_table(document)
    assert [text(row[0]) for row in table.rows] == list(FINDINGS)
    assert all(len(row) == len(table.heads) for row in table.rows)
    assert sum(width for _, width in table.groups) == len(table.heads)
    effusion = document["findings"]["pleural effusion"]
    present = effusion["certainties"]["val"]["present"]
    row = table.rows[FINDINGS.index("pleural effusion")]
    assert text(row[1]) == f"{effusion['positives']} of {films(effusion)}"
    assert text(row[8]) == f"{present['had']} of {present['films']}"
    assert text(row[-1]).startswith("probability at 0.")
    assert text(table.rows[FINDINGS.index("hernia")][-1]) == "score, not calibrated"


def test_a_finding_with_few_positives_is_marked_and_not_drawn(document: dict[str, Any]) -> None:
    few = dict(json.loads(json.dumps(document)))
    entry = few["findings"]["hernia"]
    entry |= {"positives": 1, "auroc": {"value": 0.9, "low": 0.85, "high": 0.92, "cases": 1}}
    row = findings.findings_table(few).rows[FINDINGS.index("hernia")]
    assert isinstance(row[1], Cell) and row[1].note == "too few to judge"
    row = findings.findings_table(few).rows[FINDINGS.index("cardiomegaly")]
    assert isinstance(row[1], Cell) and row[1].note == ""
    drawn_rows = {(row["label"], row["series"]) for row in findings.auroc_rows(few)}
    assert ("hernia", "unseen patients") not in drawn_rows
    assert ("cardiomegaly", "unseen patients") in drawn_rows


def test_a_series_has_one_colour_in_every_section(document: dict[str, Any]) -> None:
    first = "unseen patients"
    assert findings.auroc_rows(document)[0]["series"] == first
    assert baselines.baseline_rows(document)[0]["series"].startswith(first)
    assert calibration.reliability_rows(document)[0]["series"] == first


def test_sources_have_their_names(document: dict[str, Any]) -> None:
    first = findings.split_table(document).rows[0][0]
    assert first == Cell("nih_cxr14", "NIH ChestX-ray14")


def films(entry: dict[str, Any]) -> int:
    return int(entry["positives"] + entry["negatives"])


def test_an_entry_without_figures_is_a_line_of_dashes() -> None:
    assert "hernia" in table_html(findings.findings_table(EMPTY))
    assert findings.auroc_rows(EMPTY) == []


def test_the_export_holds_every_figure_to_its_ends(document: dict[str, Any]) -> None:
    [first, *_rest] = lines = list(csv.DictReader(io.StringIO(findings.findings_csv(document))))
    assert [line["finding"] for line in lines] == list(FINDINGS)
    entry = document["findings"][first["finding"]]
    assert float(first["auroc_low"]) == entry["auroc"]["low"]
    across = entry["cross_validation"]["auprc"]
    assert float(first["cross_validation_auprc_high"]) == across["high"]
    assert int(first["present_films"]) == entry["certainties"]["val"]["present"]["films"]
    assert first["side_accuracy_value"] == "" and first["calibrated"] == "true"


def test_a_name_that_a_spreadsheet_would_run_is_exported_as_text() -> None:
    assert "'=1+1" in findings.findings_csv({"findings": {"=1+1": {}}})


def test_the_chart_ranks_findings_by_cross_validation(document: dict[str, Any]) -> None:
    rows = findings.auroc_rows(document)
    across = [row["value"] for row in rows if row["series"] == "cross-validation"]
    assert across == sorted(across, reverse=True)
    assert all({"low", "high", "cases"} <= row.keys() for row in rows)


def test_baselines_are_beaten_or_not_in_words(document: dict[str, Any]) -> None:
    table = baselines.baseline_table(document)
    prevalence, regression = table.rows
    assert [text(cell) for cell in prevalence][::4] == ["prevalence alone", "yes", "yes"]
    assert text(regression[8]) == "no"  # in cross-validation it has the model's own scores
    assert [text(cell) for cell in baselines.baseline_table(EMPTY).rows[0][1:5]] == ["–"] * 4


def test_baselines_are_drawn_beside_a_model_on_the_same_films(document: dict[str, Any]) -> None:
    films = {key: len_of(document, *path) for key, path in MEANS.items()}
    rows = baselines.baseline_rows(document)
    assert rows[0]["label"] == "the model"
    assert {row["series"] for row in rows} == {
        f"unseen patients, {films['val']} films",
        f"cross-validation, {films['cross_fit']} films",
    }
    table = baselines.baseline_table(document).rows
    assert {(text(row[2]), text(row[6])) for row in table} == {
        (str(films["val"]), str(films["cross_fit"]))
    }
    assert baselines.on_other_films(document) == ""


def test_a_baseline_on_fewer_films_is_not_drawn_and_the_page_says_so(
    document: dict[str, Any],
) -> None:
    few = dict(json.loads(json.dumps(document)))
    name = "same network without pretraining"
    auroc = {"value": 0.7, "low": 0.6, "high": 0.8, "cases": 24}
    few["baselines"]["cross_fit"][name] = {"auroc": auroc, "difference": auroc, "beaten": True}
    assert name not in {row["label"] for row in baselines.baseline_rows(few)}
    [line] = [row for row in baselines.baseline_table(few).rows if text(row[0]) == name]
    assert [text(cell) for cell in line[5:7]] == ["0.70", "24"]
    assert baselines.on_other_films(few) == (
        "Not drawn, since the model's own dot is of other films: same network without "
        "pretraining (cross-validation, 24 films). The difference in the table is of those films."
    )


MEANS = {"val": ("mean_nih_auroc",), "cross_fit": ("cross_validation", "mean_nih_auroc")}


def len_of(document: dict[str, Any], *path: str) -> int:
    for key in path:
        document = document[key]
    return int(document["cases"])


def test_points_of_reliability_have_intervals_and_their_finding(document: dict[str, Any]) -> None:
    rows = calibration.reliability_rows(document)
    assert {row["finding"] for row in rows} == set(calibration.calibrated(document))
    assert "hernia" not in calibration.calibrated(document)
    assert all(row["low"] <= row["observed"] + 1e-3 <= row["high"] + 2e-3 for row in rows)
    assert calibration.reliability_rows(EMPTY) == []
