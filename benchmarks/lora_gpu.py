"""Fine-tuning on one GPU: Unsloth beside transformers with peft, at the shapes of the real models.

Weights are random, of the published shapes, held in 4 bits, and trained under the original recipe
by the code that trains for a user; films are noise. A square film is more tokens to LLaVA 1.6 than
the original's ``max_length``, so that its own is 4,096; each row says which. Each measurement is a
process of its own, since Unsloth changes the other libraries for good. The file is written anew
after each, so that a run that is cut off keeps what it has; what was not reached is named. Written
down are seconds of a step, tokens a second, the most memory that torch held, and what the driver
says is taken of the card after the last step, with what torch keeps for later. ``fits 12 GB``
compares the latter with `OFFERED`. Unsloth compiles in the first steps, which do not count.

Run: python -m benchmarks.lora_gpu --out benchmarks/lora_gpu.json
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks import random_weights
from benchmarks.record import Table, machine, markdown
from core.domain.errors import OverreadError
from core.training.finetuning.backends.choice import PEFT, UNSLOTH, start_unsloth
from core.training.finetuning.recipe import FineTuning, open_recipe

OWN_FILE = Path(__file__).with_name("lora_gpu.json")
OFFERED = 23 * 2**29
"""Bytes, 11.5 GiB: about what a card sold with 12 GB leaves to a process."""
STEPS = 12
WARM = 2
SIDE = 1120
TINY = "qwen2_vl"
ORDER = ("qwen2-vl-2b", "llama-3.2-11b-vision", "llava-1.6-mistral-7b")
"""The smallest first, so that something is measured early."""
LEFT_OUT = "not run: the time was used up"
LLAVA_LENGTH = 4096
"""A film is up to 2,928 tokens to LLaVA 1.6: more than the 2,048 of the original recipe."""
COLUMNS = (
    "model", "library", "max length", "s a step", "tokens a s", "torch GB", "card GB", "fits 12 GB",
    "said",
)  # fmt: skip


def main(typed: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--steps", type=int, default=STEPS, help="of which two do not count")
    parser.add_argument("--models", nargs="*", help="names of shapes; default all three")
    parser.add_argument("--seconds", type=float, help="begin nothing after, and stop what runs")
    parser.add_argument("--row-seconds", type=float, help="stop one measurement after")
    parser.add_argument("--tiny", action="store_true", help="tiny shapes, on a CPU; for a test")
    parser.add_argument("--one", nargs=3, metavar=("FOLDER", "BACKEND", "NAME"), help="own use")
    chosen = parser.parse_args(typed)
    if chosen.steps <= WARM:
        parser.error(f"the first {WARM} steps do not count; --steps must be more")
    if chosen.one:
        return _one(chosen)
    import torch

    if not (chosen.tiny or torch.cuda.is_available()):
        sys.stderr.write("This measures fine-tuning on a GPU, and torch finds none here.\n")
        return 1
    print(markdown(table(_measure(chosen))))
    return 0


def _measure(chosen: argparse.Namespace) -> dict[str, Any]:
    """Measure each shape with each library; a shape's files are gone before the next is made."""
    ends = time.monotonic() + (chosen.seconds or float("inf"))
    backends = [PEFT] if chosen.tiny or find_spec("unsloth") is None else [PEFT, UNSLOTH]
    names = [TINY] if chosen.tiny else chosen.models or list(ORDER)
    rows = {(name, backend): _failed(chosen, name, backend, LEFT_OUT)
            for name in names for backend in backends}  # fmt: skip
    document = _written(chosen, rows.values())
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            base = Path(folder) / "model"
            told = _made(chosen, name, base, ends)
            for backend in backends:
                row = _failed(chosen, name, backend, told) if told else None
                rows[name, backend] = row or _measured(chosen, name, backend, base, ends)
                document = _written(chosen, rows.values())
    return document


def _written(chosen: argparse.Namespace, rows: Collection[Mapping[str, Any]]) -> dict[str, Any]:
    """Write the document as far as it goes.

    The card is named by the processes that trained: this one takes nothing of it.
    """
    document = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": _command(chosen),
        "tiny": chosen.tiny,
        "machine": {**machine(), "gpu": next((row["gpu"] for row in rows if row.get("gpu")), "")},
        "recipe": _recipe(chosen, "").document(),
        "rows": [{key: value for key, value in row.items() if key != "gpu"} for row in rows],
    }
    unfinished = chosen.out.with_name(chosen.out.name + ".part")
    unfinished.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(chosen.out)
    return document


def _command(chosen: argparse.Namespace) -> str:
    typed = ["python -m benchmarks.lora_gpu"]
    typed += ["--tiny"] if chosen.tiny else []
    typed += [f"--steps {chosen.steps}"] if chosen.steps != STEPS else []
    typed += [f"--models {' '.join(chosen.models)}"] if chosen.models else []
    return " ".join(typed)


def table(document: Mapping[str, Any]) -> Table:
    """Return the rows of the file as they are printed."""
    compared = f"fits 12 GB: at most {OFFERED / 1e9:.1f} GB of the card are taken"
    title = f"Fine-tuning on {document['machine']['gpu'] or 'a CPU'} ({compared})"
    return Table(title, COLUMNS, tuple(_cells(row) for row in document["rows"]))


def _cells(row: Mapping[str, Any]) -> tuple[str | float, ...]:
    if row["error"]:
        length = row.get("max_length", "-")
        return (row["model"], row["backend"], length, "-", "-", "-", "-", "-", row["error"])
    fits = row["card_bytes"] and ("yes" if row["fits_12_gb"] else "no")
    return (
        row["model"],
        row["backend"],
        row["max_length"],
        row["seconds_per_step"],
        row["tokens_per_second"],
        row["peak_memory_bytes"] / 1e9,
        row["card_bytes"] / 1e9 if row["card_bytes"] else "-",
        fits or "-",
        "",
    )


def _made(chosen: argparse.Namespace, name: str, base: Path, ends: float) -> str:
    """Write the files of a shape; return what went wrong, or nothing."""
    if chosen.tiny:
        random_weights.write_tiny(TINY, base)
        return ""
    typed = [sys.executable, "-m", "benchmarks.random_weights", name, str(base)]
    told = _run(typed, ends - time.monotonic())
    return told if told in ("", LEFT_OUT) else f"its random weights: {told}"


def _measured(
    chosen: argparse.Namespace, name: str, backend: str, base: Path, ends: float
) -> dict[str, Any]:
    """Run one measurement in a process of its own."""
    out = base.parent / f"{backend}.json"
    typed = [sys.executable, "-m", "benchmarks.lora_gpu", "--out", str(out)]
    typed += ["--steps", str(chosen.steps), "--one", str(base), backend, name]
    typed += ["--tiny"] if chosen.tiny else []
    told = _run(typed, min(ends - time.monotonic(), chosen.row_seconds or float("inf")))
    if out.is_file():
        row: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return row
    return _failed(chosen, name, backend, told or "it ended and wrote nothing")


def _run(typed: Sequence[str], most: float) -> str:
    """Run a command for at most that many seconds; return what went wrong, or nothing."""
    if most <= 0:
        return LEFT_OUT
    print("+", *typed[1:], flush=True)
    began = time.monotonic()
    try:
        done = subprocess.run(typed, timeout=None if most == float("inf") else most)
    except subprocess.TimeoutExpired:
        return f"stopped after {most:.0f} s"
    print(f"  {time.monotonic() - began:.1f} s", flush=True)
    return f"ended with {done.returncode}" if done.returncode else ""


def _failed(chosen: argparse.Namespace, name: str, backend: str, error: str) -> dict[str, Any]:
    length = _recipe(chosen, name).max_length
    return {"model": name, "backend": backend, "max_length": length, "error": error}


def _one(chosen: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.WARNING)
    folder, backend, name = Path(chosen.one[0]), chosen.one[1], chosen.one[2]
    row = _failed(chosen, name, backend, "")
    with tempfile.TemporaryDirectory() as place:
        try:
            row |= _trained(chosen, folder, backend, name, Path(place))
        except OverreadError as error:
            row["error"] = str(error)
    chosen.out.write_text(json.dumps({**row, "gpu": _card()}), encoding="utf-8")
    return 0


def _trained(
    chosen: argparse.Namespace, base: Path, backend: str, name: str, place: Path
) -> dict[str, Any]:
    """Train a few steps by the loop of the project, and read its history."""
    if backend == UNSLOTH:
        start_unsloth(place)
    from core.models.torchvision_guard import ensure_torchvision

    ensure_torchvision()
    from core.models.language.shelf import Shelf
    from core.training.finetuning.adapting import Adapting
    from core.training.finetuning.base import find_base
    from core.training.finetuning.loop import train
    from core.training.finetuning.runs import read_run
    from tests.small_corpus import small_corpus

    recipe = _recipe(chosen, name)
    corpus = small_corpus(place / "corpus", 16, 0 if chosen.tiny else SIDE)
    found = find_base(str(base), Shelf(place / "models"))
    taken: list[int] = []

    def finish(_model: Any) -> tuple[str, None]:
        taken.append(_taken())
        return "", None

    plan = Adapting(found, corpus, recipe, backend, place / "run", name).plan("")
    train(replace(plan, finish=finish, check=lambda _reference: {}))
    run = read_run(place / "run")
    steps = run.history[WARM:]
    return {
        "steps": len(steps),
        "seconds_per_step": statistics.median(step.seconds for step in steps),
        "tokens_per_second": statistics.median(step.tokens_per_second for step in steps),
        "peak_memory_bytes": run.history[-1].memory_bytes,
        "card_bytes": taken[0],
        "fits_12_gb": bool(taken[0]) and taken[0] <= OFFERED,
        "compared_bytes": OFFERED,
        "trained": run.parameters.trained if run.parameters else 0,
        "total": run.parameters.total if run.parameters else 0,
        "first_loss": run.history[0].loss,
        "last_loss": run.history[-1].loss,
        "environment": dict(run.environment),
    }


def _recipe(chosen: argparse.Namespace, name: str) -> FineTuning:
    warmup = min(5, chosen.steps - 1)
    changed: dict[str, Any] = {"steps": chosen.steps, "warmup_steps": warmup, "save_steps": 10**6}
    if name.startswith("llava"):
        changed["max_length"] = LLAVA_LENGTH
    return open_recipe("original", **changed)


def _card() -> str:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else ""


def _taken() -> int:
    """Bytes of the card that are taken, the driver's own included; 0 without one."""
    import torch

    if not torch.cuda.is_available():
        return 0
    free, total = torch.cuda.mem_get_info()
    return total - free


if __name__ == "__main__":
    sys.exit(main())
