"""A draft whose findings only a text states: every page says so, and none invents a number."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from pypdf import PdfReader
from streamlit.testing.v1 import AppTest

from core.domain.draft import Draft, ModelIdentity
from core.domain.job import JobState
from core.domain.reader import Reader
from core.domain.study import Projection
from core.reporting.text_draft import draft_of_text
from dashboard.components.messages import plain
from dashboard.services.report_document import report_document
from dashboard.workspace import Workspace
from tests.integration.conftest import take_in
from tests.ui.conftest import component, words
from tests.ui.test_pages import open_page

WRITTEN = "FINDINGS: Left pleural effusion of 3 cm, unchanged. No pneumothorax."


@pytest.fixture
def written(place: Workspace, reader: Reader) -> int:
    """A study that a model wrote about, without a classifier."""
    study_id = take_in(place, reader).study_id
    with place.work() as work:
        job = work.jobs.claim(dt.datetime.now(dt.UTC))
        study = work.studies.get(study_id)
    assert job is not None
    text = draft_of_text(WRITTEN, study=study, films=(Projection.PA,))
    draft = Draft(
        model=ModelIdentity("writer", "a" * 64),
        seconds=1.0,
        findings=text.findings,
        sentences=text.sentences,
        sections=text.sections,
        warnings=text.warnings,
    )
    with place.work() as work:
        stored = work.drafts.add(study_id, job.id, draft, {})
        work.worklist.set_top_finding(study_id, stored.findings[0])
        work.reports.fill(study_id, stored.sections, stored.id)
        work.jobs.finish(job.id, JobState.DONE)
    return study_id


def test_the_review_shows_findings_without_numbers_and_what_to_look_at(
    app: AppTest, written: int
) -> None:
    open_page(app, "review", study=str(written))
    assert not app.exception
    effusion, pneumothorax = component(app, "findings_panel")["rows"]  # type: ignore[misc]
    assert effusion["name"] == "pleural effusion" and effusion["side"]["letter"] == "L"
    assert effusion["value"] is effusion["operating_point"] is None
    assert pneumothorax["certainty"] == "absent"
    assert "no model scored it" in effusion["tooltip"]
    said = words(app)
    assert plain("its sides are right is not measured: pleural effusion.") in said
    assert plain('The text holds a measurement; the model cannot measure: "3 cm".') in said


def test_the_worklist_names_the_finding_without_a_bar(app: AppTest, written: int) -> None:
    app.run()
    assert not app.exception
    [row] = component(app, "study_table")["rows"]  # type: ignore[misc]
    assert row["finding"] == "pleural effusion" and row["value"] is None


def test_the_sheet_says_that_there_is_no_score(place: Workspace, written: int) -> None:
    sheet = report_document(place, written)
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(sheet)).pages)
    assert "stated by the text, no score" in text and "cannot measure" in text
