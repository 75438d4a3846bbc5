"""What each section of the Models page takes from the figures file."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from dashboard.components.models import (
    baselines,
    calibration,
    charts,
    drawn,
    failures,
    findings,
    gate,
    head,
    location,
    shortcuts,
)
from dashboard.components.models.card import card_section, read_card
from dashboard.components.models.table import Cell, table_html
from tests.ui.figures_file import (
    CARD,
    FINDINGS,
    gate_document,
    located,
    measured_document,
    write_films,
)

EMPTY: dict[str, Any] = {"findings": {"hernia": {}}, "baselines": {"val": {"x": {}}}}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    # As read from the file: what JSON cannot hold would be noticed.
    return dict(json.loads(json.dumps(measured_document())))


def text(cell: Cell | str) -> str:
    return cell if isinstance(cell, str) else cell.text


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


def test_no_map_beats_the_mean_box_and_the_page_says_so(document: dict[str, Any]) -> None:
    found = document["localisation"]
    assert location.verdict(found).startswith("No method's map beats the mean box")
    assert {row["series"] for row in location.pointing_rows(found)} >= {"mean box", "centre"}
    assert {row["label"] for row in location.pointing_rows(found)} == {"lung opacity, 48 films"}


def test_a_map_that_beats_the_mean_box_is_named() -> None:
    said = location.verdict(located(hit=1.0))
    assert "lung opacity (trained map, the map that a reader sees)" in said
    assert "cardiomegaly" not in said  # too few boxes, whatever they say


def test_maps_that_beat_the_mean_box_are_named_once_a_finding() -> None:
    rise = {"pointing_minus_mean_box": {"value": 0.2, "low": 0.1, "high": 0.3, "cases": 40}}
    methods = {"trained map": rise, "Grad-CAM": rise, "mean box": {}}
    finding = {"boxes": 40, "pooled": {"methods": methods}}
    said = location.verdict(
        {"least_boxes": 30, "default": "Grad-CAM", "findings": {"mass": finding}}
    )
    assert said == (
        "These maps beat the mean box at pointing: mass (trained map; Grad-CAM, the map that a "
        "reader sees)."
    )


def test_with_few_boxes_nothing_is_claimed() -> None:
    assert location.verdict({"least_boxes": 30}).startswith("No finding has 30 boxes")


def test_boxed_films_are_examples_and_another_folder_has_none(
    document: dict[str, Any], tmp_path: Path
) -> None:
    found = document["localisation"]
    assert location.examples(found, tmp_path) == []
    [shown] = location.examples(found, write_films(tmp_path / "films", document))
    assert shown.lines == ("lung opacity", "in the box")
    assert (shown.boxes[0].left, shown.boxes[0].height) == pytest.approx((0.1, 0.2))
    assert shown.mark == (0.25, 0.3)
    assert location.examples({}, tmp_path / "films") == []
    (tmp_path / "films" / "boxes.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert location.examples(found, tmp_path / "films") == []


def test_drawn_lesions_stand_beside_the_film_without_them(document: dict[str, Any]) -> None:
    [row] = drawn.kinds_table(document["drawn"]["composites"]["kinds"], "").rows
    assert text(row[0]) == "lung opacity" and " of 20" in text(row[1])
    points = document["drawn"]["composites"]["curve"]
    rows = drawn.curve_rows(points, ("auroc",))
    assert [row["size"] for row in rows] == [5.0, 10.0, 20.0, 30.0] * 2
    assert len(drawn.curve_rows(points, ("pointing_tolerant", "share"))) == 8


def test_masked_films_that_read_the_same_differ_by_zero(document: dict[str, Any]) -> None:
    [row] = shortcuts.masked_table(document).rows
    assert text(row[-1]) == "0.00"


def test_a_failure_names_its_operating_point(document: dict[str, Any]) -> None:
    for row in failures.failures_table(document).rows:
        number = row[2]
        assert isinstance(number, Cell) and number.text.startswith("probability ")
        assert number.note.startswith("operating point 0.")


def test_a_failure_does_not_read_as_its_operating_point() -> None:
    one = {"finding": "mass", "image": "a.png", "kind": "missed", "shown": 0.4981}
    entry = {"findings": {"mass": {"operating_point": 0.5}}, "worst": [one]}
    [row] = failures.failures_table(entry).rows
    assert row[2] == Cell("score 0.498", "operating point 0.500")


def test_points_of_one_finding_are_told_apart(document: dict[str, Any]) -> None:
    name = "cardiomegaly"
    entry = {**document["findings"][name], "uncertain_point": 0.497, "operating_point": 0.5}
    [row] = calibration.calibration_table({"findings": {name: entry}}).rows
    assert row[2:4] == ["0.497", "0.500"]


def test_the_gate_counts_what_passes_with_intervals() -> None:
    figures = gate_document()["figures"]
    rejects = gate.rejects_table(figures)
    assert [row[0] for row in rejects.rows] == ["nih_cxr14", "all"]
    assert rejects.rows[0][1:] == ["1 of 100", "0.00 to 0.03", "80"]
    unseen, learned = gate.drawn_tables(figures)
    assert unseen.rows == [["letter <scan>", "3 of 40", "0.03 to 0.20"]]
    assert learned.rows == [["hand", "0 of 40", "0.00 to 0.09"]]
    files = [(text(row[0]), text(row[1])) for row in gate.dicom_table(figures).rows]
    assert files == [("CR CHEST", "7 of 7"), ("CT HEAD", "1 of 7")]
    left = gate.left_out_table(figures).rows
    assert left == [["cannot be read", "2"], ["holds no image", "3"]]
    turned = {text(row[1]): text(row[3]) for row in gate.poses_table(figures).rows}
    assert turned["turned back"] == "96.7 %"
    most = {"poses": {"inverted": {"films": 3000, "called inverted": 2999, "refused": 1}}}
    assert [row[3] for row in gate.poses_table(most).rows] == ["over 99.9 %", "below 0.1 %"]
    nothing = [
        gate.rejects_table({}),
        gate.dicom_table({}),
        gate.left_out_table({}),
        gate.poses_table({}),
    ]
    assert not any(table.rows for table in (*nothing, *gate.drawn_tables({})))


def test_a_section_of_the_card_ends_where_the_next_begins(tmp_path: Path) -> None:
    assert card_section(CARD, "Intended use").endswith("No lateral films.")
    assert "clinic" in card_section(CARD, "Limits") and "Figures" not in card_section(
        CARD, "Limits"
    )
    assert card_section(CARD, "Nowhere") == ""
    assert read_card(None) == read_card(tmp_path / "none.md") == ""


def test_a_chart_makes_room_for_the_words_of_a_longer_language() -> None:
    def spec(label: str, *series: str, axis: str = "AUROC") -> dict[str, Any]:
        interval = {"value": 0.5, "low": 0.4, "high": 0.6, "cases": 9}
        return charts.intervals([{"label": label, "series": s, **interval} for s in series], axis)

    short, long = spec("mass", "a", "b"), spec("நுரையீரல் ஒளிபுகாமை, 125 படங்கள்", "a" * 40, "b" * 40)
    assert long["width"] > short["width"]
    legend = [one["layer"][-1]["encoding"]["color"]["legend"] for one in (short, long)]
    assert [one.get("columns") for one in legend] == [2, 1]
    title = spec("mass", "a", axis="share of films " * 8)["layer"][-1]["encoding"]["x"]["title"]
    assert len(title) == 2 and " ".join(title).startswith("share of films share")


def test_the_words_of_a_tooltip_are_those_of_the_interface() -> None:
    row = {"label": "mass", "series": "a", "value": 0.5, "low": 0.4, "high": 0.6, "cases": 9}
    tips = charts.intervals([row], "AUROC")["layer"][-1]["encoding"]["tooltip"]
    assert {tip["field"]: tip["title"] for tip in tips} == {
        "label": "name",
        "series": "series",
        "value": "value",
        "low": "from",
        "high": "to",
        "cases": "cases",
    }


def test_series_differ_in_shape_as_well_as_colour() -> None:
    rows = [
        {"label": "mass", "series": name, "value": 0.5, "low": 0.4, "high": 0.6, "cases": 9}
        for name in ("a", "b")
    ]
    encoding = charts.intervals(rows, "AUROC", mark=0.5)["layer"][-1]["encoding"]
    assert len(set(encoding["shape"]["scale"]["range"])) == 2
    assert len(set(encoding["color"]["scale"]["range"])) == 2
