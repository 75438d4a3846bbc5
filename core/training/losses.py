"""The masked loss: a finding that nobody looked for on a film teaches nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

SMOOTHING = 0.03
"""NIH labels were mined from report text; about this share of them is expected to be wrong."""


def masked_bce(logits: Tensor, labels: Tensor, known: Tensor, positive_weight: Tensor) -> Tensor:
    """Binary cross-entropy over the known labels, averaged over them.

    Parameters
    ----------
    logits, labels : Tensor, shape (batch, findings)
    known : Tensor of bool, shape (batch, findings)
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
    return (each * mask).sum() / mask.sum().clamp(min=1)


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
