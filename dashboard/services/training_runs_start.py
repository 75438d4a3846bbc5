"""Start a training run, or go on with one: a process of its own, which outlives the server.

Nothing is trained in the server. The page finds the process again by the lock in the run's folder.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psutil

from core.domain.errors import N_
from core.domain.reader import Reader
from core.domain.training_errors import RunError
from core.models.language.catalogue import plain_name
from core.settings import Settings
from core.training.finetuning.runs import CANCEL, LOG
from dashboard.services.training_runs import (
    Request,
    Stage,
    TrainingRun,
    training_run,
    training_runs,
    write_request,
)
from dashboard.services.training_runs_wish import (
    Wish,
    corpus_folder,
    model_asked_for,
    refused_before_start,
)
from dashboard.workspace import Workspace
from storage.failures import in_one_sentence

COMMAND: Sequence[str] = (sys.executable, "-m", "core.training", "lora")
ROOT = Path(__file__).resolve().parents[2]
NICENESS = 10
"""Reading goes before training."""
_NOT_FOR_A_RUN = ("OVERREAD_DATABASE_URL", "OVERREAD_REMOTE_MODEL_KEY", "HF_TOKEN")
"""Secrets that training does not need."""

logger = logging.getLogger(__name__)
_starting = threading.Lock()
_children: list[subprocess.Popen[bytes]] = []


def start_run(place: Workspace, wish: Wish, *, reader: Reader) -> str:
    """Start a run; returns its name.

    Raises
    ------
    RunError
        If another run is under way: two do not fit into the memory that one was chosen for.
    RecipeError, CorpusError, CheckpointRefusedError, ModelUnavailableError
        If it is known before the start that it cannot run.
    StorageUnavailableError
    """
    refused_before_start(place, wish)
    corpus, model = corpus_folder(place, wish.corpus), model_asked_for(place, wish.model)
    with _starting, in_one_sentence():
        refused_beside_another(place)
        folder = _new_folder(place.settings.runs, wish)
        arguments = [
            "--model", model, "--corpus", str(corpus), "--recipe", wish.recipe,
            "--steps", str(wish.steps), "--out", str(folder),
        ]  # fmt: skip
        request = Request(reader.name, _now(), model, str(corpus), wish.recipe, wish.steps)
        _spawn(place.settings, folder, arguments, request)
    logger.info("reader %d starts a training run", reader.id)
    return folder.name


def resume_run(place: Workspace, name: str, *, reader: Reader) -> None:
    """Go on with a run from its last checkpoint.

    Raises
    ------
    RunError
        If it did not end early, or another run is under way.
    StorageUnavailableError
    """
    with _starting, in_one_sentence():
        found = training_run(place, name, history=False)
        if not found.resumable:
            raise RunError(reason=N_("only a run of an adapter that ended early can be resumed"))
        refused_beside_another(place)
        (found.folder / CANCEL).unlink(missing_ok=True)
        request = _request_again(found, reader)
        # Model, corpus and recipe stand in the folder.
        arguments = ["--out", str(found.folder), "--resume"]
        _spawn(place.settings, found.folder, arguments, request)
    logger.info("reader %d resumes a training run", reader.id)


def dismiss_run(place: Workspace, name: str, *, reader: Reader) -> None:
    """Take away the folder of a run that never began: it holds a request and a log, no weights.

    A run whose process lives, or whose lock is held, is none of these and stays.

    Raises
    ------
    RunError
        If there is none of this name.
    StorageUnavailableError
    """
    with _starting, in_one_sentence():
        found = training_run(place, name, history=False)
        if found.stage is not Stage.NOT_BEGUN or found.folder.is_symlink():
            return
        logger.info("reader %d dismisses a training run that never began", reader.id)
        for path in sorted(found.folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        found.folder.rmdir()


def refused_beside_another(place: Workspace) -> None:
    """Look whether another run is under way.

    Raises
    ------
    RunError
        If one is: two do not fit into the memory that one was chosen for.
    """
    if training_runs(place, history=False).active:
        raise RunError(reason=N_("another run is under way; wait for it, or cancel it"))


# --- the process --------------------------------------------------------------------------------


def _new_folder(runs: Path, wish: Wish) -> Path:
    """Make the folder; its name says model, recipe and minute."""
    model = Path(wish.model).name
    stem = plain_name(f"{model}-{wish.recipe}-{datetime.now(UTC):%Y%m%d-%H%M}") or "run"
    runs.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1000):
        folder = runs / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise RunError(reason=N_("there are too many runs of this name"))


def _request_again(found: TrainingRun, reader: Reader) -> Request:
    """Who asks for a run to go on; what is trained stays as it was."""
    assert found.run is not None
    model, corpus, recipe = (
        str(part.get("name", "")) for part in (found.run.model, found.run.corpus, found.run.recipe)
    )
    return Request(reader.name, _now(), model, corpus, recipe, found.run.steps)


def _spawn(settings: Settings, folder: Path, arguments: list[str], request: Request) -> None:
    """Start the command in a session of its own; what it says goes into the run's folder.

    The request is written before and after: a process that nobody noted would run unseen.
    """
    write_request(folder, request)
    with (folder / LOG).open("ab") as log:
        try:
            child = subprocess.Popen(
                [*COMMAND, *arguments],
                cwd=ROOT,
                env=_environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError:
            raise RunError(reason=N_("its process cannot be started")) from None
    _children[:] = [each for each in _children if each.poll() is None] + [child]
    write_request(folder, _with_process(request, child.pid))


def _with_process(request: Request, number: int) -> Request:
    try:
        process = psutil.Process(number)
        noted = replace(request, process=number, born=process.create_time())
    except psutil.Error:
        # It has ended already.
        return replace(request, process=number)
    with suppress(psutil.Error):
        _give_way(process)
    return noted


def _give_way(process: psutil.Process) -> None:
    """Put a process behind the server, unless it is further behind already."""
    if os.name != "posix":
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    elif process.nice() < NICENESS:
        process.nice(NICENESS)


def _environment(settings: Settings) -> dict[str, str]:
    """The server's own, with threads for a long task; nothing is fetched by it."""
    threads = str(max(1, _cores() - 1))
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_A_RUN}
    return kept | {
        "OVERREAD_HOME": str(settings.home.resolve()),
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
        "HF_HUB_OFFLINE": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _cores() -> int:
    """Those that this process may use, which are fewer in a container."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
