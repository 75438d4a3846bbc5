"""Jobs: claimed once, retried within a limit, found again after a stop; with a real worker."""

from __future__ import annotations

import datetime as dt
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import pytest

from core.domain.errors import DatabaseUnavailableError, OverreadError
from core.domain.job import Job, JobPriority, JobState
from core.domain.reader import Reader
from core.models import registry
from core.models.film_standing import AnyFilm
from dashboard.jobs import worker
from dashboard.jobs.dispatcher import ATTEMPTS, PAUSE, SILENCE_SECONDS, Dispatcher
from dashboard.services.draft_study import Progress, draft_study
from dashboard.services.request_draft import cancel_draft, request_draft
from dashboard.workspace import Workspace
from tests.integration.conftest import take_in

NOW = dt.datetime.now(dt.UTC)


def job_of(place: Workspace, study_id: int) -> Job:
    with place.look() as look:
        job = look.jobs.latest(study_id)
    assert job is not None
    return job


class OneThread(Executor):
    """A test double of the worker process: runs ``act`` in this process."""

    def __init__(self, act: Callable[[Job], None]) -> None:
        self.act, self.seen = act, list[int]()

    def submit(self, _fn, /, *args, **_kwargs):  # type: ignore[no-untyped-def, override]
        future: Future[None] = Future()
        if args and isinstance(args[0], Job):
            self.seen.append(args[0].id)
            try:
                self.act(args[0])
                future.set_result(None)
            except (ValueError, OverreadError) as error:
                future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        pass


def test_a_job_is_claimed_once_by_many(either: Workspace, reader: Reader) -> None:
    take_in(either, reader)

    def claim(_: int) -> Job | None:
        with either.work() as work:
            return work.jobs.claim(NOW)

    with ThreadPoolExecutor(6) as workers:
        claimed = [job for job in workers.map(claim, range(6)) if job]
    assert len(claimed) == 1 and claimed[0].attempts == 1


def test_asking_twice_at_once_runs_once(either: Workspace, reader: Reader) -> None:
    study_id = take_in(either, reader).study_id
    with either.work() as work:
        work.jobs.finish(job_of(either, study_id).id, JobState.DONE)
    with ThreadPoolExecutor(6) as readers:
        asked = list(
            readers.map(lambda _: request_draft(either, study_id, reader=reader).id, range(6))
        )
    assert len(set(asked)) == 1


def test_a_reader_s_request_goes_first(either: Workspace, reader: Reader) -> None:
    first, second = take_in(either, reader).study_id, take_in(either, reader).study_id
    request_draft(either, second, reader=reader)
    with either.work() as work:
        claimed = work.jobs.claim(NOW)
    assert claimed is not None and claimed.study_id == second != first
    assert claimed.priority == JobPriority.READER


def test_a_fault_is_tried_again_and_then_told(place: Workspace, reader: Reader) -> None:
    study_id = take_in(place, reader).study_id

    def broken(_job: Job) -> None:
        raise ValueError("secret text of a report")

    executor = OneThread(broken)
    dispatcher = Dispatcher(place, lambda _place: executor)
    for _ in range(2 * ATTEMPTS + 2):
        dispatcher.step(dt.datetime.now(dt.UTC))
    job = job_of(place, study_id)
    assert len(executor.seen) == ATTEMPTS
    assert job.state is JobState.FAILED and "unexpected fault" in job.error_reason
    assert "secret" not in job.error_reason


def test_a_job_whose_commit_came_through_is_not_run_again(place: Workspace, reader: Reader) -> None:
    """The database stopped after the commit and before its answer."""
    study_id = take_in(place, reader).study_id

    def commit_and_lose_the_answer(job: Job) -> None:
        draft_study(place, job, registry.load(job.model), lambda _f, _s: None, AnyFilm())
        raise DatabaseUnavailableError()

    executor = OneThread(commit_and_lose_the_answer)
    dispatcher = Dispatcher(place, lambda _place: executor)
    now = dt.datetime.now(dt.UTC)
    for _ in range(4):
        now += PAUSE
        dispatcher.step(now)
    assert len(executor.seen) == 1 and job_of(place, study_id).state is JobState.DONE


def test_a_batch_does_not_wait_for_the_next_look(
    place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.jobs.dispatcher.POLL_SECONDS", 60.0)
    studies = [take_in(place, reader).study_id for _ in range(3)]
    done = threading.Event()

    def finish(job: Job) -> None:
        draft_study(place, job, registry.load(job.model), lambda _f, _s: None, AnyFilm())
        if all(job_of(place, study_id).state is JobState.DONE for study_id in studies):
            done.set()

    dispatcher = Dispatcher(place, lambda _place: OneThread(finish))
    dispatcher.start()
    try:
        assert done.wait(30)
    finally:
        dispatcher.stop()
    assert not dispatcher.alive


def test_a_silent_job_is_found_again(place: Workspace, reader: Reader) -> None:
    study_id = take_in(place, reader).study_id
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=SILENCE_SECONDS + 5)
    with place.work() as work:
        work.jobs.claim(long_ago)

    def finish(job: Job) -> None:
        draft_study(place, job, registry.load(job.model), lambda _f, _s: None, AnyFilm())

    dispatcher = Dispatcher(place, lambda _place: OneThread(finish))
    dispatcher.step(dt.datetime.now(dt.UTC))
    assert job_of(place, study_id).state is JobState.DONE


def test_a_living_job_of_another_server_is_left_alone(place: Workspace, reader: Reader) -> None:
    study_id = take_in(place, reader).study_id
    with place.work() as work:
        work.jobs.claim(dt.datetime.now(dt.UTC))
    Dispatcher(place, lambda _place: OneThread(lambda _job: None)).step(dt.datetime.now(dt.UTC))
    assert job_of(place, study_id).state is JobState.RUNNING


def test_a_queued_job_is_cancelled_at_once_and_can_be_asked_again(
    either: Workspace, reader: Reader
) -> None:
    study_id = take_in(either, reader).study_id
    cancel_draft(either, job_of(either, study_id).id, reader=reader)
    assert job_of(either, study_id).state is JobState.CANCELLED
    assert request_draft(either, study_id, reader=reader).state is JobState.QUEUED
    assert not job_of(either, study_id).cancel_requested


def test_a_running_job_stops_at_the_next_stage(
    place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_id = take_in(place, reader).study_id
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(worker, "_place", place)
    started, go_on = threading.Event(), threading.Event()

    def slow(
        _place: Workspace,
        _job: Job,
        _model: object,
        progress: Progress,
        _gate: object,
        _writer: object,
    ) -> None:
        progress(0.1, "reading the film")
        started.set()
        go_on.wait(10)
        progress(0.5, "drawing the maps")

    monkeypatch.setattr(worker, "draft_study", slow)
    with place.work() as work:
        job = work.jobs.claim(dt.datetime.now(dt.UTC))
    assert job is not None
    thread = threading.Thread(target=worker.run, args=(job,))
    thread.start()
    started.wait(10)
    cancel_draft(place, job.id, reader=reader)
    time.sleep(0.5)
    go_on.set()
    thread.join(10)
    assert job_of(place, study_id).state is JobState.CANCELLED


def wait_for(place: Workspace, study_id: int, *states: JobState, seconds: float = 90) -> Job:
    until = time.monotonic() + seconds
    while (job := job_of(place, study_id)).state not in states:
        assert time.monotonic() < until, job
        time.sleep(0.1)
    return job


def test_a_real_worker_drafts_and_a_killed_one_is_replaced(
    place: Workspace, reader: Reader
) -> None:
    dispatcher = Dispatcher(place)
    dispatcher.start()
    try:
        study_id = take_in(place, reader).study_id
        wait_for(place, study_id, JobState.DONE)
        [pid] = dispatcher._executor._processes  # type: ignore[attr-defined]
        os.kill(pid, signal.SIGKILL)
        other = take_in(place, reader, PatientID="2").study_id
        assert wait_for(place, other, JobState.DONE).attempts <= ATTEMPTS
    finally:
        dispatcher.stop()
