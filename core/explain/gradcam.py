"""Grad-CAM at the last feature map, with gradients through the head alone.

References
----------
Selvaraju 2017, Grad-CAM: weights are the gradient of the score, averaged over the map.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


def split_gradcam(
    features: Tensor, head: Callable[[Tensor], Tensor], targets: Sequence[int]
) -> npt.NDArray[np.float32]:
    """Return one map for each target from feature maps that are already there.

    Parameters
    ----------
    features : Tensor, shape (1, channels, h, w)
        Last feature map of one film; it may come from a pass without gradients.
    head : callable
        Feature maps to logits, (1, findings). Only this part is differentiated, so that a map
        costs a small fraction of the pass over the film.
    targets : sequence of int
        Columns of the logits.

    Returns
    -------
    ndarray, shape (targets, h, w), float32 in [0, 1]
        Each map's maximum is 1; a map with no positive evidence stays zero.
    """
    leaf = features.detach().requires_grad_(True)
    with torch.enable_grad():
        logits = head(leaf)
    maps = []
    for target in targets:
        (gradient,) = torch.autograd.grad(logits[0, target], leaf, retain_graph=True)
        weights = gradient.mean(dim=(2, 3), keepdim=True)
        maps.append(torch.relu((weights * leaf.detach()).sum(dim=1))[0])
    if not maps:
        return np.zeros((0, *features.shape[2:]), np.float32)
    return np.stack([_normalised(drawn.numpy()) for drawn in maps])


def _normalised(drawn: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    peak = float(drawn.max())
    return (drawn / peak).astype(np.float32) if peak > 0 else np.zeros_like(drawn)
