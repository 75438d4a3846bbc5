"""Drafts of several models beside each other: asked for, awaited, failed; the report stays out."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file

from core.domain.errors import (
    ModelUnavailableError,
    NotFoundError,
    NothingToOverrideError,
)
from core.domain.job import JobKind, JobState
from core.domain.model_errors import RemoteConsentError
from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.study import Projection, StudyStatus
from core.models import fake_writer, registry
from core.models.film_standing import FilmGate
from dashboard.services.compare import (
    Column,
    ColumnState,
    candidates,
    compared,
    ready_models,
    request_comparison,
)
from dashboard.services.edit_report import Review, open_review, save_report
from dashboard.services.request_draft import (
    cancel_draft,
    failure,
    finished_draft,
    request_draft,
)
from dashboard.services.state_patient import state_patient
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_film_gate import NO_CHEST, Gate
from tests.integration.test_report_life_cycle import write_and_sign

FIRST, SECOND = registry.FAKE, registry.FAKE_SECOND


@pytest.fixture
def study(either: Workspace, reader: Reader) -> int:
    """A study with a draft by the model of the settings."""
    study_id = take_in(either, reader).study_id
    draft_next(either)
    return study_id


def column(place: Workspace, study_id: int, model: str) -> Column:
    [found] = compared(place, study_id, [model]).columns
    return found


def ask(place: Workspace, study_id: int, *models: str) -> None:
    assert (
        request_comparison(place, study_id, models, reader=Reader(1, "Dr. Test", confirmed=True))
        == {}
    )


def seen(review: Review) -> tuple[object, ...]:
    """What a comparison must not touch."""
    return (review.report, review.draft, review.job, review.checks, review.study.status)


# --- who can be compared ------------------------------------------------------------------------


def test_stand_ins_are_offered_in_development_alone(either: Workspace, study: int) -> None:
    assert next(iter(ready_models(either))) == FIRST
    assert {SECOND, fake_writer.NAME} < ready_models(either).keys()
    settings = either.settings.model_copy(update={"model": registry.EMBEDDED})
    clinic = replace(either, settings=settings)
    ready = ready_models(clinic)
    assert not any(registry.stands_in(name) for name in ready)
    assert next(iter(ready)) == registry.EMBEDDED
    # Its draft of before is a stand-in's, too.
    assert [each.name for each in candidates(clinic, study, ready)] == list(ready)


def test_a_classifier_that_a_person_added_can_be_compared(place: Workspace) -> None:
    name = "torchxrayvision-densenet121"
    assert name not in ready_models(place)
    folder = place.settings.models / name
    folder.mkdir(parents=True)
    save_file({"weight": np.zeros(4, np.float32)}, folder / "model.safetensors")
    (folder / "config.json").write_text('{"architectures": ["DenseNet"]}', encoding="utf-8")
    ready = ready_models(place)
    assert ready[name] != name and not registry.stands_in(name)


def test_models_with_a_draft_come_first_also_those_that_are_gone(
    either: Workspace, study: int
) -> None:
    ask(either, study, SECOND)
    draft_next(either)
    found = candidates(either, study, {"other": "Other", SECOND: SECOND})
    assert [(each.name, each.ready, each.drafted) for each in found] == [
        (FIRST, False, True),
        (SECOND, True, True),
        ("other", True, False),
    ]
    assert found[2].title == "Other"
    with pytest.raises(NotFoundError):
        candidates(either, 999, {})


# --- the report stays out -----------------------------------------------------------------------


def test_a_comparison_changes_nothing_that_the_review_shows(either: Workspace, study: int) -> None:
    before, [row] = open_review(either, study), worklist(either).page.items
    ask(either, study, SECOND)
    assert seen(open_review(either, study)) == seen(before)
    draft_next(either)
    assert seen(open_review(either, study)) == seen(before)
    assert worklist(either).page.items[0].top == row.top
    assert column(either, study, SECOND).state is ColumnState.DRAFTED
    with pytest.raises(NotFoundError):
        finished_draft(either, study, SECOND)


def test_an_untouched_report_without_draft_stays_empty(either: Workspace, reader: Reader) -> None:
    study = take_in(either, reader).study_id
    before = open_review(either, study)
    assert before.job is not None
    cancel_draft(either, before.job.id, reader=reader)
    # The reader stopped it for the report; asked for here, it is another request.
    ask(either, study, FIRST)
    draft_next(either)
    review = open_review(either, study)
    assert review.draft is None and review.report == before.report
    assert review.job is not None and review.job.state is JobState.CANCELLED
    assert review.study.status is StudyStatus.WAITING
    assert column(either, study, FIRST).state is ColumnState.DRAFTED


def test_a_signed_study_can_be_compared(either: Workspace, reader: Reader, study: int) -> None:
    write_and_sign(either, study, reader)
    ask(either, study, SECOND)
    draft_next(either)
    found = compared(either, study, [FIRST, SECOND])
    assert found.signed and list(found.drafts) == [FIRST, SECOND]
    assert found.report == open_review(either, study).signed[0].sections
    assert not found.waiting and found.to_ask([FIRST, SECOND]) == ()


# --- asking twice runs once ---------------------------------------------------------------------


def test_asking_twice_runs_once_and_the_report_s_draft_serves(
    either: Workspace, study: int
) -> None:
    ask(either, study, FIRST, SECOND)
    ask(either, study, FIRST, SECOND)
    with either.work() as work:
        job = work.jobs.claim(dt.datetime.now(dt.UTC))
        assert job is not None and (job.model, job.kind) == (SECOND, JobKind.COMPARISON)
        assert work.jobs.claim(dt.datetime.now(dt.UTC)) is None


def test_a_compared_draft_that_a_reader_asks_for_is_made_for_the_report(
    either: Workspace, reader: Reader, study: int
) -> None:
    ask(either, study, SECOND)
    draft_next(either)
    job = request_draft(either, study, reader=reader, model=SECOND)
    assert (job.state, job.kind) == (JobState.QUEUED, JobKind.DRAFT)
    draft_next(either)
    review = open_review(either, study)
    assert review.draft is not None and review.draft.model.name == SECOND
    assert review.report.sections == review.draft.sections
    assert request_draft(either, study, reader=reader, model=SECOND).id == job.id


def test_the_draft_on_show_is_the_one_asked_for_last(
    either: Workspace, reader: Reader, study: int
) -> None:
    request_draft(either, study, reader=reader, model=SECOND)
    draft_next(either)
    again = request_draft(either, study, reader=reader, model=FIRST)
    assert again.state is JobState.QUEUED
    draft_next(either)
    review = open_review(either, study)
    assert review.draft is not None and review.draft.model.name == FIRST
    assert review.report.sections == review.draft.sections
    assert review.report.draft_id == review.draft.id
    assert request_draft(either, study, reader=reader, model=FIRST).id == again.id


def test_a_compared_draft_never_replaces_typed_text_later(
    either: Workspace, reader: Reader, study: int
) -> None:
    version = open_review(either, study).report.version
    typed = Sections(findings="Typed.")
    save_report(either, study, typed, version=version, reader=reader)
    ask(either, study, SECOND)
    draft_next(either)
    request_draft(either, study, reader=reader, model=SECOND)
    draft_next(either)
    assert open_review(either, study).report.sections == typed


# --- states -------------------------------------------------------------------------------------


def test_each_column_has_its_own_state(either: Workspace, study: int) -> None:
    found = compared(either, study, [FIRST, SECOND, "other"])
    states = [each.state for each in found.columns]
    assert states == [ColumnState.DRAFTED, ColumnState.MISSING, ColumnState.MISSING]
    assert found.to_ask([FIRST, SECOND]) == (SECOND,)
    ask(either, study, SECOND)
    now = compared(either, study, [FIRST, SECOND])
    assert now.waiting and now.to_ask([SECOND]) == ()
    with either.work() as work:
        job = work.jobs.claim(dt.datetime.now(dt.UTC))
        assert job is not None
        work.jobs.advance(job.id, 0.5, "writing", "There is ")
        work.jobs.advance(job.id, 0.6, "writing", "a mass.")
    waiting = column(either, study, SECOND)
    assert waiting.so_far == "There is a mass." and waiting.job is not None
    assert waiting.job.progress == pytest.approx(0.6)
    with either.work() as work:
        work.jobs.finish(job.id, JobState.FAILED, error_code="draft_failed", error_reason="x")
    assert column(either, study, SECOND).state is ColumnState.FAILED
    ask(either, study, SECOND)
    assert column(either, study, SECOND).state is ColumnState.WAITING
    cancel_draft(either, job.id, reader=Reader(1, "Dr. Test", confirmed=True))
    stopped = compared(either, study, [SECOND])
    assert stopped.columns[0].state is ColumnState.STOPPED
    assert stopped.to_ask([SECOND]) == (SECOND,)


def test_a_model_that_cannot_be_asked_keeps_no_other_from_it(
    either: Workspace, study: int, reader: Reader
) -> None:
    refused = request_comparison(either, study, ["nobody", SECOND], reader=reader)
    assert list(refused) == ["nobody"]
    assert isinstance(refused["nobody"], ModelUnavailableError)
    assert column(either, study, SECOND).state is ColumnState.WAITING


def test_a_draft_of_a_study_that_has_changed_is_outdated(either: Workspace, reader: Reader) -> None:
    study = take_in(either, reader, ViewPosition=None).study_id
    draft_next(either)
    ask(either, study, SECOND)
    draft_next(either)
    assert not column(either, study, SECOND).outdated
    opened = open_review(either, study).study
    films = {film.id: Projection.AP for film in opened.instances}
    state_patient(
        either,
        study,
        reader=reader,
        patient=opened.patient,
        seen=opened.patient,
        projections=films,
    )
    now = compared(either, study, [SECOND])
    assert now.columns[0].outdated and now.to_ask([SECOND]) == (SECOND,)
    ask(either, study, SECOND)
    assert column(either, study, SECOND).state is ColumnState.WAITING


def test_a_draft_of_a_model_that_is_gone_is_still_compared(
    either: Workspace, study: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tuple(source for source in registry.SOURCES if source.name != FIRST)
    monkeypatch.setattr(registry.entry, "__defaults__", (left,))
    gone = column(either, study, FIRST)
    assert gone.state is ColumnState.DRAFTED and not gone.outdated and gone.draft is not None


def test_a_server_that_nobody_agreed_to_is_named_by_the_failed_draft(
    either: Workspace, study: int
) -> None:
    ask(either, study, SECOND)
    with either.work() as work:
        job = work.jobs.claim(dt.datetime.now(dt.UTC))
        assert job is not None
        code = RemoteConsentError.code
        work.jobs.finish(job.id, JobState.FAILED, error_code=code, error_reason="gpu.example")
    failed = column(either, study, SECOND).job
    assert failed is not None
    assert str(failure(failed)).startswith("Nothing was sent to gpu.example")


# --- the gate -----------------------------------------------------------------------------------


def withheld(place: Workspace, reader: Reader, gate: FilmGate) -> int:
    study = take_in(place, reader).study_id
    draft_next(place, gate)
    ask(place, study, SECOND)
    draft_next(place, gate)
    return study


def test_a_refused_film_is_withheld_until_a_reader_overrides_it_for_that_model(
    either: Workspace, reader: Reader
) -> None:
    gate = Gate(NO_CHEST)
    study = withheld(either, reader, gate)
    assert column(either, study, SECOND).state is ColumnState.WITHHELD
    assert compared(either, study, [SECOND]).to_ask([SECOND]) == ()
    ask_anyway = request_comparison(either, study, [SECOND], reader=reader, override_gate=True)
    assert ask_anyway == {}
    draft_next(either, gate)
    now = column(either, study, SECOND)
    assert now.state is ColumnState.DRAFTED and not now.outdated
    with either.look() as look:
        [act] = look.overrides.of_study(study)
    assert act.reader == reader.name
    # The report's own draft is withheld as before.
    review = open_review(either, study)
    assert review.draft is not None and review.draft.refusal is not None


def test_only_a_refused_film_can_be_overridden(
    either: Workspace, reader: Reader, study: int
) -> None:
    refused = request_comparison(either, study, [FIRST], reader=reader, override_gate=True)
    assert isinstance(refused[FIRST], NothingToOverrideError)


# --- what it took -------------------------------------------------------------------------------


def test_memory_is_told_where_it_was_measured(either: Workspace, study: int) -> None:
    found = column(either, study, FIRST)
    assert found.draft is not None and found.draft.seconds > 0 and not found.written
    if sys.platform == "linux":
        assert (found.peak_memory_bytes or 0) > 2**20
    versions = {"peak_memory_bytes": "12345", "peak_gpu_memory_bytes": "678", "prompt": "p"}
    measured = replace(found, draft=replace(found.draft, versions=versions))
    assert (measured.peak_memory_bytes, measured.peak_gpu_memory_bytes) == (12345, 678)
    assert measured.written
    assert replace(found, draft=replace(found.draft, versions={})).peak_memory_bytes is None
