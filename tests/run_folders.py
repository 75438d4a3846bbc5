"""Folders of training runs, made by hand in the layout of `core.training.finetuning.runs`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import portalocker

from core.training.finetuning.runs import ADAPTER, CHECKS, HISTORY, LOCK, RUN, STATE

STARTED = "2026-11-20T09:14:00.000+00:00"
UPDATED = "2026-11-20T09:20:00.000+00:00"
PASSED = {
    "changes_output": {"passed": True, "difference": 0.31},
    "reload_exact": {"passed": True, "difference": 0.0, "tolerance": 0.0},
    "merged_agrees": {"passed": True, "difference": 1e-6, "tolerance": 1e-3, "of": "logits"},
}


def write_run(
    folder: Path,
    state: str = "done",
    *,
    step: int = 6,
    steps: int = 6,
    model: str = "qwen2-vl-2b",
    corpus: str = "roco",
    recipe: Mapping[str, Any] | None = None,
    started: str = STARTED,
    error: Mapping[str, str] | None = None,
    checks: Mapping[str, Any] | None = None,
    weights_sha256: str = "",
    backend: str = "peft",
) -> Path:
    """Write a run whose loss falls from 4 towards 1; returns its folder."""
    folder.mkdir(parents=True)
    _write(
        folder / RUN,
        {
            "model": {"name": model, "digest": "a" * 64, "architecture": "Qwen2VL"},
            "corpus": {"name": corpus, "digest": "b" * 64, "samples": 40},
            "recipe": {"name": "small", "method": "lora", "steps": steps, "r": 16}
            | dict(recipe or {}),
            "backend": backend,
            "parameters": {"trained": 18_464_768, "total": 2_227_450_368},
            "environment": {"python": "3.11.9", "torch": "2.8.0", "device": "cpu"},
            "started": started,
            "command": "python -m core.training lora --model qwen2-vl-2b",
        },
    )
    stands = {"state": state, "step": step, "steps": steps, "updated": UPDATED}
    ends = {"error": dict(error) if error else None, "weights_sha256": weights_sha256}
    _write(folder / STATE, stands | ends)
    with (folder / HISTORY).open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(line(number)) + "\n" for number in range(1, step + 1))
    if checks is not None:
        _write(folder / CHECKS, checks)
    return folder


def line(step: int) -> dict[str, Any]:
    """One line of a history."""
    return {
        "step": step,
        "loss": 1 + 3 * math.exp(-step / 4),
        "learning_rate": 2e-4,
        "seconds": 1.5,
        "tokens_per_second": 210.0,
        "memory_bytes": 2_100_000_000,
        "gradient_norm": 0.7,
    }


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of a run as the process that trains does."""
    with (folder / LOCK).open("ab") as file:
        portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        yield


def write_adapter_of(run: Path, base: Path) -> Path:
    """Give a run the adapter that it ended with."""
    from tests.checkpoints import write_adapter

    return write_adapter(run / ADAPTER, base=str(base))


def _write(path: Path, document: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")
