"""How many parameters the original recipe trains, counted in a process of its own.

The count needs the libraries that models are made of, which no page loads; no weights are read.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache

from core.domain.errors import N_
from core.domain.training_errors import RunError
from core.training.finetuning.parameters import Counted, count_shape, shapes

COMMAND = "python -m core.training lora --count"


@cache
def counted_shapes() -> tuple[Counted, ...]:
    """Return the counts of the three models that the original project trained.

    Raises
    ------
    RunError
        If the libraries of fine-tuning are not installed.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        try:
            return pool.submit(_count).result()
        except (ImportError, BrokenProcessPool):
            raise RunError(reason=N_("the libraries of fine-tuning are not installed")) from None


def _count() -> tuple[Counted, ...]:
    return tuple(count_shape(shape) for shape in shapes())
