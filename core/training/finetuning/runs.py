"""A training run as a folder: the only record of its state, for a shell and for a page alike.

::

    run.json        what was asked: model, corpus, recipe, backend, parameters, environment
    state.json      where it stands; replaced whole
    history.jsonl   one line a logged step, appended
    checks.json     what was tried after training, on the finished adapter
    lock            held by the process that trains
    cancel          asks that process to stop after its step, by being there
    log.txt         what the process said
    checkpoints/    the newest is resumed from
    adapter/        safetensors and configuration of the adapter (``model/`` of a whole model)

No torch is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

RUN, STATE, HISTORY, CHECKS = "run.json", "state.json", "history.jsonl", "checks.json"
LOCK, CANCEL, LOG = "lock", "cancel", "log.txt"
CHECKPOINTS, ADAPTER, MODEL = "checkpoints", "adapter", "model"


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
        ``code`` and ``message`` of the sentence it ended with.
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
    error: Mapping[str, str] | None = None
    weights_sha256: str = ""

    @property
    def name(self) -> str:
        return self.folder.name


def read_run(folder: Path) -> Run:
    """Return a run. A line of the history that was cut short by a crash is left out.

    Raises
    ------
    RunError
        If the folder holds no run, or it cannot be read.
    """
    raise NotImplementedError


def runs(folder: Path) -> tuple[tuple[Run, ...], tuple[str, ...]]:
    """Return the runs of OVERREAD_HOME/runs, newest first, and names of folders that fail."""
    raise NotImplementedError


def ask_to_cancel(folder: Path) -> None:
    """Ask the process that trains to stop after its step."""
    raise NotImplementedError
