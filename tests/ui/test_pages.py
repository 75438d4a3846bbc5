"""Every page: empty, filled, and in error."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.errors import DatabaseUnavailableError
from core.domain.job import JobState
from core.domain.reader import Reader
from dashboard.services.addendum import add_addendum
from dashboard.services.edit_report import open_review, save_report
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import TEXT, write_and_sign
from tests.ui.conftest import component, words

PAGES = ("worklist", "review", "compare", "ledger", "models")


def open_page(app: AppTest, page: str, **query: str) -> AppTest:
    app.run()
    app.switch_page(f"../pages/{page}.py")
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


@pytest.fixture
def study(place: Workspace, reader: Reader) -> int:
    study_id = take_in(place, reader).study_id
    draft_next(place)
    return study_id


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_page_says_one_sentence(app: AppTest, page: str) -> None:
    open_page(app, page)
    assert not app.exception and not app.error
    assert "Research software, not a medical device." in words(app)
    empty = {
        "worklist": lambda: component(app, "study_table")["empty"],
        "review": lambda: words(app),
        "compare": lambda: words(app),
        "ledger": lambda: words(app),
        "models": lambda: words(app),
    }[page]()
    said = {
        "worklist": "No studies yet. Drop DICOM",
        "review": "No study is open.",
        "compare": "No study is open.",
        "ledger": "Nothing is signed yet.",
        "models": "what was measured of them?",
    }[page]
    assert said in str(empty)


@pytest.mark.parametrize("page", PAGES)
def test_a_database_that_does_not_answer_is_said_and_nothing_else(
    app: AppTest, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_work: UnitOfWork) -> UnitOfWork:
        raise DatabaseUnavailableError

    open_page(app, page)
    monkeypatch.setattr(UnitOfWork, "__enter__", refuse)
    app.run()
    assert not app.exception
    assert "database does not answer" in app.error[0].value


def test_the_worklist_lists_and_filters(app: AppTest, study: int) -> None:
    app.run()
    [row] = component(app, "study_table")["rows"]
    assert row["study_id"] == study and row["patient"] == "DOE, JANE"
    assert row["age_sex"] == "F 69" and row["finding"]
    app.text_input(key="query").set_value("nobody").run()
    assert component(app, "study_table")["rows"] == []
    assert "No study matches" in str(component(app, "study_table")["empty"])


def test_an_upload_stores_the_good_and_names_the_bad(app: AppTest, place: Workspace) -> None:
    from tests.factories import dicom_bytes

    app.run()
    app.file_uploader[0].upload("good.dcm", dicom_bytes()).upload("*bad*.txt", b"text").run()
    assert not app.exception
    assert "1 stored, 1 refused" in words(app)
    assert "*bad*.txt is not a DICOM, PNG or JPEG file." in words(app)
    assert open_review(place, 1).job is not None


def test_the_reader_s_name_is_set_and_shown(app: AppTest, place: Workspace) -> None:
    app.run()
    app.text_input(key="reader_name").set_value("Dr. Zoë  Ångström")
    app.button[0].click().run()
    assert place.reader().name == "Dr. Zoë Ångström" and place.reader().confirmed
    app.text_input(key="reader_name").set_value("  ")
    app.button[0].click().run()
    assert "1 to 120 characters" in app.error[0].value
    assert place.reader().name == "Dr. Zoë Ångström"


def test_the_review_shows_film_findings_and_text(app: AppTest, study: int) -> None:
    open_page(app, "review", study=str(study))
    assert not app.exception
    assert "DOE, JANE" in words(app) and "4711" in words(app)
    viewer = component(app, "viewer")
    assert viewer["films"][0]["url"] == "/api/v1/instances/1/pixels"
    assert viewer["maps"] and "attention, not location" in viewer["maps"][0]["title"]
    panel = component(app, "findings_panel")
    assert panel["rows"][0]["tooltip"].startswith(("Score", "Probability"))
    assert "fractures" in panel["not_assessed"]
    editor = component(app, "report_editor")
    assert editor["sections"]["indication"] == "Cough." and not editor["read_only"]


def test_names_from_a_file_are_shown_as_text(
    app: AppTest, place: Workspace, reader: Reader
) -> None:
    study_id = take_in(place, reader, PatientName="<img src=x onerror=alert(1)>").study_id
    open_page(app, "review", study=str(study_id))
    assert "<img" not in words(app) and "&lt;img" in words(app)


def test_a_review_without_draft_says_where_it_stands(
    app: AppTest, place: Workspace, reader: Reader
) -> None:
    study_id = take_in(place, reader).study_id
    open_page(app, "review", study=str(study_id))
    assert "Waiting for the model" in str(component(app, "findings_panel")["state"])


def test_a_failed_draft_is_said_and_asked_again(
    app: AppTest, place: Workspace, reader: Reader
) -> None:
    study_id = take_in(place, reader).study_id
    with place.work() as work:
        work.jobs.finish(1, JobState.FAILED, error_code="draft_failed", error_reason="no memory")
    open_page(app, "review", study=str(study_id))
    assert "no memory" in str(component(app, "findings_panel")["state"])
    next(button for button in app.button if button.label == "Draft again").click().run()
    assert open_review(place, study_id).job.state is JobState.QUEUED


def test_an_unknown_study_is_one_sentence(app: AppTest) -> None:
    open_page(app, "review", study="999")
    assert not app.exception and "no study with this number" in app.error[0].value


@pytest.mark.parametrize("number", ["x", "-1", "1e9", "99999999999999999999"])
def test_an_odd_address_opens_nothing(app: AppTest, number: str) -> None:
    open_page(app, "review", study=number)
    assert not app.exception and not app.error


def approve(app: AppTest, study: int, version: int) -> AppTest:
    app.session_state["signing"] = (study, "report", version)
    return app.run()


def test_approving_asks_for_reasons_and_signs(
    app: AppTest, place: Workspace, reader: Reader, study: int
) -> None:
    version = open_review(place, study).report.version
    saved = save_report(place, study, TEXT, version=version, reader=reader)
    open_page(app, "review", study=str(study))
    approve(app, study, saved.version)
    assert "DOE, JANE" in words(app) and "Signed as" in words(app) and "Dr. Test" in words(app)
    app.button(key="sign_now").click().run()
    assert "checks are open" in app.error[0].value
    for check in open_review(place, study).checks:
        app.text_input(key=f"reason_{study}_{check.id}").set_value("Seen and judged.")
    app.button(key="sign_now").click().run()
    review = open_review(place, study)
    assert len(review.signed) == 1 and review.signed[0].sections == TEXT
    assert component(app, "report_editor")["read_only"]


def test_a_report_changed_meanwhile_is_not_signed(
    app: AppTest, place: Workspace, reader: Reader, study: int
) -> None:
    version = open_review(place, study).report.version
    save_report(place, study, TEXT, version=version, reader=reader)
    open_page(app, "review", study=str(study))
    approve(app, study, version)
    for check in open_review(place, study).checks:
        app.text_input(key=f"reason_{study}_{check.id}").set_value("Seen.")
    app.button(key="sign_now").click().run()
    assert "changed elsewhere" in app.error[0].value
    assert not open_review(place, study).signed


def test_a_signed_study_takes_an_addendum(
    app: AppTest, place: Workspace, reader: Reader, study: int
) -> None:
    write_and_sign(place, study, reader)
    open_page(app, "review", study=str(study))
    assert "Signed by Dr. Test" in words(app)
    editor = component(app, "addendum_editor")
    assert editor["url"] == f"/api/v1/studies/{study}/addendum" and editor["version"] == 0
    add_addendum(place, study, "Late <b>note</b>.", reader=reader)
    app.run()
    assert "Addendum 1" in words(app) and "Late &lt;b&gt;note" in words(app)


def test_the_ledger_shows_the_difference(
    app: AppTest, place: Workspace, reader: Reader, study: int
) -> None:
    write_and_sign(place, study, reader)
    open_page(app, "ledger", part="corrections")
    assert not app.exception
    assert "<ins>" in words(app) and "<del>" in words(app)


def test_the_models_page_shows_measured_figures(app: AppTest) -> None:
    from core.models import registry

    open_page(app, "models")
    [entry] = registry.entries()
    assert entry.measured is not None and entry.measured.mean_nih_auroc is not None
    assert f"{entry.measured.mean_nih_auroc.value:.2f}" in words(app)
