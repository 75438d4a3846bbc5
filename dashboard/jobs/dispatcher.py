"""Hands due jobs to an executor and keeps the job table true to what happens.

The table is the only record: after a restart, jobs whose worker died are found by their silence.
"""

from __future__ import annotations

import datetime as dt
import logging
import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor

from core.domain.errors import (
    DatabaseUnavailableError,
    OverreadError,
    StorageFullError,
    StorageUnavailableError,
)
from core.domain.job import Job, JobState
from dashboard.jobs import worker
from dashboard.workspace import Workspace

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.4
SILENCE_SECONDS = 15.0
ATTEMPTS = 2
# After a job that a full disk or a stopped database ended; it is no fault of the job.
PAUSE = dt.timedelta(seconds=10)

MakeExecutor = Callable[[Workspace], Executor]


def one_process(place: Workspace) -> Executor:
    """One spawned worker: a fork would copy the server's threads and locks."""
    return ProcessPoolExecutor(
        max_workers=1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=worker.start,
        initargs=(place.settings,),
    )


class Dispatcher:
    """A thread of the server; started and stopped by its lifespan, never by a page."""

    def __init__(self, place: Workspace, make_executor: MakeExecutor = one_process) -> None:
        self._place = place
        self._make_executor = make_executor
        self._executor = make_executor(place)
        self._current: tuple[Job, Future[None]] | None = None
        self._paused_until = dt.datetime.min.replace(tzinfo=dt.UTC)
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="dispatcher", daemon=True)

    def start(self) -> None:
        self._executor.submit(worker.warm, self._place.settings.model)
        self._wake.set()
        self._thread.start()

    def stop(self) -> None:
        """Stop handing out jobs; a running one is found again at the next start."""
        self._stop.set()
        self._wake.set()
        self._thread.join(timeout=5)
        self._executor.shutdown(wait=False, cancel_futures=True)

    @property
    def alive(self) -> bool:
        """Whether jobs are being handed out."""
        return self._thread.is_alive()

    def _loop(self) -> None:
        while not self._stop.is_set():
            # A job that ended makes room at once: a batch must not wait for the next look.
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()
            if self._stop.is_set():
                return
            try:
                self.step(dt.datetime.now(dt.UTC))
            except (DatabaseUnavailableError, StorageUnavailableError) as error:
                logger.warning("jobs wait: %s", error.code)

    def step(self, now: dt.datetime) -> None:
        """One round: collect what ended, recover what went silent, hand out the next job."""
        if self._current is not None and self._current[1].done():
            job, future = self._current
            self._current = None
            self._collect(job, future, now)
        self._recover(now)
        if self._current is None and now >= self._paused_until:
            self._hand_out(now)

    def _collect(self, job: Job, future: Future[None], now: dt.datetime) -> None:
        error = future.exception()
        if error is None:
            return
        logger.error("job %d ended with %s", job.id, type(error).__name__)
        if isinstance(error, BrokenExecutor):
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = self._make_executor(self._place)
            self._retry(job, "the worker ended unexpectedly")
        elif isinstance(error, (DatabaseUnavailableError, StorageFullError)):
            self._paused_until = now + PAUSE
            self._wait(job)
        else:
            self._retry(job, _reason(error))

    def _recover(self, now: dt.datetime) -> None:
        silent = now - dt.timedelta(seconds=SILENCE_SECONDS)
        with self._place.look() as look:
            running = look.jobs.running()
        for job in running:
            ours = self._current is not None and self._current[0].id == job.id
            if not ours and (job.heartbeat_at is None or job.heartbeat_at < silent):
                logger.warning("job %d went silent", job.id)
                self._retry(job, "the worker went silent")

    def _retry(self, job: Job, reason: str) -> None:
        with self._place.work() as work:
            if not work.jobs.get(job.id).state.open:
                return
            if job.attempts < ATTEMPTS:
                work.jobs.requeue(job.id)
            else:
                work.jobs.finish(
                    job.id, JobState.FAILED, error_code="draft_failed", error_reason=reason
                )

    def _wait(self, job: Job) -> None:
        """Queue a job again that storage failed, unless the commit came through after all."""
        with self._place.work() as work:
            if work.jobs.get(job.id).state.open:
                work.jobs.requeue(job.id, counted=False)

    def _hand_out(self, now: dt.datetime) -> None:
        with self._place.look() as look:
            if not look.jobs.waiting():
                return
        with self._place.work() as work:
            job = work.jobs.claim(now)
        if job is None:
            return
        try:
            future = self._executor.submit(worker.run, job)
        except BrokenExecutor:
            self._executor = self._make_executor(self._place)
            self._retry(job, "the worker ended unexpectedly")
            return
        self._current = job, future
        future.add_done_callback(lambda _: self._wake.set())


def _reason(error: BaseException) -> str:
    """The end of a sentence; what an unexpected fault says may hold what no reader should see."""
    if isinstance(error, OverreadError) and "reason" in error.facts:
        return str(error.facts["reason"])
    return "the worker met an unexpected fault"
