"""The whole run: cross-fit, decide, write the weights, measure them, describe them."""

from __future__ import annotations

import hashlib
import json
import logging
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from core.evaluation.document import Effort, measure
from core.evaluation.figures_log import log_figures
from core.evaluation.plots import draw_plots
from core.evaluation.unpretrained import read_unpretrained, write_unpretrained
from core.models.embedded import load_network
from core.models.measured import CARD, MEASURED, SCHEMA, WEIGHTS
from core.models.network import Network, NetworkShape
from core.models.registry import EMBEDDED as NAME
from core.training.card import write_card
from core.training.embedded import cross_fit
from core.training.films import read_manifest
from core.training.recipe import Recipe

logger = logging.getLogger(__name__)


def train_embedded(
    data: Path,
    out: Path,
    recipe: Recipe,
    shape: NetworkShape | None = None,
    effort: Effort | None = None,
) -> None:
    """Train, measure and write ``weights.safetensors``, ``measured.json``, the card and plots.

    A run that was stopped goes on from the checkpoints in ``out``.

    Raises
    ------
    TrainingError
        If the folder cannot be trained on.
    """
    fit = cross_fit(data, out, shape, recipe)
    digest = save_weights(fit.network, out / WEIGHTS)
    write_unpretrained(fit.bare, out)
    # Read back what was written: the figures belong to the file, rounding included.
    network = load_network(out / WEIGHTS, NAME)
    bare = read_unpretrained(out)
    measured = measure(network, data, recipe.folds, recipe.seed, bare, effort=effort)
    document = {
        "schema": SCHEMA,
        "name": NAME,
        "weights_sha256": digest,
        "command": f"python -m core.training embedded --data FOLDER --out FOLDER {_flags(recipe)}",
        "commit": _commit(),
        "recipe": asdict(recipe),
        "input_size": network.shape.size,
        "parameters": sum(p.numel() for p in network.parameters()),
        "torch": torch.__version__,
        "split": _split(data),
        **measured.document,
    }
    (out / MEASURED).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    write_card(document, out / CARD)
    draw_plots(measured, out)
    log_figures(measured.document)


def save_weights(network: Network, path: Path) -> str:
    """Write half-precision weights and return the file's SHA-256.

    Running statistics keep full precision: a variance may be too small for a half.
    """
    state = {
        key: (
            value if "running" in key or not value.is_floating_point() else value.half()
        ).contiguous()
        for key, value in network.state_dict().items()
    }
    save_file(state, path, metadata={"shape": network.shape.to_json()})
    # The library writes files that their owner alone can read; shipped weights are for everybody.
    path.chmod(0o644)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _split(data: Path) -> dict[str, Any]:
    rows = read_manifest(data)
    count = Counter((row.split, row.source) for row in rows)
    patients = {(row.split, row.source, row.patient) for row in rows}
    people = Counter((split, source) for split, source, _ in patients)
    return {
        "by": "patient",
        **{
            split: {
                source: {"films": count[split, source], "patients": people[split, source]}
                for source in sorted({row.source for row in rows})
                if count[split, source]
            }
            for split in ("train", "val")
        },
    }


def _flags(recipe: Recipe) -> str:
    standard = asdict(Recipe())
    changed = {k: v for k, v in asdict(recipe).items() if v != standard[k]}
    return " ".join(f"--{key.replace('_', '-')} {value}" for key, value in changed.items())


def _commit() -> str | None:
    home = Path(__file__).parent
    call: Sequence[str] = ("git", "-C", str(home), "rev-parse", "HEAD")
    try:
        answer = subprocess.run(call, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()
