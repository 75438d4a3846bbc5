"""What the Python wrappers hand to the browser and take from it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components import findings_panel, report_editor, triggers, viewer

FILM = viewer.FilmView(
    instance_id=3,
    url="/api/v1/instances/3/pixels",
    rows=2500,
    columns=2048,
    window_center=2000,
    window_width=3500,
    window_function="SIGMOID",
    monochrome1=True,
    spacing_mm=(0.168, 0.17),
    label="PA",
    phantom=True,
)
ROW = findings_panel.FindingRow(
    name="pleural effusion",
    label="pleural effusion",
    laterality="bilateral",
    value=0.81,
    operating_point=0.5,
    uncertain_point=0.3,
    certainty="present",
    calibrated=True,
    tooltip="",
    has_map=True,
)
REPORT: dict[str, Any] = {
    "study_id": 7,
    "url": "/api/v1/studies/7/report",
    "sections": {"findings": "Clear."},
    "version": 4,
    "typed": True,
    "read_only": False,
    "draft_sentences": [report_editor.DraftSentenceView("Clear.", "findings", ("no finding",))],
    "checks_open": 1,
    "can_sign": True,
    "pdf_url": "/api/v1/studies/7/report.pdf",
    "key": "editor",
}


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Arguments of the last component that was mounted."""
    given: dict[str, Any] = {}
    for module in (viewer, findings_panel, report_editor):
        monkeypatch.setattr(module, "_mount", lambda **arguments: given.update(arguments))
    return given


def test_the_viewer_hands_over_films_and_maps(mounted: dict[str, Any]) -> None:
    map_ = viewer.MapView("mass", 3, "/api/v1/evidence/9.png", "mass: model attention", False)

    viewer.show([FILM], [map_], height_css="50vh", key="viewer")

    data = json.loads(json.dumps(mounted["data"]))
    assert data["films"][0]["spacing_mm"] == [0.168, 0.17]
    assert data["films"][0]["window_function"] == "SIGMOID"
    assert data["maps"][0]["label"] == "mass"
    assert (mounted["key"], data["height"]) == ("viewer", "50vh")


@pytest.mark.parametrize(
    ("laterality", "letter"), [("left", "L"), ("right", "R"), ("bilateral", "B"), (None, "")]
)
def test_the_panel_letters_the_side(
    mounted: dict[str, Any], laterality: str | None, letter: str
) -> None:
    row = findings_panel.FindingRow(**{**ROW.__dict__, "laterality": laterality})

    findings_panel.show([row], not_assessed=["free air"], key="panel")

    assert mounted["data"]["rows"][0]["side"]["letter"] == letter


def test_the_panel_counts_what_it_folds(mounted: dict[str, Any]) -> None:
    absent = findings_panel.FindingRow(**{**ROW.__dict__, "certainty": "absent"})

    findings_panel.show([ROW, absent, absent], not_assessed=[], key="panel")

    assert mounted["data"]["labels"]["folded"] == "+ 2 absent"


def test_a_panel_without_numbers_does_not_speak_of_operating_points(
    mounted: dict[str, Any],
) -> None:
    stated = findings_panel.FindingRow(
        **{**ROW.__dict__, "value": None, "operating_point": None, "certainty": "absent"}
    )

    findings_panel.show([stated], not_assessed=[], key="panel")
    assert mounted["data"]["labels"]["none_positive"] == "The text states no finding."

    findings_panel.show([ROW, stated], not_assessed=[], key="panel")
    assert "operating point" in mounted["data"]["labels"]["none_positive"]


def test_the_editor_hands_over_all_five_sections(mounted: dict[str, Any]) -> None:
    report_editor.show(**REPORT)

    sections = {**dict.fromkeys(report_editor.SECTIONS, ""), "findings": "Clear."}
    assert mounted["data"]["sections"] == sections
    assert mounted["data"]["version"] == 4
    assert mounted["data"]["report_saves"] is False


@pytest.mark.parametrize(
    ("count", "text"), [(0, "no open check"), (1, "1 open check"), (2, "2 open checks")]
)
def test_the_editor_counts_open_checks(mounted: dict[str, Any], count: int, text: str) -> None:
    report_editor.show(**{**REPORT, "checks_open": count})

    assert mounted["data"]["checks"] == {"count": count, "text": text}


@pytest.mark.parametrize(
    ("sent", "called_with"),
    [({"version": 5}, [5]), ({"version": "5"}, []), ({}, []), (None, []), ("5", [])],
)
def test_signing_takes_the_version_that_the_browser_saved(
    mounted: dict[str, Any], monkeypatch: pytest.MonkeyPatch, sent: Any, called_with: list[int]
) -> None:
    calls: list[int] = []
    state = SimpleNamespace(session_state={"editor": {"sign": sent}})
    monkeypatch.setattr(triggers, "st", state)
    report_editor.show(**REPORT, on_sign=calls.append)

    mounted["on_sign_change"]()

    assert calls == called_with


def test_going_on_calls_back(mounted: dict[str, Any]) -> None:
    calls: list[str] = []
    report_editor.show(**REPORT, on_next=lambda: calls.append("next"))

    mounted["on_next_change"]()

    assert calls == ["next"]


def test_the_three_mount_on_one_page() -> None:
    def page() -> None:
        from dashboard.components import findings_panel, report_editor, viewer

        viewer.show([], [], height_css="50vh", key="viewer")
        findings_panel.show([], not_assessed=[], state="The draft is awaited.", key="panel")
        report_editor.show(
            study_id=1, url="/r", sections={}, version=0, typed=False, read_only=False,
            draft_sentences=[], checks_open=0, can_sign=False, pdf_url="/p", key="editor",
        )  # fmt: skip

    app = AppTest.from_function(page).run(timeout=10)

    assert not app.exception
    assert len(app.main.children) == 3
