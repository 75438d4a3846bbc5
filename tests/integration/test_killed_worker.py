"""A worker process killed in the middle of a draft: tried again within the limit, then told."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

import pytest

from core.domain.draft import Draft
from core.domain.errors import DraftFailedError
from core.domain.job import Job, JobState
from core.domain.reader import Reader
from core.settings import Settings
from dashboard.jobs import worker
from dashboard.jobs.dispatcher import ATTEMPTS, Dispatcher
from dashboard.services import draft_study as drafts
from dashboard.services.request_draft import finished_draft, request_draft
from dashboard.services.settle import settle
from dashboard.services.verify_store import verify_store
from dashboard.workspace import Workspace
from tests.factories import film_pixels
from tests.integration.conftest import take_in
from tests.integration.test_jobs import job_of, wait_for

HOLD = "hold"


def start_and_dawdle(settings: Settings) -> None:
    """A worker whose drafts stop in the middle as long as a file says so, maps already stored."""
    worker.start(settings)
    store = drafts._store
    hold, held = settings.home / HOLD, settings.home / "held"

    def dawdle(place: Workspace, *arguments: object) -> None:
        place.blobs.put(f"a map of worker {os.getpid()}".encode())
        while hold.exists():
            held.write_text(str(os.getpid()))
            time.sleep(0.05)
        store(place, *arguments)  # type: ignore[arg-type]

    drafts._store = dawdle  # type: ignore[assignment]


def dawdling(place: Workspace) -> Executor:
    return ProcessPoolExecutor(
        max_workers=1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=start_and_dawdle,
        initargs=(place.settings,),
    )


def kill_in_the_middle(home: Path, seconds: float = 60) -> None:
    held = home / "held"
    until = time.monotonic() + seconds
    while not (held.exists() and held.read_text()):
        assert time.monotonic() < until
        time.sleep(0.05)
    process = int(held.read_text())
    os.kill(process, signal.SIGKILL)
    time.sleep(0.2)
    held.unlink()


def test_a_killed_draft_is_tried_again(place: Workspace, reader: Reader) -> None:
    home = place.settings.home
    (home / HOLD).touch()
    dispatcher = Dispatcher(place, dawdling)
    dispatcher.start()
    try:
        study_id = take_in(place, reader).study_id
        kill_in_the_middle(home)
        (home / HOLD).unlink()
        job = wait_for(place, study_id, JobState.DONE, JobState.FAILED)
    finally:
        dispatcher.stop()
    assert (job.state, job.attempts) == (JobState.DONE, ATTEMPTS)
    assert isinstance(finished_draft(place, study_id), Draft)


def test_a_draft_that_always_kills_its_worker_ends_in_one_sentence(
    place: Workspace, reader: Reader
) -> None:
    home = place.settings.home
    (home / HOLD).touch()
    dispatcher = Dispatcher(place, dawdling)
    dispatcher.start()
    try:
        study_id = take_in(place, reader).study_id
        for _attempt in range(ATTEMPTS):
            kill_in_the_middle(home)
        job = wait_for(place, study_id, JobState.FAILED)
        with pytest.raises(DraftFailedError, match="the worker ended unexpectedly"):
            finished_draft(place, study_id)
        # The dispatcher lives, and whoever asks again gets a draft.
        (home / HOLD).unlink()
        again: Job = request_draft(place, study_id, reader=reader)
        assert again.id == job.id and again.attempts == 0
        wait_for(place, study_id, JobState.DONE)
    finally:
        dispatcher.stop()
    until = time.monotonic() + 10
    while (swept := settle(place)) is None:
        # The last worker may still be leaving.
        assert time.monotonic() < until
        place.occupancy.leave()
    place.occupancy.leave()
    assert swept.orphans == ATTEMPTS + 1 and verify_store(place).sound


def test_a_worker_lives_in_the_home_of_its_server(place: Workspace, reader: Reader) -> None:
    """So that nothing is swept while it may still store a map."""
    dispatcher = Dispatcher(place)
    dispatcher.start()
    try:
        wait_for(place, take_in(place, reader).study_id, JobState.DONE)
        with place.occupancy.alone(0) as alone:
            assert not alone
    finally:
        dispatcher.stop()
    with place.occupancy.alone(10) as alone:
        assert alone
    assert job_of(place, 1).state is JobState.DONE


def test_a_broken_film_does_not_hold_up_the_others(place: Workspace, reader: Reader) -> None:
    """A disk that cannot read one film fails that job, within the limit."""
    first, second = (
        take_in(place, reader, pixels=film_pixels(seed=seed)).study_id for seed in (1, 2)
    )
    with place.look() as look:
        [film] = look.studies.get(first).instances
    path = place.blobs.path(film.pixel_blob_digest)
    path.unlink()
    path.mkdir()
    dispatcher = Dispatcher(place)
    dispatcher.start()
    try:
        assert wait_for(place, second, JobState.DONE, JobState.FAILED).state is JobState.DONE
        failed = wait_for(place, first, JobState.FAILED)
    finally:
        dispatcher.stop()
    assert failed.attempts == ATTEMPTS and failed.error_reason == "is a directory"
