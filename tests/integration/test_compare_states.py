"""Drafts of several models beside each other: awaited, failed, refused."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace

import pytest

from core.domain.errors import (
    ModelUnavailableError,
    NothingToOverrideError,
)
from core.domain.job import JobState
from core.domain.model_errors import RemoteConsentError
from core.domain.reader import Reader
from core.domain.study import Projection
from core.models import registry
from core.models.film_standing import FilmGate
from dashboard.services.compare import (
    ColumnState,
    compared,
    request_comparison,
)
from dashboard.services.edit_report import open_review
from dashboard.services.request_draft import (
    cancel_draft,
    failure,
)
from dashboard.services.state_patient import state_patient
from dashboard.workspace import Workspace
from tests.integration import comparing
from tests.integration.comparing import FIRST, SECOND, ask, column
from tests.integration.conftest import draft_next, take_in
from tests.integration.gated_films import NO_CHEST, Gate

study = comparing.study


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
