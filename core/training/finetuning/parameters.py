"""How many parameters an adapter trains, computed from shapes alone, beside what was claimed.

A model of a published shape is made on the meta device, which holds no numbers, and the recipe's
adapter is put on it by the same functions as for training.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.training.finetuning.recipe import RECIPES, FineTuning
from core.training.finetuning.runs import Parameters

SHAPES = Path(__file__).with_name("shapes.toml")


@dataclass(frozen=True)
class Shape:
    """A published model by its configuration.

    Attributes
    ----------
    name : str
        Of its entry in the catalogue.
    model_type : str
        As transformers calls it.
    config : mapping
        Facts of its config.json that differ from the library's defaults or that count here.
    source : str
        Where they stand.
    claimed_trained, claimed_total, claimed_share : float
        What the original project states, in numbers and as a share of one.
    """

    name: str
    title: str
    model_type: str
    source: str
    config: dict[str, Any]
    claimed_trained: float
    claimed_total: float
    claimed_share: float


@dataclass(frozen=True)
class Counted:
    """``base`` is the model without its adapter; ``layers`` how many linear layers have one."""

    shape: Shape
    parameters: Parameters
    base: int
    layers: int

    @property
    def share_as_claimed(self) -> float:
        """Trained ones over the total as the original rounds it."""
        return self.parameters.trained / self.shape.claimed_total


@cache
def shapes() -> tuple[Shape, ...]:
    """Return the three models that the original project trained."""
    document = tomllib.loads(SHAPES.read_text(encoding="utf-8"))
    return tuple(Shape(**entry) for entry in document["model"])


def empty_model(shape: Shape) -> Any:
    """Return a model of a shape on the meta device."""
    import torch
    from transformers import AutoModelForImageTextToText

    with torch.device("meta"):
        return AutoModelForImageTextToText.from_config(config_of(shape))  # type: ignore[no-untyped-call]


def config_of(shape: Shape) -> Any:
    """Return the configuration of a shape."""
    from transformers import AutoConfig

    return AutoConfig.for_model(shape.model_type, **shape.config)


def count_shape(shape: Shape, recipe: FineTuning | None = None) -> Counted:
    """Count what a recipe trains of a shape; the original's recipe where none is given."""
    from core.models.torchvision_guard import ensure_torchvision

    ensure_torchvision()
    model = empty_model(shape)
    base = sum(parameter.numel() for parameter in model.parameters())
    return _counted(shape, model.requires_grad_(False), base, recipe or RECIPES["original"])


def count_adapter(model: Any, recipe: FineTuning) -> Parameters:
    """Count a model with a recipe's adapter on it; a model on the meta device stays there."""
    from core.training.finetuning.backends.peft import with_adapter
    from core.training.finetuning.loop import count

    return count(with_adapter(model, recipe))


def table() -> str:
    """Return our counts beside the claims of the original project, and why they differ."""
    lines = [
        "model                  layers     trained           total    share | claimed: trained "
        "  total   share | trained / claimed total"
    ]
    for shape in shapes():
        found = count_shape(shape)
        ours = found.parameters
        lines.append(
            f"{shape.name:<22} {found.layers:>6} {ours.trained:>11,} {ours.total:>15,} "
            f"{ours.share:>8.4%} | {shape.claimed_trained / 1e6:>14.1f} M "
            f"{shape.claimed_total / 1e9:>5.0f} B {shape.claimed_share:>7.2%} | "
            f"{found.share_as_claimed:.4%}"
        )
    lines += [
        "",
        "Adapted: queries, keys, values and outputs of attention (of Llama's cross-attention too)",
        "and gate, up and down of the feed-forward parts, in the layers that write. Our total has",
        "every number of the model, its image encoder and the adapter itself. The last column",
        "divides our trained numbers by the total as the original project rounds it.",
    ]
    return "\n".join(lines) + "\n"


def _counted(shape: Shape, model: Any, base: int, recipe: FineTuning) -> Counted:
    from torch import nn

    from core.training.finetuning.targets import adapted

    linear = [name for name, part in model.named_modules() if isinstance(part, nn.Linear)]
    layers = len(adapted(recipe, linear))
    return Counted(shape, count_adapter(model, recipe), base, layers)
