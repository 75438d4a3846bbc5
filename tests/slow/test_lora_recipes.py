"""Every chat architecture under the original recipe, and other recipes: trained and tried."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.models.torchvision_guard import ensure_torchvision
from core.training.finetuning.recipe import FineTuning, open_recipe
from core.training.finetuning.runs import Run, RunState, read_run
from tests import tiny_models
from tests.small_corpus import small_corpus

ensure_torchvision()
pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "changed",
    [
        {"compute": "bf16"},
        {"quantization": "int8"},
        {"vision_layers": True, "gradient_checkpointing": True},
        {"loss": "whole_text", "dropout": 0.1, "schedule": "cosine"},
        {"bias": "lora_only", "mlp": False},
    ],
    ids=lambda changed: "-".join(changed),
)
def test_a_recipe_trains_and_is_tried(
    changed: dict[str, Any], tmp_path: Path, tiny_checkpoint: Callable[[str], Path]
) -> None:
    recipe = open_recipe(
        "small", steps=3, warmup_steps=1, accumulation=1, learning_rate=0.01, **changed
    )
    trained("qwen2_vl", tiny_checkpoint, recipe, tmp_path)


@pytest.mark.parametrize("kind", tiny_models.CHAT)
def test_every_architecture_trains_under_the_original_recipe(
    kind: str, tmp_path: Path, tiny_checkpoint: Callable[[str], Path]
) -> None:
    recipe = open_recipe("original", steps=4, warmup_steps=1, learning_rate=0.01)
    run = trained(kind, tiny_checkpoint, recipe, tmp_path)
    assert run.recipe["quantization"] == "nf4" and run.recipe["optimizer"] == "adamw_8bit"
    assert run.history[-1].loss < run.history[0].loss
    assert run.checks["merged_agrees"]["of"] == "layers"


def trained(
    kind: str, tiny_checkpoint: Callable[[str], Path], recipe: FineTuning, place: Path
) -> Run:
    from core.training.finetuning.adapting import Adapting
    from core.training.finetuning.loop import train

    base = tiny_models.checkpoint(kind, tiny_checkpoint(kind))
    corpus, folder = small_corpus(place / "corpus"), place / "run"
    plan = Adapting(base, corpus, recipe, "peft", folder, str(base.folder)).plan("")
    assert train(plan) is RunState.DONE
    run = read_run(folder)
    assert all(entry["passed"] for entry in run.checks.values()), run.checks
    assert run.checks["reload_exact"]["difference"] == 0.0
    return run
