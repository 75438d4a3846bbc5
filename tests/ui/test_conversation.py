"""The conversation on the review page: the switch to it, what the panel is given, its maps."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.domain.reader import Reader
from core.models.drafter import TextAttention
from core.settings import load_settings
from dashboard.services.converse import Asked, ask
from dashboard.workspace import Workspace
from tests.integration.conftest import draft_next, take_in
from tests.integration.conversing import WRITER, Writer, answer_next
from tests.integration.test_report_life_cycle import write_and_sign
from tests.ui.conftest import component
from tests.ui.test_pages import open_page


@pytest.fixture
def study(place: Workspace, reader: Reader) -> int:
    study_id = take_in(place, reader).study_id
    draft_next(place)
    return study_id


def names(app: AppTest) -> set[str]:
    return {item.proto.component_name.split(".")[-1] for item in app.get("bidi_component")}


def test_the_report_stands_beside_the_film_until_the_conversation_is_asked_for(
    app: AppTest, study: int
) -> None:
    open_page(app, "review", study=str(study))
    assert "overread_report_editor" in names(app) and "overread_conversation" not in names(app)
    app.button_group[0].set_value("conversation").run()
    assert not app.exception
    assert app.query_params["beside"] == "conversation"
    assert "overread_conversation" in names(app) and "overread_report_editor" not in names(app)
    assert "overread_viewer" in names(app)


def test_the_address_opens_the_conversation(app: AppTest, study: int) -> None:
    open_page(app, "review", study=str(study), beside="conversation")
    panel = component(app, "conversation")
    assert panel["url"] == f"/api/v1/studies/{study}/chat" and not panel["signed"]
    assert panel["answerers"][0] == {
        "name": "",
        "label": "Embedded assistant",
        "note": "",
    }
    # A stand-in is offered because the model that drafts is one, too.
    assert WRITER in [item["name"] for item in panel["answerers"]]
    assert [item["code"] for item in panel["languages"]][:2] == ["en", "ta"]
    assert panel["language"] == "en"


def test_a_signed_report_can_be_explained(
    app: AppTest, study: int, place: Workspace, reader: Reader
) -> None:
    write_and_sign(place, study, reader)
    open_page(app, "review", study=str(study), beside="conversation")
    assert component(app, "conversation")["signed"] is True


def test_the_map_of_an_answer_reaches_the_viewer(
    app: AppTest, study: int, place: Workspace, reader: Reader
) -> None:
    grids = np.ones((1, 4, 4), np.float32)
    ask(place, study, Asked("Where?", model=WRITER), reader=reader)
    answer_next(place, Writer("x", attention=TextAttention(((0, 1),), grids)))
    open_page(app, "review", study=str(study), beside="conversation")
    drawn = [item for item in component(app, "viewer")["maps"] if item["finding"] == "answer:1"]
    assert [item["title"] for item in drawn] == ["Answer 1: model attention, not location"]
    assert drawn[0]["url"] == "/api/v1/answers/maps/1.png" and not drawn[0]["validated"]


def test_in_tamil_the_conversation_begins_in_tamil(
    app: AppTest, study: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERREAD_LANGUAGE", "ta")
    load_settings.cache_clear()
    open_page(app, "review", study=str(study), beside="conversation")
    # The settings of the process are Tamil; the workspace was opened before.
    panel = component(app, "conversation")
    assert panel["labels"]["conversation"] == "உரையாடல்"
