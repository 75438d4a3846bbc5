"""Which layers a recipe adapts, told by their names. Imports no torch.

Every chat model that is served keeps what writes below ``language_model`` and what sees below one
of three names; attention and feed-forward parts have the names of their papers' code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.domain.errors import N_
from core.training.finetuning.recipe import FineTuning, refuse

_LANGUAGE = ("language_model",)
_VISION = ("vision_model", "vision_tower", "visual")
_ATTENTION = r"(?:self_attn|cross_attn|attn)\.(?:[qkvo]_proj|out_proj|qkv|proj)"
_MLP = r"mlp\.(?:gate_proj|up_proj|down_proj|fc1|fc2)"


def pattern(recipe: FineTuning) -> str:
    """Return the regular expression that whole names of adapted layers match, as peft takes it."""
    sides = (_LANGUAGE if recipe.language_layers else ()) + (
        _VISION if recipe.vision_layers else ()
    )
    parts = ([_ATTENTION] if recipe.attention else []) + ([_MLP] if recipe.mlp else [])
    return rf"(?:.*\.)?(?:{'|'.join(sides)})\..*\.(?:{'|'.join(parts)})"


def adapted(recipe: FineTuning, linear: Iterable[str]) -> tuple[str, ...]:
    """Return those of a model's linear layers that are adapted.

    Raises
    ------
    RecipeError
        If a side that the recipe asks for has none.
    """
    whole = re.compile(pattern(recipe))
    found = tuple(name for name in linear if whole.fullmatch(name))
    for wanted, sides, sentence in (
        (
            recipe.language_layers,
            _LANGUAGE,
            N_("the model has no layers that write by known names"),
        ),
        (recipe.vision_layers, _VISION, N_("the model has no layers that see by known names")),
    ):
        if wanted and not any(f".{side}." in f".{name}" for name in found for side in sides):
            refuse(sentence)
    return found
