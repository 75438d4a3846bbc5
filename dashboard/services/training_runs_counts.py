"""How many parameters the original recipe trains, counted in a process of its own.

The count needs the libraries that models are made of, which no page loads; no weights are read.
"""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from core.domain.errors import N_
from core.domain.training_errors import RunError
from core.training.finetuning.parameters import Counted, Shape, count_shape, shapes

COMMAND = "python -m core.training lora --count"


@dataclass(frozen=True)
class Claimed:
    """What the original project states of a model, and our count where it was made."""

    shape: Shape
    counted: Counted | None = None


_counted: list[Counted] = []
_counting = threading.Lock()


def claims_and_counts() -> tuple[Claimed, ...]:
    """Return the three models that the original project trained; counts once they were made."""
    known = {each.shape.name: each for each in _counted}
    return tuple(Claimed(shape, known.get(shape.name)) for shape in shapes())


def count_shapes() -> None:
    """Count, once a server: it takes from seconds to a minute or two.

    Raises
    ------
    RunError
        If the libraries of fine-tuning are not installed.
    """
    with _counting:
        if _counted:
            return
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
            try:
                _counted[:] = pool.submit(_count).result()
            except (ImportError, BrokenProcessPool):
                reason = N_("the libraries of fine-tuning are not installed")
                raise RunError(reason=reason) from None


def _count() -> tuple[Counted, ...]:
    return tuple(count_shape(shape) for shape in shapes())
