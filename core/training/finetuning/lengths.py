"""Whether a corpus fits into a recipe's sequences, told before the weights of a model are read.

How many tokens a film is depends on its shape, and with some models on its size: LLaVA 1.6 cuts a
square film into more tiles than a narrow one. The processor alone knows, so that it is asked about
the films that lie at the ends of what a corpus holds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from core.domain.errors import N_
from core.models.language.checkpoint import Checkpoint
from core.training.finetuning.base import load_processor
from core.training.finetuning.collator import ChatCollator
from core.training.finetuning.recipe import FineTuning, refuse


def check_lengths(checkpoint: Checkpoint, recipe: FineTuning, rows: Any) -> None:
    """Refuse a recipe whose sequences are too short for the films of a corpus.

    Parameters
    ----------
    rows : datasets.Dataset
        Columns ``image``, ``messages``, ``width`` and ``height``.

    Raises
    ------
    RecipeError
        With the ``max_length`` that is needed.
    CheckpointRefusedError
    """
    places = extremes(np.asarray(rows["width"]), np.asarray(rows["height"]))
    collate = ChatCollator(load_processor(checkpoint), recipe.max_length, recipe.picture_side)
    lengths = [collate.lengths(rows[place]) for place in places]
    asked = max((prompt for prompt, _whole in lengths), default=0)
    if asked >= recipe.max_length:
        refuse(
            N_(
                "film and question take up to {tokens} tokens, and max_length is {length}; with "
                "the answer a max_length of {needed} is needed"
            ),
            tokens=str(asked),
            length=str(recipe.max_length),
            needed=str(max(whole for _prompt, whole in lengths)),
        )


def extremes(widths: Any, heights: Any) -> list[int]:
    """Return the places of the narrowest, widest, squarest and largest film, each place once."""
    if not len(widths):
        return []
    ratios = np.log(widths / heights)
    found = (ratios.argmin(), ratios.argmax(), np.abs(ratios).argmin(), (widths * heights).argmax())
    return sorted({int(place) for place in found})
