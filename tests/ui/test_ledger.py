"""The Ledger page: empty, with one signature, with many; natures, reasons, drift, the queue."""

from __future__ import annotations

from dataclasses import replace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from benchmarks.many_signatures import FINDINGS, VERSIONS, fill
from core.domain.reader import Reader
from core.domain.report import Sections
from dashboard.components.ledger import words as told
from dashboard.components.ledger.corrections import signed_html
from dashboard.services.ledger import ledger_page
from dashboard.workspace import Workspace
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import write_and_sign
from tests.ui.conftest import words
from tests.ui.test_pages import open_page

PARTS = ("overview", "corrections", "drift", "learn", "export")


@pytest.fixture
def many(place: Workspace) -> Workspace:
    """140 signed studies of two versions of a model; what is scored and signed moves late."""
    fill(place, 140)
    return place


@pytest.fixture
def study(place: Workspace, reader: Reader) -> int:
    study_id = take_in(place, reader).study_id
    draft_next(place)
    return study_id


@pytest.mark.parametrize("part", PARTS)
def test_an_empty_ledger_has_one_sentence_in_every_part(app: AppTest, part: str) -> None:
    open_page(app, "ledger", part=part)
    assert not app.exception and not app.error
    said = {
        "overview": "Nothing is signed yet.",
        "corrections": "Nothing is signed yet.",
        "drift": "No study was drafted yet",
        "learn": "No unsigned study of a patient has a draft",
        "export": "",
    }[part]
    assert said in words(app)


@pytest.mark.parametrize("part", PARTS)
def test_one_signature_is_told_in_every_part(
    app: AppTest, place: Workspace, reader: Reader, study: int, part: str
) -> None:
    write_and_sign(place, study, reader, Sections(findings="<b>Clear</b>.", impression="None."))
    open_page(app, "ledger", part=part)
    assert not app.exception and not app.error
    assert "<b>Clear</b>" not in words(app)
    if part == "overview":
        assert "signed against a draft" in words(app) and "data:image/svg+xml" in words(app)
    if part == "corrections":
        assert "&lt;b&gt;Clear" in words(app)
    if part == "drift":
        assert "Too few studies to tell: 1 of the 40" in words(app)


def test_the_figures_of_many_signatures_stand_by_version(app: AppTest, many: Workspace) -> None:
    open_page(app, "ledger", part="overview")
    assert not app.exception
    page = words(app)
    assert "<b>140</b>" in page and page.count("data:image/svg+xml") == 2
    for digest in VERSIONS:
        assert f"fake · {digest[:8]}" in page
    assert "All of these are phantoms" not in page


def test_a_planted_change_is_told_and_the_version_before_it_has_none(
    app: AppTest, many: Workspace
) -> None:
    open_page(app, "ledger", part="drift")
    assert not app.exception
    assert f"1 of {len(FINDINGS)} findings changed their level: {FINDINGS[0]} (2026-0" in words(app)
    assert app.selectbox(key="ledger_drift_finding").value == FINDINGS[0]
    earlier = ("fake", VERSIONS[0])
    app.selectbox(key="ledger_version").set_value((*earlier, *earlier)).run()
    assert f"The scores of no finding changed their level: {len(FINDINGS)}" in words(app)


def test_filters_narrow_the_corrections_and_go_back_to_their_first_page(
    app: AppTest, many: Workspace
) -> None:
    open_page(app, "ledger", part="corrections")
    assert "140 signed studies" in words(app)
    app.session_state["ledger_page"] = 3
    app.selectbox(key="ledger_nature").set_value("side").run()
    app.selectbox(key="ledger_finding").set_value(FINDINGS[1]).run()
    app.toggle(key="ledger_hidden_first").set_value(True).run()
    assert not app.exception and "ledger_page" not in app.session_state
    page = words(app)
    assert "140 signed studies" not in page
    if "No signed study has such" not in page:
        assert "written before the draft was seen" in page and "A small effusion" in page
    app.selectbox(key="ledger_reason").set_value("film_quality").run()
    assert "No signed study has such a correction." in words(app)


def test_phantoms_count_when_asked_for_once_there_are_real_studies(
    app: AppTest, many: Workspace
) -> None:
    with many.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE studies SET source = 'sample' WHERE id <= 40")
    open_page(app, "ledger", part="overview")
    assert "<b>100</b>" in words(app)
    app.toggle(key="ledger_phantoms").set_value(True).run()
    assert "<b>140</b>" in words(app) and "All of these are phantoms" not in words(app)
    with many.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE studies SET source = 'sample'")
    # As after a reload: what was counted before stands until the ledger changes.
    st.cache_data.clear()
    app.run()
    assert "<b>140</b>" in words(app) and "All of these are phantoms" in words(app)


def test_the_queue_opens_its_studies(app: AppTest, place: Workspace, study: int) -> None:
    open_page(app, "ledger", part="learn")
    assert not app.exception
    assert "Worth reading next" in words(app)
    [link] = [
        item
        for item in app.get("page_link")
        if "4711" in str(item.proto) or "1" in item.proto.label[:3]
    ]
    assert f"study={study}" in link.proto.query_string


def test_a_signature_whose_draft_was_never_revealed_names_the_model_of_its_reading(
    many: Workspace,
) -> None:
    item = ledger_page(many, size=1).items[0]
    bare = replace(item, signed=replace(item.signed, provenance={}))
    assert bare.reading is not None
    named = replace(bare, reading=replace(bare.reading, model="other-model"))
    assert "against other-model<" in signed_html(named)
    assert "against fake<" in signed_html(replace(bare, reading=None))


def test_natures_that_nobody_kept_are_told_as_such() -> None:
    assert told.nature("untold") == "nature not kept" and told.nature("side") == "side"
    assert told.version("m", "") == "m, version not kept"
    assert told.chance(0.0005) == "p < 0.001"
