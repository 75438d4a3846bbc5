"""What runs in the worker process: one job at a time, model kept warm, low priority."""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
from functools import cache

from core.domain.errors import (
    DatabaseUnavailableError,
    DraftCancelledError,
    OverreadError,
    StorageUnavailableError,
)
from core.domain.job import Job, JobState
from core.models import registry
from core.models.base import FindingClassifier
from core.models.film_standing import FilmGate
from core.processes import end_with_parent
from core.settings import Settings
from dashboard.services.draft_study import draft_study
from dashboard.workspace import Workspace, open_workspace

logger = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
DEADLINE_SECONDS = 300.0
NICENESS = 10

_place: Workspace | None = None


def start(settings: Settings) -> None:
    """Initialise the process: politeness, one torch thread, and an end when the server ends."""
    global _place
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    end_with_parent()
    _place = open_workspace(settings)
    # Nothing is swept while this process may still store a map, even if its server was killed.
    _place.occupancy.join()


def warm(model: str) -> None:
    """Load a model and its gate before the first job wants them."""
    _classifier(model)
    _film_check(model)


def run(job: Job) -> None:
    """Draft the study of a claimed job; every expected failure ends as a state of the job."""
    assert _place is not None
    place = _place
    watch = _Watch(place, job)
    watch.begin()
    try:
        classifier, gate = _classifier(job.model), _film_check(job.model)
        draft_study(place, job, classifier, watch.progress, gate)
    except (DatabaseUnavailableError, StorageUnavailableError):
        # Nothing can be written down now; the dispatcher tries the job again.
        raise
    except DraftCancelledError:
        _finish(place, job, JobState.CANCELLED)
    except OverreadError as error:
        logger.warning("job %d failed: %s", job.id, error.code)
        reason = str(error.facts.get("reason", error))
        _finish(place, job, JobState.FAILED, code=error.code, reason=reason)
    finally:
        watch.end()


@cache
def _classifier(model: str) -> FindingClassifier:
    import torch

    # Two threads beside a busy dashboard on two cores are slower than one: they spin.
    torch.set_num_threads(1)
    return registry.load(model)


@cache
def _film_check(model: str) -> FilmGate:
    return registry.load_film_check(model)


def _finish(
    place: Workspace, job: Job, state: JobState, *, code: str = "", reason: str = ""
) -> None:
    with place.work() as work:
        work.jobs.finish(job.id, state, error_code=code, error_reason=reason)


class _Watch:
    """Heartbeat, cancel flag and deadline of one running job."""

    def __init__(self, place: Workspace, job: Job) -> None:
        self._place, self._job = place, job
        self._over = threading.Event()
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def progress(self, fraction: float, stage: str) -> None:
        if self._cancelled.is_set():
            raise DraftCancelledError()
        with self._place.work() as work:
            work.jobs.advance(self._job.id, fraction, stage)

    def _beat(self) -> None:
        started = dt.datetime.now(dt.UTC)
        while not self._over.wait(BEAT_SECONDS):
            now = dt.datetime.now(dt.UTC)
            if (now - started).total_seconds() > DEADLINE_SECONDS:
                # Native code cannot be interrupted; the dispatcher sees the process end.
                logger.error("job %d passed its deadline", self._job.id)
                os._exit(70)
            try:
                with self._place.work() as work:
                    if work.jobs.beat(self._job.id, now):
                        self._cancelled.set()
            except (DatabaseUnavailableError, StorageUnavailableError):
                logger.warning("job %d could not tell that it lives", self._job.id)
