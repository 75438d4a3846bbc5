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
    ``size`` is the side of the squares in pixels, unless a network of another size is given.
    ``nodule_phantoms`` is the chance that a phantom holds nodules alone, ``nodule_composites`` that
    a nodule is what is put into a film. ``phantom_share`` and ``composite_share`` are parts of the
    films drawn in an epoch, and ``drawn_count`` is how much a label of such a film counts: drawings
    teach where, patients teach whether. With a ``readout`` over 0, what reads each finding from the
    features is fitted anew at the end, on patients' films alone: the inverse of the strength of its
    penalty. As many members learn at once as there are ``threads``; beside each of them,
    ``loaders`` processes change its films (with none it does so itself).
    """

    seed: int = 20261
    folds: int = 5
    members: int = 5
    bare: int = 1
    size: int = 256
    epochs: int = 24
    pretraining: int = 10
    draws: int = 2560
    batch: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    ema: float = 0.997
    auxiliary: float = 0.2
    placing: float = 0.5
    phantoms: int = 1200
    composites: int = 6000
    nodule_phantoms: float = 1 / 3
    nodule_composites: float = 0.45
    phantom_share: float = 0.12
    composite_share: float = 0.24
    drawn_count: float = 0.3
    readout: float = 0.01
    threads: int = 2
    loaders: int = 0

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        return self.draws // self.batch
