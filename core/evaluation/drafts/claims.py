"""What the original project states of its three models, as it states it: claims, not measurements.

They stand beside what is measured here, never among it: they have no interval, were not made on
the same films, and how the accuracy was counted is not said.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.training.finetuning.parameters import shapes

_FILE = Path(__file__).with_name("claims.toml")


@dataclass(frozen=True)
class Claim:
    """One row of the original project's table of results.

    Attributes
    ----------
    trained, total : int
        Parameters.
    share : float
        Trained of total, as it is stated: it need not be their quotient.
    first_loss, last_loss : float
    accuracy : float
        "Instruction-following accuracy", in [0, 1].
    """

    title: str
    trained: int
    total: int
    share: float
    first_loss: float
    last_loss: float
    accuracy: float


@dataclass(frozen=True)
class Claims:
    """``source`` says where they stand; ``steps`` after how many steps the last loss was read."""

    source: str
    steps: int
    models: tuple[Claim, ...]


@cache
def claims() -> Claims:
    """Return the claims of the original project."""
    document = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return Claims(
        source=document["source"],
        steps=document["steps"],
        models=tuple(_claim(entry) for entry in document["claims"]),
    )


def _claim(entry: Mapping[str, Any]) -> Claim:
    shape = next(each for each in shapes() if each.name == entry["shape"])
    return Claim(
        title=entry["title"],
        trained=round(shape.claimed_trained),
        total=round(shape.claimed_total),
        share=shape.claimed_share,
        first_loss=entry["first_loss"],
        last_loss=entry["last_loss"],
        accuracy=entry["accuracy"],
    )
