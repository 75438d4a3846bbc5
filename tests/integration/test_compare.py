"""Drafts of several models beside each other: asked for once, and the report stays out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file

from core.domain.errors import (
    NotFoundError,
)
from core.domain.job import JobKind, JobState
from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.study import StudyStatus
from core.models import fake_writer, registry
from dashboard.services.compare import (
    ColumnState,
    candidates,
    compared,
    ready_models,
)
from dashboard.services.edit_report import Review, open_review, save_report
from dashboard.services.request_draft import (
    cancel_draft,
    finished_draft,
    request_draft,
)
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from tests.integration import comparing
from tests.integration.comparing import FIRST, SECOND, ask, column
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import write_and_sign

study = comparing.study


def seen(review: Review) -> tuple[object, ...]:
    """What a comparison must not touch."""
    return (review.report, review.draft, review.job, review.checks, review.study.status)


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
