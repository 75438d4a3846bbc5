"""The whole run: cross-fit, decide, write the weights, measure them, describe them."""

from __future__ import annotations

import hashlib
import json
import logging
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from core.domain.errors import TrainingError
from core.evaluation.document import Effort, measure
from core.evaluation.figures_log import log_figures
from core.evaluation.plots import draw_plots
from core.evaluation.unpretrained import read_unpretrained, write_unpretrained
from core.models.embedded import load_network
from core.models.language.record import replace_json
from core.models.measured import CARD, MEASURED, SCHEMA, WEIGHTS, WENT_ON
from core.models.network import Network, NetworkShape, for_reading
from core.models.registry import EMBEDDED as NAME
from core.training.card import write_card
from core.training.embedded import cross_fit, planned_shape
from core.training.films import read_manifest
from core.training.loop import learning_device
from core.training.members import run_digest, train_rows
from core.training.recipe import Recipe
from core.training.start import DEALT, FITTED, Start, deal_digest, read_start

logger = logging.getLogger(__name__)


def train_embedded(
    data: Path,
    out: Path,
    recipe: Recipe,
    shape: NetworkShape | None = None,
    effort: Effort | None = None,
    *,
    start: Path | None = None,
    fit_only: bool = False,
) -> None:
    """Train, measure and write ``weights.safetensors``, ``measured.json``, the card and plots.

    A run that was stopped goes on from what it left in ``out``. With ``fit_only`` it stops before
    measuring, which needs no GPU: the same command without it measures, on any machine. ``start``
    is the folder of another run, whose members this one goes on from.

    Raises
    ------
    TrainingError
        If the folder cannot be trained on, or the run not gone on from.
    """
    fitted = _fitted(data, out, recipe, shape, start)
    if fit_only:
        return
    # Read back what was written: the figures belong to the file, rounding included.
    network = for_reading(load_network(out / WEIGHTS, NAME))
    bare = read_unpretrained(out)
    measured = measure(network, data, recipe.folds, recipe.seed, bare, effort=effort)
    document = {
        "schema": SCHEMA,
        "name": NAME,
        **fitted,
        "measured_with": {"commit": _commit(), "torch": torch.__version__},
        "split": _split(data),
        **measured.document,
    }
    (out / MEASURED).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    write_card(document, out / CARD)
    draw_plots(measured, out)
    log_figures(measured.document)


def _fitted(
    data: Path, out: Path, recipe: Recipe, shape: NetworkShape | None, folder: Path | None
) -> Mapping[str, Any]:
    """Train, or find what this very run trained before; return what stands beside its figures."""
    if folder and folder.resolve() == out.resolve():
        raise TrainingError(
            reason="it would write over the weights it goes on from; say another --out"
        )
    out.mkdir(parents=True, exist_ok=True)
    rows = train_rows(data)
    start = read_start(folder, rows, recipe) if folder else None
    planned = planned_shape(data, shape, recipe, start)
    digest = run_digest(rows, planned, recipe, start)
    kept, weights = out / FITTED, out / WEIGHTS
    if kept.exists() and weights.exists():
        fitted: Mapping[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
        # The digest leaves open what became of the members; who trained them does not matter.
        same = fitted["run"] == digest and all(
            fitted["recipe"].get(name) == getattr(recipe, name)
            for name in ("members", "bare", "readout")
        )
        if same and fitted["weights_sha256"] == _sha256(weights):
            logger.info("trained already; measuring")
            return fitted
    fit = cross_fit(data, out, planned, recipe, start)
    write_unpretrained(fit.bare, out)
    fitted = {
        "weights_sha256": save_weights(fit.network, weights),
        "command": _command(recipe, start),
        "commit": _commit(),
        "recipe": asdict(recipe),
        "input_size": fit.network.shape.size,
        "parameters": sum(p.numel() for p in fit.network.parameters()),
        "torch": torch.__version__,
        "trained_on": _trained_on() if recipe.epochs else "CPU",
        "run": digest,
        DEALT: deal_digest(rows, recipe),
        **({WENT_ON: dict(start.told)} if start else {}),
    }
    replace_json(kept, fitted)
    return fitted


def _trained_on() -> str:
    device = learning_device()
    return torch.cuda.get_device_name() if device.type == "cuda" else "CPU"


def save_weights(network: Network, path: Path) -> str:
    """Write half-precision weights and return the file's SHA-256.

    Running statistics keep full precision: a variance may be too small for a half.

    Raises
    ------
    TrainingError
        If a weight is not finite, or not in half precision.
    """
    state = {
        key: (
            value if "running" in key or not value.is_floating_point() else value.half()
        ).contiguous()
        for key, value in network.state_dict().items()
    }
    if not all(value.isfinite().all() for value in state.values()):
        raise TrainingError(reason="a weight is no number, or too large for half precision")
    save_file(state, path, metadata={"shape": network.shape.to_json()})
    # The library writes files that their owner alone can read; shipped weights are for everybody.
    path.chmod(0o644)
    return _sha256(path)


def _sha256(path: Path) -> str:
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


def _command(recipe: Recipe, start: Start | None) -> str:
    standard = asdict(Recipe())
    words = ["python -m core.training embedded --data FOLDER --out FOLDER"]
    words += ["--start FOLDER"] if start else []
    for key, value in asdict(recipe).items():
        if value != standard[key]:
            words.append(f"--{key.replace('_', '-')} {value}")
    return " ".join(words)


def _commit() -> str | None:
    home = Path(__file__).parent
    call: Sequence[str] = ("git", "-C", str(home), "rev-parse", "HEAD")
    try:
        answer = subprocess.run(call, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return answer.stdout.strip()
