"""Drafting without room: the job waits, and no attempt is counted."""

from __future__ import annotations

import datetime as dt

import pytest

from core.domain.draft import Draft
from core.domain.errors import StorageFullError
from core.domain.job import JobState
from core.domain.reader import Reader
from dashboard.jobs.dispatcher import PAUSE, Dispatcher
from dashboard.services.request_draft import finished_draft
from dashboard.services.verify_store import verify_store
from dashboard.workspace import Workspace
from tests.integration.conftest import draft_next, take_in
from tests.integration.disk_full.conftest import Disk, empty_log, half_files
from tests.integration.test_jobs import OneThread, job_of


def test_drafting(disk: Disk, there: Workspace, reader: Reader) -> None:
    """The job waits, and no attempt is counted."""
    study_id = take_in(there, reader).study_id
    job = job_of(there, study_id)
    empty_log(there)
    with disk.full(), disk.refuses():
        draft_next(there)
    assert job_of(there, study_id) == job and half_files(there) == []
    draft_next(there)
    assert isinstance(finished_draft(there, study_id), Draft)
    assert verify_store(there).sound


def test_a_job_that_found_no_room_waits_and_is_not_counted(
    place: Workspace, reader: Reader
) -> None:
    study_id = take_in(place, reader).study_id
    full = [True]

    def act(job: object) -> None:
        if full[0]:
            raise StorageFullError()
        with place.work() as work:
            work.jobs.finish(job.id, JobState.DONE)  # type: ignore[attr-defined]

    executor = OneThread(act)
    dispatcher = Dispatcher(place, lambda _place: executor)
    now = dt.datetime.now(dt.UTC)
    for _ in range(5):
        for _step in range(3):
            dispatcher.step(now)
        now += PAUSE
    assert len(executor.seen) == 5
    assert (job_of(place, study_id).state, job_of(place, study_id).attempts) in (
        (JobState.QUEUED, 0), (JobState.RUNNING, 1),
    )  # fmt: skip
    full[0] = False
    for _step in range(3):
        now += PAUSE
        dispatcher.step(now)
    assert job_of(place, study_id).state is JobState.DONE


def test_a_worker_that_finds_no_room_comes_back(
    disk: Disk, there: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dispatcher's own thread lives through it, too."""
    monkeypatch.setattr("dashboard.jobs.dispatcher.POLL_SECONDS", 0.05)
    study_id = take_in(there, reader).study_id
    empty_log(there)
    dispatcher = Dispatcher(there, lambda _place: OneThread(lambda _job: None))
    with disk.full():
        dispatcher.start()
        dispatcher._stop.wait(0.5)
        assert dispatcher.alive
    dispatcher.stop()
    assert job_of(there, study_id).state in (JobState.QUEUED, JobState.RUNNING)
