"""What maps, drawn lesions, failures and the gate take from the figures file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dashboard.components.models import (
    calibration,
    charts,
    drawn,
    failures,
    gate,
    location,
    shortcuts,
)
from dashboard.components.models.card import card_section, read_card
from dashboard.components.models.table import Cell
from tests.ui.figures_file import (
    CARD,
    gate_document,
    located,
    write_films,
)
from tests.unit.components import models_document
from tests.unit.components.models_document import text

document = models_document.document


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
