"""Fields of a recipe that contradict each other, each told in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from core.domain.errors import N_
from core.domain.training_errors import RecipeError

if TYPE_CHECKING:
    from core.training.finetuning.recipe import FineTuning

LORA, FULL = "lora", "full"
ANSWER, WHOLE_TEXT = "answer", "whole_text"
NF4, INT8, NO_QUANTIZATION = "nf4", "int8", "none"
EIGHT_BIT = ("adamw_8bit", "paged_adamw_8bit")


def check_together(recipe: FineTuning) -> None:
    """Refuse fields that contradict each other.

    Raises
    ------
    RecipeError
    """
    if recipe.warmup_steps > recipe.steps:
        refuse(
            N_("{warmup} warm-up steps are more than the {steps} of the run"),
            warmup=str(recipe.warmup_steps),
            steps=str(recipe.steps),
        )
    if recipe.learning_rate == 0:
        refuse(N_("a learning rate of 0 teaches nothing"))
    if recipe.method == FULL and recipe.quantization != NO_QUANTIZATION:
        refuse(N_("4-bit and 8-bit weights cannot be trained whole; only an adapter can"))
    if recipe.method == LORA:
        _check_adapter(recipe)
    if recipe.compute == "fp16" and recipe.quantization == INT8:
        refuse(N_("8-bit weights and fp16 arithmetic overflow together"))


def _check_adapter(recipe: FineTuning) -> None:
    if not (recipe.language_layers or recipe.vision_layers):
        refuse(N_("neither language layers nor vision layers are adapted"))
    if not (recipe.attention or recipe.mlp):
        refuse(N_("neither attention nor feed-forward parts are adapted"))
    if recipe.bias != "none" and recipe.quantization != NO_QUANTIZATION:
        refuse(N_("bias terms beside quantized weights are not saved with an adapter"))
    if recipe.vision_layers and not recipe.language_layers and recipe.loss == WHOLE_TEXT:
        refuse(N_("layers that see cannot learn the words of the question"))


def refuse(template: str, **named: str) -> NoReturn:
    """Refuse a recipe on this model, corpus or machine, in one sentence.

    Raises
    ------
    RecipeError
    """
    raise RecipeError(reason=template.format(**named), template=template, named=named)
