"""The masked losses: a finding that nobody looked for on a film teaches nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

SMOOTHING = 0.03
"""NIH labels were mined from report text; about this share of them is expected to be wrong."""
INSIDE = 0.5
"""Weight of all cells inside a mask together, against all outside: a nodule is a cell of 1,024."""
SOFT = 0.2
"""Cells added to the overlap, so that it is defined for empty maps."""
NOWHERE = 0.5
"""Weight of a film on which a finding is known to lie nowhere, against one where it lies."""


def masked_bce(logits: Tensor, labels: Tensor, known: Tensor, positive_weight: Tensor) -> Tensor:
    """Binary cross-entropy over the known labels, averaged over them.

    Parameters
    ----------
    logits, labels : Tensor, shape (batch, findings)
    known : Tensor, shape (batch, findings)
        How much each label counts: 0 where nobody looked.
    positive_weight : Tensor, shape (findings,)

    Returns
    -------
    Tensor, scalar
        Zero (with a gradient of zero) where nothing is known.
    """
    soft = labels * (1 - 2 * SMOOTHING) + SMOOTHING
    each = functional.binary_cross_entropy_with_logits(
        logits, soft, pos_weight=positive_weight, reduction="none"
    )
    mask = known.to(each.dtype)
    return (each * mask).sum() / mask.sum().clamp(min=1e-6)


def placing_loss(places: Tensor, masks: Tensor, known: Tensor) -> Tensor:
    """Say how far maps are from masks: cross-entropy by cell, and the overlap of what lies there.

    Parameters
    ----------
    places : Tensor, shape (batch, findings, h, w)
        Logits.
    masks : Tensor, shape (batch, findings, h, w), in [0, 1]
    known : Tensor of bool, shape (batch, findings)
        Where the place of a finding is known; an empty mask then says that it lies nowhere.

    Returns
    -------
    Tensor, scalar
        Zero (with a gradient of zero) where nothing is known.

    References
    ----------
    Milletari 2016 (overlap as a loss, "Dice").
    """
    each = functional.binary_cross_entropy_with_logits(places, masks, reduction="none")
    inside, outside = masks.sum(dim=(2, 3)), (1 - masks).sum(dim=(2, 3))
    by_cell = (each * (1 - masks)).sum(dim=(2, 3)) / outside.clamp(min=1)
    by_cell = by_cell + INSIDE * (each * masks).sum(dim=(2, 3)) / inside.clamp(min=1)
    shown = torch.sigmoid(places)
    shared, both = (shown * masks).sum(dim=(2, 3)), (shown + masks).sum(dim=(2, 3))
    somewhere = (inside > 0).to(each.dtype)
    overlap = 1 - (2 * shared + SOFT) / (both + SOFT)
    counted = known.to(each.dtype) * (somewhere + (1 - somewhere) * NOWHERE)
    return ((by_cell + overlap * somewhere) * counted).sum() / counted.sum().clamp(min=1)


def positive_weights(
    labels: npt.NDArray[np.float32], known: npt.NDArray[np.bool_], most: float = 6.0
) -> Tensor:
    """Return the square root of negatives per positive of each finding, at most ``most``.

    The root, because the full ratio makes a rare finding's few noisy positives dominate.
    """
    positives = (labels * known).sum(axis=0)
    negatives = known.sum(axis=0) - positives
    ratio = np.sqrt(np.maximum(negatives, 1) / np.maximum(positives, 1))
    return torch.from_numpy(np.clip(ratio, 1, most).astype(np.float32))
