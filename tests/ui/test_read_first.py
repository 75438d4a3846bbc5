"""Reading first on the review page: what is not there, and what comes with the reveal."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.draft import Draft
from core.domain.errors import StorageFullError
from core.domain.reader import Reader
from core.domain.reading import Reason
from core.domain.report import Sections
from dashboard.components import sign_dialog
from dashboard.services.edit_report import mark_opened, open_review, save_report
from dashboard.services.read_first import reveal
from dashboard.workspace import Workspace
from storage.repositories.reports import ReportRepository
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_readings import readings
from tests.ui.conftest import component, words


@pytest.fixture
def study(place: Workspace, reader: Reader) -> int:
    study_id = take_in(place, reader).study_id
    draft_next(place)
    return study_id


def open_page(app: AppTest, page: str, **query: str) -> AppTest:
    app.run()
    app.switch_page(f"../pages/{page}.py")
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def everything(app: AppTest) -> str:
    """All that the page sent to the browser."""
    return "\n".join(str(element.proto) for element in app.main) + words(app)


def telling(draft: Draft) -> set[str]:
    """What would give the draft away."""
    named = {item.name for item in draft.findings}
    warned = {warning.message for warning in draft.warnings}
    return {*named, *warned, *(item.text for item in draft.sentences), "/evidence/"}


def latest(place: Workspace, study_id: int) -> Draft:
    with place.look() as look:
        draft = look.drafts.latest(study_id)
    assert draft is not None and draft.maps and draft.sentences
    return draft


def test_nothing_of_the_draft_is_on_the_page_before_the_reveal(
    app: AppTest, place: Workspace, reader: Reader, study: int
) -> None:
    signs = telling(latest(place, study))
    open_page(app, "review", study=str(study), read="first")
    assert not app.exception and not app.error
    assert [sign for sign in signs if sign in everything(app)] == []
    assert "R reveals it" in str(component(app, "findings_panel")["state"])
    editor = component(app, "report_editor")
    assert editor["draft_hidden"] and editor["sections"]["findings"] == ""
    assert app.toggle(key="read_first_switch").value

    # What the editor's button and its key ask for, once the text is saved.
    reveal(place, study, reader=reader)
    app.run()
    assert [sign for sign in signs if sign not in everything(app)] == []
    assert component(app, "viewer")["maps"] and component(app, "findings_panel")["rows"]
    assert not component(app, "report_editor")["draft_hidden"]


def test_other_models_are_not_looked_at_either(app: AppTest, place: Workspace, study: int) -> None:
    signs = telling(latest(place, study))
    open_page(app, "review", study=str(study), read="first")
    open_page(app, "compare", study=str(study))
    assert "hidden until its reader reveals it" in words(app)
    assert [sign for sign in signs if sign in everything(app)] == []


def test_the_switch_is_off_and_leaves_what_was_seen(
    app: AppTest, place: Workspace, study: int
) -> None:
    open_page(app, "review", study=str(study))
    switch = app.toggle(key="read_first_switch")
    assert not switch.value
    switch.set_value(True).run()
    assert component(app, "findings_panel")["rows"]
    assert app.query_params["read"] == "first"
    app.toggle(key="read_first_switch").set_value(False).run()
    assert "read" not in app.query_params


def test_the_worklist_names_no_finding_of_an_unread_study(
    app: AppTest, place: Workspace, reader: Reader, study: int
) -> None:
    other = take_in(place, reader, StudyInstanceUID="1.2.9", SOPInstanceUID="1.2.9.1").study_id
    draft_next(place)
    open_page(app, "review", study=str(study), read="first")
    open_page(app, "worklist")
    rows = {row["study_id"]: row for row in component(app, "study_table")["rows"]}
    assert [rows[number]["finding"] for number in (study, other)] == ["", ""]
    assert rows[other]["value"] is None
    open_page(app, "review", study=str(other))
    reveal(place, other, reader=reader)
    _save(place, other, reader)
    open_page(app, "worklist")
    rows = {row["study_id"]: row for row in component(app, "study_table")["rows"]}
    assert rows[other]["finding"] and not rows[study]["finding"]


def test_a_study_opened_before_its_draft_is_hidden_by_the_switch(
    app: AppTest, place: Workspace, reader: Reader
) -> None:
    study_id = take_in(place, reader).study_id
    open_page(app, "review", study=str(study_id))
    app.toggle(key="read_first_switch").set_value(True).run()
    draft_next(place)
    signs = telling(latest(place, study_id))
    app.run()
    assert [sign for sign in signs if sign in everything(app)] == []
    # Once hidden, turning the switch off reveals nothing.
    app.toggle(key="read_first_switch").set_value(False).run()
    assert component(app, "report_editor")["draft_hidden"]


def test_a_draft_that_cannot_be_hidden_is_not_shown(
    app: AppTest, place: Workspace, study: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise StorageFullError

    signs = telling(latest(place, study))
    with monkeypatch.context() as patched:
        patched.setattr(ReportRepository, "hide_draft", refuse)
        open_page(app, "review", study=str(study), read="first")
        assert app.error
        app.run()
        assert app.error and [sign for sign in signs if sign in everything(app)] == []
    app.run()
    assert component(app, "report_editor")["draft_hidden"]


def test_why_a_draft_was_changed_is_asked_and_kept(
    app: AppTest, place: Workspace, reader: Reader, study: int
) -> None:
    mark_opened(place, study, reader=reader)
    _save(place, study, reader)
    open_page(app, "review", study=str(study))
    _ask_to_sign(app, place, study)
    app.button_group(key=f"why_{study}").set_value(Reason.SEEN)
    app.text_input(key=f"why_text_{study}").set_value("A fold of skin.")
    for field in app.text_input:
        if str(field.key).startswith("reason_"):
            field.set_value("Seen and judged.")
    next(button for button in app.button if button.label == "Sign").click().run()
    assert open_review(place, study).signed
    (reading,) = readings(place)
    assert (reading.reason, reading.reason_text) == (Reason.SEEN, "A fold of skin.")


def test_an_unchanged_draft_asks_for_no_reason(app: AppTest, place: Workspace, study: int) -> None:
    open_page(app, "review", study=str(study))
    _ask_to_sign(app, place, study)
    assert [field for field in app.text_input if str(field.key).startswith("why_")] == []


def _save(place: Workspace, study: int, reader: Reader) -> None:
    version = open_review(place, study).report.version
    text = Sections(findings="The lungs are clear.", impression="Normal chest.")
    save_report(place, study, text, version=version, reader=reader)


def _ask_to_sign(app: AppTest, place: Workspace, study: int) -> None:
    version = open_review(place, study).report.version
    app.session_state[sign_dialog.REQUEST] = (study, "report", version)
    app.run()
    assert not app.exception
