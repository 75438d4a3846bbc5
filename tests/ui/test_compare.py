"""The Compare page: empty, two models, one that fails, waiting, withheld, signed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.domain.draft import Draft, DraftSentence, DraftWarning, ModelIdentity, SentenceMap
from core.domain.job import JobKind, JobPriority, JobState
from core.domain.reader import Reader
from core.domain.report import Sections
from core.explain.map_png import map_png
from core.models import fake_writer, registry
from core.settings import load_settings
from dashboard import workspace as workspaces
from dashboard.services.compare import ColumnState, compared, request_comparison
from dashboard.services.edit_report import open_review
from dashboard.workspace import Workspace
from tests.integration.conftest import draft_next, take_in
from tests.integration.gated_films import NO_CHEST, Gate
from tests.integration.test_report_life_cycle import write_and_sign
from tests.ui.conftest import words
from tests.ui.test_pages import open_page

FIRST, SECOND, WRITER = registry.FAKE, registry.FAKE_SECOND, fake_writer.NAME


@pytest.fixture
def study(place: Workspace, reader: Reader) -> int:
    """A study with a draft by the model of the settings."""
    study_id = take_in(place, reader).study_id
    draft_next(place)
    return study_id


def show(app: AppTest, study_id: int, *models: str) -> AppTest:
    """The page with these models side by side."""
    open_page(app, "compare", study=str(study_id))
    if models:
        app.multiselect(key=f"compare_models_{study_id}").set_value(list(models)).run()
    assert not app.exception
    return app


def again(place: Workspace) -> None:
    """The server, started anew with other settings."""
    place.engine.dispose()
    load_settings.cache_clear()
    workspaces.workspace.cache_clear()


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def state_of(place: Workspace, study_id: int, model: str) -> ColumnState:
    return compared(place, study_id, [model]).columns[0].state


def write(place: Workspace, study_id: int, text: str) -> None:
    """A draft by the model that writes, with attention to its only sentence."""
    film = open_review(place, study_id).study.instances[0]
    draft = Draft(
        model=ModelIdentity(WRITER, "e" * 64),
        seconds=12.34,
        findings=(),
        sentences=(DraftSentence(text, "findings", ("pleural effusion",)),),
        sections=Sections(indication="Cough.", findings=text),
        warnings=(DraftWarning("x", "The text names <b>nobody</b>."),),
        attention=(SentenceMap(0, film.id, b""),),
        versions={"prompt": "f" * 64, "precision": "int8", "peak_memory_bytes": "2500000000"},
    )
    seen = place.blobs.put(map_png(np.eye(8), film.rows, film.columns))
    with place.work() as work:
        job = work.jobs.request(
            study_id, "k" * 64, WRITER, JobPriority.READER, kind=JobKind.COMPARISON
        )
        work.drafts.add(study_id, job.id, draft, {}, [seen])
        work.jobs.finish(job.id, JobState.DONE)


# --- nothing to compare -------------------------------------------------------------------------


def test_a_single_model_is_said_with_the_way_to_others(
    app: AppTest, place: Workspace, study: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERREAD_MODEL", registry.EMBEDDED)
    again(place)
    show(app, study)
    assert f"Only {registry.EMBEDDED} can draft here" in words(app)
    assert "fake" not in words(app)
    assert not app.multiselect


def test_one_model_chosen_is_too_few(app: AppTest, study: int) -> None:
    show(app, study, FIRST)
    assert "Choose two to four models." in words(app)


# --- drafts side by side ------------------------------------------------------------------------


def test_two_models_stand_side_by_side(app: AppTest, place: Workspace, study: int) -> None:
    show(app, study)
    # The one with a draft, and another to fill the pair.
    assert app.multiselect[0].value == [FIRST, SECOND]
    assert "Not asked yet." in words(app)
    before = open_review(place, study)
    next(button for button in app.button if button.key == "compare_ask").click().run()
    assert state_of(place, study, SECOND) is ColumnState.WAITING
    draft_next(place)
    app.run()
    assert not app.exception and "compare_ask" not in [button.key for button in app.button]
    seen = words(app)
    assert "the same in all" in seen and "Findings by model" in seen
    assert "they differ" in seen and ("≥" in seen or "&lt;" in seen)
    assert "data:image/jpeg;base64," in seen
    assert open_review(place, study).report == before.report


def test_words_that_differ_are_marked_by_line_and_never_become_markup(
    app: AppTest, place: Workspace, study: int
) -> None:
    text = "There is a <i>left</i> pleural effusion."
    write(place, study, text)
    show(app, study, FIRST, WRITER)
    app.selectbox(key=f"compare_reference_{study}").set_value(WRITER).run()
    seen = words(app)
    assert "<i>" not in seen and "<b>nobody</b>" not in seen
    assert "&lt;i&gt;" in seen and "&lt;b&gt;nobody" in seen
    assert "<del>" in seen and "<ins>" in seen
    assert "12.3 s · 2.5 GB" in seen
    app.selectbox(key=f"compare_reference_{study}").set_value("nothing").run()
    assert "<del>" not in words(app) and "&lt;i&gt;" in words(app)


def test_the_attention_of_a_model_that_writes_is_shown_as_attention(
    app: AppTest, place: Workspace, study: int
) -> None:
    write(place, study, "There is a left pleural effusion.")
    show(app, study, FIRST, WRITER)
    sentence = next(
        option
        for option in app.selectbox(key=f"compare_topic_{study}").options
        if option.startswith(f"{WRITER}: ")
    )
    app.selectbox(key=f"compare_topic_{study}").select(sentence).run()
    assert "“There is a left pleural effusion.”: model attention, not location" in words(app)


def test_the_signed_report_is_the_reference(
    app: AppTest, place: Workspace, reader: Reader, study: int
) -> None:
    write(place, study, "There is a left pleural effusion.")
    write_and_sign(place, study, reader)
    show(app, study, FIRST, WRITER)
    assert app.selectbox(key=f"compare_reference_{study}").value == "report"
    assert "Signed report" in words(app) and "<ins>" in words(app)


def test_four_models_are_the_most(app: AppTest, place: Workspace, study: int) -> None:
    show(app, study, FIRST, SECOND, WRITER, registry.EMBEDDED)
    assert words(app).count('class="head"') == 4
    assert app.multiselect[0].proto.max_selections == 4


# --- drafts that are not there ------------------------------------------------------------------


def test_a_draft_that_is_awaited_shows_how_far_it_is_and_can_be_stopped(
    app: AppTest, place: Workspace, reader: Reader, study: int
) -> None:
    request_comparison(place, study, [WRITER], reader=reader)
    show(app, study, FIRST, WRITER)
    assert "Waiting for the model." in words(app)
    with place.work() as work:
        job = work.jobs.claim(dt.datetime.now(dt.UTC))
        assert job is not None
        work.jobs.advance(job.id, 0.5, "writing", "There is <b>a")
    app.run()
    assert "At work: writing, 50 %." in words(app)
    assert "There is &lt;b&gt;a" in words(app) and "nothing of it is checked yet" in words(app)
    next(button for button in app.button if button.label == "Stop").click().run()
    with place.look() as look:
        assert look.jobs.get(job.id).cancel_requested


def test_the_report_s_own_draft_is_not_stopped_from_here(
    app: AppTest, place: Workspace, reader: Reader
) -> None:
    study = take_in(place, reader).study_id
    show(app, study, FIRST, SECOND)
    assert "Waiting for the model." in words(app) and "Stop" not in labels(app)


def test_a_draft_that_failed_is_one_sentence_in_its_column(
    app: AppTest, place: Workspace, reader: Reader, study: int
) -> None:
    request_comparison(place, study, [SECOND], reader=reader)
    with place.work() as work:
        job = work.jobs.claim(dt.datetime.now(dt.UTC))
        assert job is not None
        work.jobs.finish(
            job.id, JobState.FAILED, error_code="draft_failed", error_reason="<no> room"
        )
    show(app, study, FIRST, SECOND)
    assert "&lt;no&gt; room" in words(app) and not app.error
    assert "Findings by model" in words(app)
    app.button(key="compare_ask").click().run()
    assert state_of(place, study, SECOND) is ColumnState.WAITING


def test_a_film_that_the_gate_refuses_is_said_and_drafted_at_a_reader_s_request(
    app: AppTest, place: Workspace, reader: Reader, study: int
) -> None:
    request_comparison(place, study, [SECOND], reader=reader)
    draft_next(place, Gate(NO_CHEST))
    show(app, study, FIRST, SECOND)
    assert "does not look like a frontal chest film" in words(app)
    next(button for button in app.button if button.label == "Draft anyway").click().run()
    assert not app.error and state_of(place, study, SECOND) is ColumnState.WAITING


def test_why_a_model_could_not_be_asked_is_said(
    app: AppTest, place: Workspace, study: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(app, study, FIRST, SECOND)
    monkeypatch.setattr(registry.entry, "__defaults__", ((),))
    app.button(key="compare_ask").click().run()
    assert not app.exception and "cannot be used" in app.error[0].value


def test_a_server_is_sent_nothing_before_a_reader_has_seen_what_leaves(
    app: AppTest, place: Workspace, study: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERREAD_REMOTE_MODEL_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OVERREAD_REMOTE_MODEL", "reader-9b")
    again(place)
    far = "openai-compatible"
    show(app, study, FIRST, far)
    app.button(key="compare_ask").click().run()
    assert not app.exception and state_of(place, study, far) is ColumnState.MISSING
    assert "127.0.0.1" in words(app) and "written on" in words(app)
    next(button for button in app.button if button.label.startswith("Agree")).click().run()
    with workspaces.workspace().look() as look:
        job = look.jobs.latest(study, far, comparisons=True)
    assert job is not None and job.kind is JobKind.COMPARISON


def test_the_way_between_review_and_comparison(app: AppTest, study: int) -> None:
    def links() -> list[str]:
        return [str(item.proto.label) for item in app.get("page_link")]

    show(app, study)
    assert links().count("Review") == 2
    open_page(app, "review", study=str(study))
    assert "Compare models" in links()
