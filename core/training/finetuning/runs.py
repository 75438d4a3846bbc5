"""A training run as a folder: the only record of its state, for a shell and for a page alike.

::

    run.json        what was asked: model, corpus, recipe, backend, parameters, environment,
                    started, command; resumed: at, step and environment of each going on
    state.json      where it stands: state, step, steps, updated, error, weights_sha256; replaced
                    whole
    history.jsonl   one line a logged step, appended
    checks.json     what was tried after training, on the finished adapter
    lock            held by the process that trains
    cancel          asks that process to stop after its step, by being there
    log.txt         what the process said
    checkpoints/    the newest is resumed from
    adapter/        safetensors and configuration of the adapter (``model/`` of a whole model)

`core.training.finetuning.run_writer` writes it. No torch is imported here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import portalocker
from portalocker.exceptions import LockException

from core.domain.errors import N_
from core.domain.training_errors import RunError

RUN, STATE, HISTORY, CHECKS = "run.json", "state.json", "history.jsonl", "checks.json"
LOCK, CANCEL, LOG = "lock", "cancel", "log.txt"
CHECKPOINTS, ADAPTER, MODEL = "checkpoints", "adapter", "model"
MOST_JSON = 5_000_000
MOST_HISTORY = 100_000_000
KNOWN_HISTORIES = 512
"""Histories that are kept while their files stay as they are."""


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # said to be running, and nobody holds the lock


@dataclass(frozen=True)
class Step:
    """One line of the history.

    Attributes
    ----------
    step : int
        From 1; one optimizer step.
    loss : float
        Mean over the tokens that count, in nats.
    seconds : float
        Of the step.
    tokens_per_second : float
        Tokens of all sequences, padding left out.
    memory_bytes : int or None
        Most that was held so far, on the GPU where one trains.
    """

    step: int
    loss: float
    learning_rate: float
    seconds: float
    tokens_per_second: float
    memory_bytes: int | None = None
    gradient_norm: float | None = None


@dataclass(frozen=True)
class Parameters:
    """Counted from the model that trains: 4-bit weights count as the numbers they stand for."""

    trained: int
    total: int

    @property
    def share(self) -> float:
        return self.trained / self.total if self.total else 0.0


@dataclass(frozen=True)
class Run:
    """A run as its folder tells it.

    Attributes
    ----------
    model, corpus : mapping
        ``name``, ``digest``, and for the model ``architecture``; for the corpus ``samples``.
    recipe : mapping
        Every field of the recipe, with ``name``.
    backend : str
        ``unsloth`` or ``peft``; ``transformers`` where the whole model is trained.
    error : mapping or None
        ``code`` and ``message`` of the sentence it ended with, and its ``remedy``; ``templates`` of
        both and the ``facts`` that fill them, for another language.
    checks : mapping
        Empty until they were made; see `core.training.finetuning.checks`.
    weights_sha256 : str
        Of the finished adapter or model; empty before. Drafts and evaluations name it too.
    """

    folder: Path
    state: RunState
    model: Mapping[str, Any]
    corpus: Mapping[str, Any]
    recipe: Mapping[str, Any]
    backend: str
    parameters: Parameters | None
    environment: Mapping[str, str]
    started: str
    updated: str
    command: str
    step: int = 0
    steps: int = 0
    history: tuple[Step, ...] = ()
    checks: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None
    weights_sha256: str = ""

    @property
    def name(self) -> str:
        return self.folder.name


def read_run(folder: Path, *, history: bool = True) -> Run:
    """Return a run. A line of the history that was cut short by a crash is left out.

    Parameters
    ----------
    history : bool
        Whether its steps are read too; who asks where it stands needs none of them.

    Raises
    ------
    RunError
        If the folder holds no run, or it cannot be read.
    """
    asked = _json(folder / RUN)
    if asked is None:
        _fail(N_("the folder holds no run"))
    stands = _json(folder / STATE) or {}
    held = is_held(folder)
    if not held and stands.get("state", RunState.RUNNING) == RunState.RUNNING:
        # It may have ended between the two looks.
        stands = _json(folder / STATE) or {}
    try:
        return _run(folder, asked, stands, held, history)
    except (KeyError, ValueError, TypeError, AttributeError):
        _fail(N_("a file of the run is damaged"))


def runs(folder: Path, *, history: bool = True) -> tuple[tuple[Run, ...], tuple[str, ...]]:
    """Return the runs of OVERREAD_HOME/runs, newest first, and names of folders that fail."""
    found: list[Run] = []
    failed: list[str] = []
    try:
        below = sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        below = []
    for path in below:
        try:
            found.append(read_run(path, history=history))
        except RunError:
            failed.append(path.name)
    return tuple(sorted(found, key=lambda run: run.started, reverse=True)), tuple(failed)


def ask_to_cancel(folder: Path) -> None:
    """Ask the process that trains to stop after its step.

    Raises
    ------
    RunError
        If the folder cannot be written.
    """
    try:
        (folder / CANCEL).touch()
    except OSError:
        _fail(N_("its folder cannot be written"))


def is_held(folder: Path) -> bool:
    """Whether a process trains in this folder now; asking does not disturb it."""
    try:
        with (folder / LOCK).open("rb") as file:
            portalocker.lock(
                file, portalocker.LockFlags.SHARED | portalocker.LockFlags.NON_BLOCKING
            )
    except FileNotFoundError:
        return False
    except LockException:
        return True
    except OSError:
        _fail(N_("a file of the run cannot be read"))
    return False


def read_history(folder: Path) -> tuple[Step, ...]:
    """Return the logged steps, up to the first line that is not whole.

    Raises
    ------
    RunError
        If the file is too large or cannot be read.
    """
    path = folder / HISTORY
    try:
        found = path.stat()
        if found.st_size > MOST_HISTORY:
            _fail(N_("a file of the run is too large"))
        return _history(path.absolute(), found.st_size, found.st_mtime_ns)
    except FileNotFoundError:
        return ()
    except OSError:
        _fail(N_("a file of the run cannot be read"))


@lru_cache(maxsize=KNOWN_HISTORIES)
def _history(path: Path, size: int, changed: int) -> tuple[Step, ...]:  # noqa: ARG001
    """Return the steps of a file of this size that was changed then."""
    steps: list[Step] = []
    # What stands after the last line break was cut short.
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            steps.append(_step(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            break
    return tuple(steps)


def _run(
    folder: Path, asked: Mapping[str, Any], stands: Mapping[str, Any], held: bool, history: bool
) -> Run:
    state = RunState(stands.get("state", RunState.RUNNING))
    if state is RunState.RUNNING and not held:
        state = RunState.INTERRUPTED
    counted, error = asked.get("parameters"), stands.get("error")
    return Run(
        folder=folder,
        state=state,
        model=dict(asked["model"]),
        corpus=dict(asked["corpus"]),
        recipe=dict(asked["recipe"]),
        backend=str(asked["backend"]),
        parameters=Parameters(int(counted["trained"]), int(counted["total"])) if counted else None,
        environment={str(key): str(value) for key, value in asked["environment"].items()},
        started=str(asked["started"]),
        updated=str(stands.get("updated", asked["started"])),
        command=str(asked.get("command", "")),
        step=int(stands.get("step", 0)),
        steps=int(stands.get("steps", asked["recipe"].get("steps", 0))),
        history=read_history(folder) if history else (),
        checks=dict(_json(folder / CHECKS) or {}),
        error=dict(error) if error else None,
        weights_sha256=str(stands.get("weights_sha256", "")),
    )


def _step(line: Mapping[str, Any]) -> Step:
    kept = {each.name: line[each.name] for each in fields(Step) if line.get(each.name) is not None}
    step = Step(**kept)
    numbers = (step.loss, step.learning_rate, step.seconds, step.tokens_per_second)
    if not (isinstance(step.step, int) and all(math.isfinite(number) for number in numbers)):
        raise ValueError(step)
    return step


def _json(path: Path) -> dict[str, Any] | None:
    """Return a document; ``None`` where there is none."""
    try:
        if path.stat().st_size > MOST_JSON:
            _fail(N_("a file of the run is too large"))
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError:
        _fail(N_("a file of the run cannot be read"))
    except (ValueError, RecursionError):
        _fail(N_("a file of the run is damaged"))
    if not isinstance(document, dict):
        _fail(N_("a file of the run is damaged"))
    return document


def _fail(reason: str) -> NoReturn:
    raise RunError(reason=reason) from None
