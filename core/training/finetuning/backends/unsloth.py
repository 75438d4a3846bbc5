"""The model to be trained by Unsloth, on one GPU. Imported after `choice.start_unsloth` alone."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.models.language.chat import control_tokens
from core.models.language.checkpoint import Checkpoint
from core.training.finetuning.backends import arguments
from core.training.finetuning.base import compute_dtype, compute_precision
from core.training.finetuning.collator import ChatCollator
from core.training.finetuning.loop import Ready
from core.training.finetuning.recipe import FineTuning

_ASKED, _ANSWERED = "ASKEDHERE", "ANSWEREDHERE"


def ready(checkpoint: Checkpoint, recipe: FineTuning, rows: Any, folder: Path) -> Ready:
    """Return a model with an untrained adapter, and what trains it; as `peft.ready`."""
    unsloth = importlib.import_module("unsloth")
    trainer = importlib.import_module("unsloth.trainer")
    vision = unsloth.FastVisionModel
    loading = arguments.unsloth_load(recipe, checkpoint.folder, compute_dtype(recipe))
    model, processor = vision.from_pretrained(**loading)
    model = vision.get_peft_model(model, **arguments.unsloth_adapter(recipe))
    vision.for_training(model)
    instruction, response = turn_marks(processor)
    collate = trainer.UnslothVisionDataCollator(
        model,
        processor,
        formatting_func=Conversation(processor, recipe),
        **arguments.unsloth_collator(recipe, instruction, response),
    )
    trl: Any = importlib.import_module("trl")
    options = arguments.supervised(recipe, folder, compute_precision(recipe), gpu=True)
    options["max_length"] = recipe.max_length
    if recipe.gradient_checkpointing:
        # Unsloth has its own, set as the model was loaded.
        options["gradient_checkpointing_kwargs"] = None
    return Ready(model, rows, collate, processor, trl.SFTTrainer, trl.SFTConfig(**options))


class Conversation:
    """A row of a corpus as Unsloth's collator takes it: the film among the reader's words."""

    def __init__(self, processor: Any, recipe: FineTuning) -> None:
        self._turns = ChatCollator(processor, recipe.max_length, recipe.picture_side).turns

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        turns = self._turns(row)
        answer = {"role": "assistant", "content": [{"type": "text", "text": turns.answer}]}
        return {"messages": [*turns.asked, answer]}


def turn_marks(processor: Any) -> tuple[str, str]:
    """Return what a chat template writes before the reader's turn and before the answer."""
    turns = [
        {"role": "user", "content": [{"type": "text", "text": _ASKED}]},
        {"role": "assistant", "content": [{"type": "text", "text": _ANSWERED}]},
    ]
    text = str(processor.apply_chat_template(turns, tokenize=False, add_generation_prompt=False))
    instruction, rest = text.split(_ASKED, 1)
    between = rest.split(_ANSWERED, 1)[0]
    start = str(processor.tokenizer.bos_token or "")
    if start and instruction.startswith(start):
        instruction = instruction[len(start) :]
    for mark in control_tokens(processor):
        # What ends the reader's turn is no part of what begins the answer.
        if between.lstrip().startswith(mark) and between.count(mark) == 1:
            between = between.lstrip()[len(mark) :] or between
            break
    return instruction, between.lstrip("\n") or between
