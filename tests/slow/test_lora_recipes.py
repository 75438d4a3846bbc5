"""Recipes other than the two that are shipped, on a tiny model: each trains and is tried."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.models.torchvision_guard import ensure_torchvision
from core.training.finetuning.recipe import open_recipe
from core.training.finetuning.runs import RunState, read_run
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
    from core.training.finetuning.adapting import Adapting
    from core.training.finetuning.loop import train

    recipe = open_recipe(
        "small", steps=3, warmup_steps=1, accumulation=1, learning_rate=0.01, **changed
    )
    base = tiny_models.checkpoint("qwen2_vl", tiny_checkpoint("qwen2_vl"))
    corpus = small_corpus(tmp_path / "corpus")
    folder = tmp_path / "run"
    plan = Adapting(base, corpus, recipe, "peft", folder, str(base.folder)).plan("")
    assert train(plan) is RunState.DONE
    run = read_run(folder)
    assert all(entry["passed"] for entry in run.checks.values()), run.checks
