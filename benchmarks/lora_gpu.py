"""Fine-tuning on one GPU: Unsloth beside transformers with peft, at the shapes of the real models.

Weights are random, of the published shapes, held in 4 bits, and trained under the original recipe
by the code that trains for a user; films are noise. A square film is more tokens to LLaVA 1.6 than
the original's ``max_length``, so that its own is 4,096; each row says which. Each measurement is a
process of its own, since Unsloth changes the other libraries for good. What is written down:
seconds of a step, tokens a second, the most memory that torch held, and what the driver says is
taken of the card after the last step, with what torch keeps for later. ``fits 12 GB`` compares the
latter with `OFFERED`.

Run: python -m benchmarks.lora_gpu --out benchmarks/lora_gpu.json
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
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
WARM = 2
SIDE = 1120
TINY = "qwen2_vl"
LLAVA_LENGTH = 4096
"""A film is up to 2,928 tokens to LLaVA 1.6: more than the 2,048 of the original recipe."""
COLUMNS = (
    "model", "library", "max length", "s a step", "tokens a s", "torch GB", "card GB", "fits 12 GB",
    "said",
)  # fmt: skip


def main(typed: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--steps", type=int, default=12, help="of which two do not count")
    parser.add_argument("--models", nargs="*", help="names of shapes; default all three")
    parser.add_argument("--tiny", action="store_true", help="tiny shapes, on a CPU; for a test")
    parser.add_argument("--one", nargs=3, metavar=("FOLDER", "BACKEND", "NAME"), help="own use")
    chosen = parser.parse_args(typed)
    if chosen.one:
        return _one(chosen)
    import torch

    if not (chosen.tiny or torch.cuda.is_available()):
        sys.stderr.write("This measures fine-tuning on a GPU, and torch finds none here.\n")
        return 1
    rows = _rows(chosen)
    document = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": "python -m benchmarks.lora_gpu" + (" --tiny" if chosen.tiny else ""),
        "tiny": chosen.tiny,
        "machine": {**machine(), "gpu": _card()},
        "recipe": _recipe(chosen, "").document(),
        "rows": rows,
    }
    chosen.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(markdown(table(document)))
    return 0


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


def _rows(chosen: argparse.Namespace) -> list[dict[str, Any]]:
    """Measure each shape with each library; a shape's files are gone before the next is made."""
    from core.training.finetuning.parameters import shapes

    names = [TINY] if chosen.tiny else chosen.models or [shape.name for shape in shapes()]
    backends = [PEFT] if chosen.tiny or find_spec("unsloth") is None else [UNSLOTH, PEFT]
    rows = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            base = Path(folder) / "model"
            if chosen.tiny:
                random_weights.write_tiny(TINY, base)
            else:
                random_weights.write(name, base)
            for backend in backends:
                rows.append(_measured(chosen, name, backend, base))
    return rows


def _measured(chosen: argparse.Namespace, name: str, backend: str, base: Path) -> dict[str, Any]:
    """Run one measurement in a process of its own."""
    out = base.parent / f"{backend}.json"
    typed = [sys.executable, "-m", "benchmarks.lora_gpu", "--out", str(out)]
    typed += ["--steps", str(chosen.steps), "--one", str(base), backend, name]
    done = subprocess.run([*typed, *(["--tiny"] if chosen.tiny else [])])
    if out.is_file():
        row: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return row
    length = _recipe(chosen, name).max_length
    error = f"ended with {done.returncode}"
    return {"model": name, "backend": backend, "max_length": length, "error": error}


def _one(chosen: argparse.Namespace) -> int:
    folder, backend, name = Path(chosen.one[0]), chosen.one[1], chosen.one[2]
    row: dict[str, Any] = {"model": name, "backend": backend, "error": ""}
    row["max_length"] = _recipe(chosen, name).max_length
    with tempfile.TemporaryDirectory() as place:
        try:
            row |= _trained(chosen, folder, backend, name, Path(place))
        except OverreadError as error:
            row["error"] = str(error)
    chosen.out.write_text(json.dumps(row), encoding="utf-8")
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
