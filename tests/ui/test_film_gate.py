"""The button that has a refused film drafted all the same."""

from __future__ import annotations

from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from core.domain.reader import Reader
from dashboard.components.messages import plain
from dashboard.workspace import Workspace
from tests.integration.conftest import draft_next, take_in
from tests.integration.gated_films import NO_CHEST, Gate, refused_study
from tests.ui.conftest import component, words
from tests.ui.test_pages import open_page

BUTTON = "Draft anyway"


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_a_refused_film_is_drafted_at_a_reader_s_request(
    app: AppTest, place: Workspace, reader: Reader
) -> None:
    study_id = refused_study(place, reader)
    open_page(app, "review", study=str(study_id))
    assert "does not look like a frontal chest film" in str(component(app, "findings_panel"))
    next(button for button in app.button if button.label == BUTTON).click().run()
    assert not app.exception and BUTTON not in labels(app)
    with place.look() as look:
        [act] = look.overrides.of_study(study_id)
    assert act.reader == place.reader().name
    draft_next(place, Gate(NO_CHEST))
    app.run()
    assert "drafted at a reader's request" in words(app) and BUTTON not in labels(app)
    # By whom, with what Markdown would read as markup kept from it, and when.
    told = next(item.value for item in app.caption if "request" in item.value)
    assert plain(act.reader) in told and plain(f"{act.at.astimezone():%Y-%m-%d %H:%M}") in told


def test_the_worklist_says_what_was_refused(app: AppTest, place: Workspace, reader: Reader) -> None:
    refused_study(place, reader)
    app.run()
    [row] = component(app, "study_table")["rows"]  # type: ignore[misc]
    assert row["draft_state"] == "not a frontal chest film" and not row["finding"]


def test_a_film_that_its_header_refuses_has_no_such_button(
    app: AppTest, place: Workspace, reader: Reader
) -> None:
    study_id = take_in(place, reader, ViewPosition="LL").study_id
    draft_next(place)
    open_page(app, "review", study=str(study_id))
    assert BUTTON not in labels(app)


def test_a_refusal_that_is_gone_meanwhile_is_said(
    app: AppTest, place: Workspace, reader: Reader
) -> None:
    """The page still shows the button when somebody else says that the patient is a child."""
    study_id = refused_study(place, reader)
    open_page(app, "review", study=str(study_id))
    with place.work() as work:
        work.session.execute(text("UPDATE studies SET patient_birth_date = '2020-01-01'"))
    next(button for button in app.button if button.label == BUTTON).click().run()
    assert not app.exception and "there is nothing to override" in app.error[0].value
    with place.look() as look:
        assert look.overrides.of_study(study_id) == ()


def test_the_button_outlives_the_sentence_that_was_stored(
    app: AppTest, place: Workspace, reader: Reader
) -> None:
    study_id = refused_study(place, reader)
    with place.work() as work:
        reworded = "UPDATE drafts SET warnings = replace(warnings, 'does not look', 'looked not')"
        work.session.execute(text(reworded))
    open_page(app, "review", study=str(study_id))
    assert "looked not" in str(component(app, "findings_panel")) and BUTTON in labels(app)


def test_a_draft_of_a_model_that_is_gone_is_still_shown(
    app: AppTest, place: Workspace, reader: Reader
) -> None:
    study_id = take_in(place, reader).study_id
    draft_next(place)
    with place.work() as work:
        work.session.execute(text("UPDATE drafts SET model_name = 'long-gone-1'"))
    open_page(app, "review", study=str(study_id))
    assert not app.exception
    assert component(app, "findings_panel")["rows"]
