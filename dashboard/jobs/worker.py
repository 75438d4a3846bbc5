"""What runs in the worker process: one job at a time, model kept warm, low priority."""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
import time
from functools import cache

from core.domain.errors import (
    N_,
    DatabaseUnavailableError,
    DraftCancelledError,
    OverreadError,
    StorageUnavailableError,
)
from core.domain.job import Job, JobKind, JobState
from core.models import registry
from core.models.base import FindingClassifier
from core.models.film_standing import FilmGate
from core.processes import end_with_parent, free_memory, without_collections
from core.settings import Settings
from dashboard.services import writers
from dashboard.services.answer_question import answer_question
from dashboard.services.draft_study import draft_study
from dashboard.services.request_draft import file_under, made_with
from dashboard.services.writers import Loaded
from dashboard.services.written_draft import Writer
from dashboard.workspace import Workspace, open_workspace

logger = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
DEADLINE_SECONDS = 300.0
LOADING_SECONDS = 1800.0
NICENESS = 10

_place: Workspace | None = None
_held: Loaded | None = None
"""The model that writes, and what of it was loaded."""
_read: dict[str, tuple[str, FindingClassifier]] = {}
"""Each classifier that was loaded, and what it was loaded from."""


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
    """Load a classifier and its gate before the first job wants them."""
    assert _place is not None
    reads = writers.classifier_beside(_place, model)
    with without_collections():
        _classifier(reads)
        _film_check(reads)


def run(job: Job) -> None:
    """Do a claimed job; every expected failure ends as a state of the job."""
    assert _place is not None
    place = _place
    watch = _Watch(place, job)
    watch.begin()
    try:
        if job.kind is JobKind.ANSWER:
            loaded = _loaded(job, watch)
            watch.allow(DEADLINE_SECONDS + place.settings.writing_seconds)
            answer_question(
                place, job, loaded.drafter, watch.progress, watch.cancelled, loaded.versions
            )
        else:
            _draft(place, job, watch)
    except (DatabaseUnavailableError, StorageUnavailableError):
        # Nothing can be written down now; the dispatcher tries the job again.
        raise
    except DraftCancelledError:
        _finish(place, job, JobState.CANCELLED)
    except OverreadError as error:
        logger.warning("job %d failed: %s", job.id, error.code)
        told = (
            error.facts[name] for name in ("reason", "seconds", "server") if name in error.facts
        )
        reason = str(next(told, error))
        _finish(place, job, JobState.FAILED, code=error.code, reason=reason)
    finally:
        watch.end()


def _draft(place: Workspace, job: Job, watch: _Watch) -> None:
    written = writers.writes(place, job.model)
    reads = writers.classifier_beside(place, job.model) if written else job.model
    classifier, gate = _classifier(reads), _film_check(reads)
    loaded = _loaded(job, watch) if written else None
    # Another version may have been made active since it was asked, or while this one was loaded.
    file_under(place, job, made_with(place, job.model, loaded.writing if loaded else None))
    writer = _writer(place, loaded, watch) if loaded else None
    draft_study(place, job, classifier, watch.progress, gate, writer)


def _writer(place: Workspace, loaded: Loaded, watch: _Watch) -> Writer:
    settings = place.settings
    watch.allow(DEADLINE_SECONDS + settings.candidates * settings.writing_seconds)
    return Writer(
        drafter=loaded.drafter,
        asked=loaded.asked,
        stop=watch.cancelled,
        candidates=settings.candidates,
        seconds=settings.writing_seconds,
        versions=loaded.versions,
        notes=writers.notes(place, loaded),
    )


def _loaded(job: Job, watch: _Watch) -> Loaded:
    # Its files may be looked through and read for minutes, which is no time of the film's.
    watch.progress(0.05, N_("loading the model"))
    watch.allow(LOADING_SECONDS)
    loaded = _load(job.model)
    watch.allow(DEADLINE_SECONDS)
    return loaded


def _classifier(model: str) -> FindingClassifier:
    """The classifier as it stands now: another version may have been made active since."""
    key = registry.loaded_from(model)
    held = _read.get(model)
    if held is None or held[0] != key:
        _one_torch_thread()
        held = key, registry.load(model)
        # What became active while it was loaded may be what was read, or not: not kept as either.
        if registry.loaded_from(model) == key:
            _read[model] = held
    return held[1]


def _one_torch_thread() -> None:
    import torch

    # Two threads beside a busy dashboard on two cores are slower than one: they spin.
    torch.set_num_threads(1)


@cache
def _film_check(model: str) -> FilmGate:
    return registry.load_film_check(model)


def _load(model: str) -> Loaded:
    """One model that writes at a time: the former one goes before the next one is looked at."""
    global _held
    assert _place is not None
    told = writers.loaded_from(_place, model)
    # Whether anything may be sent to a server is asked each time: a consent can be taken back.
    if _held is None or _held.told != told or writers.is_remote(_place, model):
        _held = None
        _one_torch_thread()
        free_memory()
        # What it says of itself, not what was asked for: an act may have come between.
        _held = writers.load_writer(_place, model)
    return _held


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
        self._until = time.monotonic() + DEADLINE_SECONDS
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def allow(self, seconds: float) -> None:
        """Set the deadline so many seconds from now."""
        self._until = time.monotonic() + seconds

    def cancelled(self) -> bool:
        """Whether a reader has asked the job to stop."""
        return self._cancelled.is_set()

    def progress(self, fraction: float, stage: str) -> None:
        if self._cancelled.is_set():
            raise DraftCancelledError()
        with self._place.work() as work:
            work.jobs.advance(self._job.id, fraction, stage)

    def _beat(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            now = dt.datetime.now(dt.UTC)
            if time.monotonic() > self._until:
                # Native code cannot be interrupted; the dispatcher sees the process end.
                logger.error("job %d passed its deadline", self._job.id)
                os._exit(70)
            try:
                with self._place.work() as work:
                    if work.jobs.beat(self._job.id, now):
                        self._cancelled.set()
            except (DatabaseUnavailableError, StorageUnavailableError):
                logger.warning("job %d could not tell that it lives", self._job.id)
