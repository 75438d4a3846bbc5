"""The model to be trained by transformers, peft and trl, on any device."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import torch
from torch import nn

from core.models.language.checkpoint import Checkpoint
from core.training.finetuning.backends import arguments
from core.training.finetuning.base import compute_precision, load_base
from core.training.finetuning.collator import ChatCollator
from core.training.finetuning.loop import Ready
from core.training.finetuning.recipe import WHOLE_TEXT, FineTuning
from core.training.finetuning.targets import adapted


def ready(checkpoint: Checkpoint, recipe: FineTuning, rows: Any, folder: Path) -> Ready:
    """Return a model with an untrained adapter, and what trains it.

    Parameters
    ----------
    rows : datasets.Dataset
        Columns ``image`` and ``messages``.
    folder : Path
        Of the checkpoints.

    Raises
    ------
    RecipeError
        If the model has no layers that the recipe asks for.
    """
    model, processor = load_base(checkpoint, recipe)
    torch.manual_seed(recipe.seed)
    model = with_adapter(model, recipe)
    trl: Any = importlib.import_module("trl")
    gpu = torch.cuda.is_available()
    options = arguments.supervised(recipe, folder, compute_precision(recipe), gpu)
    whole = recipe.loss == WHOLE_TEXT
    collate = ChatCollator(processor, recipe.max_length, recipe.picture_side, whole)
    return Ready(model, rows, collate, processor, trl.SFTTrainer, trl.SFTConfig(**options))


def with_adapter(model: Any, recipe: FineTuning) -> Any:
    """Return a model with an adapter on it that changes nothing yet.

    Raises
    ------
    RecipeError
    """
    from peft import LoraConfig, get_peft_model

    linear = (name for name, part in model.named_modules() if isinstance(part, nn.Linear))
    adapted(recipe, linear)
    return get_peft_model(model, LoraConfig(**arguments.lora(recipe)))
