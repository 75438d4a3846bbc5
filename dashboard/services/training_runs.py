"""The training runs of this home folder, as their folders and locks tell: no server remembers any.

A run that was started on the page has a file beside those of the run itself::

    request.json    who asked for it, when, for what, and which process was started

So a run that has not begun is known too, and any server finds again what another one started.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from core.domain.errors import N_
from core.domain.reader import Reader
from core.domain.training_errors import RunError
from core.models.language.record import replace_json
from core.training.finetuning import runs as run_folders
from core.training.finetuning.recipe import LORA
from core.training.finetuning.runs import CANCEL, RUN, Run, RunState
from dashboard.workspace import Workspace

REQUEST = "request.json"
MOST_BYTES = 100_000
PATIENCE_S = 3.0
"""How long a cancel waits for a process that starts to end."""

logger = logging.getLogger(__name__)


class Stage(StrEnum):
    """Where a run stands for who looks at it."""

    STARTING = "starting"  # its process is there, and does not train yet
    RUNNING = "running"
    STOPPING = "stopping"  # was asked to stop after its step
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    NOT_BEGUN = "not begun"  # its process ended before there was a run


ACTIVE = (Stage.STARTING, Stage.RUNNING, Stage.STOPPING)
RESUMABLE = (Stage.CANCELLED, Stage.FAILED, Stage.INTERRUPTED)


@dataclass(frozen=True)
class Request:
    """What was asked for on the page.

    Attributes
    ----------
    model : str
        A name of the shelf, or the whole path of a folder.
    corpus : str
        Whole path of its folder.
    asked : str
        UTC, ISO 8601.
    process, born
        Number of the process, and when it began by the clock of the system: numbers come again.
    """

    reader: str
    asked: str
    model: str
    corpus: str
    recipe: str
    steps: int
    process: int = 0
    born: float = 0.0


@dataclass(frozen=True)
class TrainingRun:
    """One row. ``run`` is ``None`` while there is no more than a request."""

    name: str
    folder: Path
    stage: Stage
    run: Run | None = None
    request: Request | None = None

    @property
    def active(self) -> bool:
        return self.stage in ACTIVE

    @property
    def resumable(self) -> bool:
        """Whether the page can go on with it: a whole model is resumed by its own command."""
        adapter = self.run is not None and self.run.recipe.get("method", LORA) == LORA
        return adapter and self.stage in RESUMABLE

    @property
    def stopped_at_once(self) -> bool:
        """Whether the process that should go on with it ended before it did."""
        asked = self.request.asked if self.request else ""
        return self.run is not None and self.stage in RESUMABLE and asked > self.run.updated

    @property
    def started(self) -> str:
        """UTC, ISO 8601; empty where nobody knows."""
        if self.run is not None:
            return self.run.started
        return self.request.asked if self.request else ""


@dataclass(frozen=True)
class TrainingRuns:
    """All rows, newest first, and names of folders that cannot be read."""

    rows: tuple[TrainingRun, ...]
    damaged: tuple[str, ...] = ()

    @property
    def active(self) -> tuple[TrainingRun, ...]:
        return tuple(row for row in self.rows if row.active)

    def named(self, name: str) -> TrainingRun | None:
        return next((row for row in self.rows if row.name == name), None)


def training_runs(place: Workspace, *, history: bool = True) -> TrainingRuns:
    """Return every run, from the files alone; without its steps where nobody looks at them."""
    folder = place.settings.runs
    found, failed = run_folders.runs(folder, history=history)
    rows = [_row(run) for run in found]
    damaged = []
    for name in failed:
        row = _unread(folder / name, history)
        if row is None:
            damaged.append(name)
        else:
            rows.append(row)
    rows.sort(key=lambda row: row.started, reverse=True)
    return TrainingRuns(tuple(rows), tuple(damaged))


def training_run(place: Workspace, name: str, *, history: bool = True) -> TrainingRun:
    """Return one run.

    Raises
    ------
    RunError
        If there is none of this name.
    """
    folder = place.settings.runs / name
    try:
        if folder.name == name != ".." and folder.is_dir():
            return _row(run_folders.read_run(folder, history=history))
    except RunError:
        if row := _unread(folder, history):
            return row
    raise RunError(reason=N_("there is no run of this name"))


def cancel_run(place: Workspace, name: str, *, reader: Reader) -> None:
    """Ask a run to stop after its step; its last checkpoint stays. One that starts is ended.

    Raises
    ------
    RunError
    """
    found = training_run(place, name, history=False)
    if found.stage not in (Stage.STARTING, Stage.RUNNING):
        raise RunError(reason=N_("it is not running"))
    logger.info("reader %d cancels a training run", reader.id)
    if found.stage is Stage.RUNNING:
        run_folders.ask_to_cancel(found.folder)
    else:
        _end(found.request)


def read_request(folder: Path) -> Request | None:
    """Return what was asked for; ``None`` where a shell started the run, or it cannot be read."""
    path = folder / REQUEST
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        return _request(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def write_request(folder: Path, request: Request) -> None:
    """Keep what was asked for, whole or not at all.

    Raises
    ------
    OSError
    """
    replace_json(folder / REQUEST, asdict(request))


def _request(document: Mapping[str, object]) -> Request:
    words = {name: str(document[name]) for name in ("reader", "asked", "model", "corpus", "recipe")}
    steps, process = (int(str(document[name])) for name in ("steps", "process"))
    return Request(**words, steps=steps, process=process, born=float(str(document["born"])))


def _end(request: Request | None) -> None:
    """End the process of a run that takes no steps yet: it asks nobody whether to stop."""
    process = _process(request) if request else None
    if process is None:
        raise RunError(reason=N_("its process is not found"))
    try:
        process.terminate()
        process.wait(PATIENCE_S)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired:
        logger.warning("the process of a training run takes long to end")
    except psutil.AccessDenied:
        raise RunError(reason=N_("its process belongs to somebody else")) from None


def _unread(folder: Path, history: bool) -> TrainingRun | None:
    """Return the row of a folder that held no run when it was read; ``None`` of a damaged one."""
    request = read_request(folder)
    if request is None:
        return None
    if not (folder / RUN).exists():
        at_work = _lives(request) or _is_held(folder)
        stage = Stage.STARTING if at_work else Stage.NOT_BEGUN
        return TrainingRun(folder.name, folder, stage, None, request)
    try:
        # It may have begun between the two looks.
        return _row(run_folders.read_run(folder, history=history))
    except RunError:
        return None


def _row(run: Run) -> TrainingRun:
    request = read_request(run.folder)
    stage = Stage(run.state.value)
    if run.state is RunState.RUNNING and (run.folder / CANCEL).exists():
        stage = Stage.STOPPING
    elif stage in RESUMABLE and request and request.asked > run.updated and _lives(request):
        stage = Stage.STARTING
    return TrainingRun(run.name, run.folder, stage, run, request)


def _is_held(folder: Path) -> bool:
    """Whether a process holds the lock; one that cannot be asked for may be held."""
    try:
        return run_folders.is_held(folder)
    except RunError:
        return True


def _lives(request: Request) -> bool:
    return _process(request) is not None


def _process(request: Request) -> psutil.Process | None:
    """Return the process of a request if it is still there, and not another one of its number."""
    try:
        process = psutil.Process(request.process)
        same = abs(process.create_time() - request.born) < 1
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.Error, ValueError):
        return None
