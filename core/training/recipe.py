"""What a training run of the embedded model can turn. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """What a run can turn; written into ``measured.json``.

    With fewer ``members`` than ``folds`` only the first folds get a member: a shorter run, which
    can be continued with more members later. ``pretraining`` is the number of epochs on phantoms
    alone before the real films; ``placing`` weighs the loss of masks against that of labels.
    ``bare`` members are trained once more without pretraining, to say what it was worth.
    ``threads`` is shared by as many members at once as there are threads.
    """

    seed: int = 20261
    folds: int = 5
    members: int = 5
    bare: int = 1
    epochs: int = 18
    pretraining: int = 8
    draws: int = 1920
    batch: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    ema: float = 0.997
    auxiliary: float = 0.2
    placing: float = 0.5
    phantoms: int = 800
    composites: int = 1200
    threads: int = 2
