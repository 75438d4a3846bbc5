"""A draft that a model writes, as the review page shows it."""

from __future__ import annotations

import datetime as dt

from streamlit.testing.v1 import AppTest

from core.domain.reader import Reader
from core.models import fake_writer, registry
from core.models.film_standing import AnyFilm
from dashboard.services.draft_study import draft_study
from dashboard.services.request_draft import request_draft
from dashboard.services.written_draft import Writer
from dashboard.workspace import Workspace
from tests.integration.conftest import take_in
from tests.ui.conftest import component, words


def opened(app: AppTest, study_id: int) -> AppTest:
    app.query_params["study"] = str(study_id)
    app.run()
    return app.switch_page("../pages/review.py").run()


def asked(place: Workspace, reader: Reader) -> tuple[int, int]:
    """A study with a job of the stand-in that writes, claimed and not yet done."""
    study_id = take_in(place, reader).study_id
    with place.work() as work:
        first = work.jobs.claim(dt.datetime.now(dt.UTC))
        assert first is not None
        work.jobs.cancel(first.id)
    job = request_draft(place, study_id, reader=reader, model=fake_writer.NAME)
    with place.work() as work:
        assert work.jobs.claim(dt.datetime.now(dt.UTC)) is not None
    return study_id, job.id


def test_the_text_that_comes_is_shown_as_text(
    app: AppTest, place: Workspace, reader: Reader
) -> None:
    study_id, job_id = asked(place, reader)
    with place.work() as work:
        work.jobs.advance(job_id, 0.5, "writing", "There is a *mass* <b>here</b>")
    shown = words(opened(app, study_id))
    assert "is writing; nothing of it is checked yet" in shown
    assert "There is a \\*mass\\* \\<b\\>here\\</b\\>" in shown
    assert [button.label for button in app.button if "Stop" in button.label]


def test_sentences_of_a_writer_have_maps_of_their_own(
    app: AppTest, place: Workspace, reader: Reader
) -> None:
    study_id, job_id = asked(place, reader)
    with place.look() as look:
        job = look.jobs.get(job_id)
    classifier = registry.load(registry.FAKE_ANY_FILM)
    writer = Writer(fake_writer.FakeWriter(0.0), "Describe.", lambda: False)
    draft_study(place, job, classifier, lambda _f, _s: None, AnyFilm(), writer)
    shown = words(opened(app, study_id))
    assert "Text by fake\\-writer, numbers by fake" in shown
    sentences = component(app, "report_editor")["sentences"]
    maps = component(app, "viewer")["maps"]
    own = {item["map"] for item in sentences if item["map"]}  # type: ignore[attr-defined]
    titles = {item["finding"]: item["title"] for item in maps}  # type: ignore[attr-defined]
    assert own and own <= set(titles)
    assert all("model attention, not location" in titles[name] for name in own)
