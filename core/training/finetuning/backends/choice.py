"""Which library trains: Unsloth where it can, transformers with peft and trl everywhere else.

Unsloth changes transformers, trl and peft as it is imported, so that it comes before them, and only
in a process that trains. The dashboard imports none of them.
"""

from __future__ import annotations

import importlib
import os
from importlib.util import find_spec
from pathlib import Path

from core.domain.errors import N_
from core.training.finetuning.recipe import INT8, LORA, FineTuning, refuse

AUTO, UNSLOTH, PEFT = "auto", "unsloth", "peft"
BACKENDS = (AUTO, UNSLOTH, PEFT)


def unsloth_usable() -> bool:
    """Whether Unsloth is installed and would find a GPU; importing it without one fails."""
    if find_spec("unsloth") is None:
        return False
    import torch

    return torch.cuda.is_available()


def choose(recipe: FineTuning, wanted: str = AUTO) -> str:
    """Return ``unsloth`` or ``peft``.

    Raises
    ------
    RecipeError
        If Unsloth is asked for where it cannot work.
    """
    several = int(os.environ.get("WORLD_SIZE", "1")) > 1
    fits = recipe.method == LORA and recipe.quantization != INT8 and not several
    if wanted == UNSLOTH:
        if not unsloth_usable():
            refuse(N_("Unsloth needs to be installed, and a GPU"))
        if not fits:
            refuse(N_("Unsloth trains adapters on 4-bit or 16-bit weights, on one GPU"))
        return UNSLOTH
    if wanted == AUTO and fits and unsloth_usable():
        return UNSLOTH
    return PEFT


def start_unsloth(folder: Path) -> None:
    """Import Unsloth; what it compiles goes into the folder of the run.

    It would fetch a page that counts its users, were it not told to leave that out.
    """
    os.environ["UNSLOTH_COMPILE_LOCATION"] = str(folder / "unsloth_compiled")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ["UNSLOTH_DISABLE_STATISTICS"] = "1"
    importlib.import_module("unsloth")
