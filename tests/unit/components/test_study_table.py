"""What the table sends to the browser and takes back from it."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, asdict, replace
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard.components import study_table
from dashboard.components.registration import bundle, read_asset

ROW = study_table.StudyRow(
    study_id=7,
    patient="DOE, JANE",
    patient_id="4711",
    age_sex="63 F",
    projections="PA, LAT",
    indication="cough",
    finding="pleural effusion",
    side="L",
    value=0.81,
    operating_point=0.55,
    certainty="present",
    status="drafted",
    status_label="drafted",
    study_time="2026-11-20 09:14",
    age_label="3 min",
    reader="",
    phantom=False,
    draft_state="",
)


class Mounted:
    """Stands in for Streamlit's mount: keeps what it was given."""

    def __init__(self) -> None:
        self.key = ""
        self.data: dict[str, Any] = {}
        self.callbacks: dict[str, Any] = {}

    def __call__(self, *, key: str, data: dict[str, Any], **callbacks: Any) -> None:
        self.key, self.data, self.callbacks = key, data, callbacks


@pytest.fixture
def mounted(monkeypatch: pytest.MonkeyPatch) -> Mounted:
    mount = Mounted()
    monkeypatch.setattr(study_table, "_mount", mount)
    return mount


def test_every_field_reaches_the_browser_in_order(mounted: Mounted) -> None:
    rows = [ROW, replace(ROW, study_id=3, value=None, operating_point=None)]
    study_table.show(rows, key="worklist", empty="No study.", on_open=lambda _: None)
    sent = json.loads(json.dumps(mounted.data))
    assert mounted.key == sent["key"] == "worklist"
    assert sent["empty"] == "No study."
    assert [line["study_id"] for line in sent["rows"]] == [7, 3]
    assert sent["rows"][0] == {**asdict(ROW), "side": {"letter": "L", "word": "left"}}
    assert sent["rows"][1]["value"] is None


@pytest.mark.parametrize(
    ("side", "letter", "word"),
    [
        ("L", "L", "left"),
        ("R", "R", "right"),
        ("B", "B", "both sides"),
        ("", "", ""),
        ("x", "", ""),
    ],
)
def test_a_side_has_a_letter_and_a_word(
    mounted: Mounted, side: str, letter: str, word: str
) -> None:
    study_table.show([replace(ROW, side=side)], key="k", empty="", on_open=lambda _: None)
    assert mounted.data["rows"][0]["side"] == {"letter": letter, "word": word}


@pytest.mark.parametrize(
    ("sent", "opened"),
    [
        ({"study_id": 7}, [7]),
        ({"study_id": "7"}, []),
        ({"study_id": True}, []),
        ({"study_id": None}, []),
        ({}, []),
        (None, []),
        ("7", []),
    ],
)
def test_only_a_number_opens(
    mounted: Mounted, monkeypatch: pytest.MonkeyPatch, sent: Any, opened: list[int]
) -> None:
    state = SimpleNamespace(session_state={"worklist": {"open": sent}})
    monkeypatch.setattr(study_table, "st", state)
    seen: list[int] = []
    study_table.show([ROW], key="worklist", empty="", on_open=seen.append)
    mounted.callbacks["on_open_change"]()
    assert seen == opened


def test_a_row_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        ROW.patient = "ROE"  # type: ignore[misc]


def test_the_browser_asks_only_for_words_that_exist(mounted: Mounted) -> None:
    study_table.show([], key="k", empty="", on_open=lambda _: None)
    markup, script = read_asset("study_table.html"), bundle("study_table.js")
    named = {part.split('"')[1] for part in markup.split("data-label")[1:]}
    used = {part.split(")")[0].split(",")[0] for part in script.split("labels.")[1:]}
    assert named <= set(mounted.data["labels"])
    assert used <= set(mounted.data["labels"])


def test_nothing_from_a_file_goes_in_as_markup() -> None:
    source = read_asset("study_table.js")
    assert not any(way in source for way in ("innerHTML", "outerHTML", "insertAdjacentHTML"))
