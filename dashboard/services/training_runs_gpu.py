"""What `benchmarks/lora_gpu.py` measured of fine-tuning on a GPU; nothing where nobody ran it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEASURED = Path(__file__).resolve().parents[2] / "benchmarks" / "lora_gpu.json"
COMMAND = "python -m benchmarks.lora_gpu --out benchmarks/lora_gpu.json"
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class GpuRow:
    """A model trained by one library. Numbers are ``None`` where it ended in an ``error``.

    ``torch_bytes`` is the most that torch held, ``card_bytes`` what the driver says is taken.
    """

    model: str
    backend: str
    error: str = ""
    steps: int = 0
    seconds_per_step: float | None = None
    tokens_per_second: float | None = None
    torch_bytes: int | None = None
    card_bytes: int | None = None
    fits_12_gb: bool | None = None


@dataclass(frozen=True)
class OnGpu:
    """``made`` is UTC, ISO 8601; ``recipe`` the name of what was trained under."""

    gpu: str
    made: str
    command: str
    recipe: str
    rows: tuple[GpuRow, ...]


def measured_on_gpu(path: Path = MEASURED) -> OnGpu | None:
    """Return the file of the script; ``None`` where there is none, it is damaged, or of no GPU."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        document = json.loads(path.read_text(encoding="utf-8"))
        gpu = str(document["machine"]["gpu"])
        if not gpu or document["tiny"]:
            return None
        return OnGpu(
            gpu,
            str(document["made"]),
            str(document["command"]),
            str(document["recipe"]["name"]),
            tuple(_row(row) for row in document["rows"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _row(row: Mapping[str, Any]) -> GpuRow:
    if row["error"]:
        return GpuRow(str(row["model"]), str(row["backend"]), str(row["error"]))
    peak = row["peak_memory_bytes"]
    return GpuRow(
        model=str(row["model"]),
        backend=str(row["backend"]),
        steps=int(row["steps"]),
        seconds_per_step=float(row["seconds_per_step"]),
        tokens_per_second=float(row["tokens_per_second"]),
        torch_bytes=int(peak) if peak else None,
        card_bytes=int(row["card_bytes"]) or None,
        fits_12_gb=bool(row["fits_12_gb"]) if row["card_bytes"] else None,
    )
