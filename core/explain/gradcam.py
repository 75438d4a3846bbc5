"""Class activation maps at the last feature map, with gradients through the head alone.

References
----------
Selvaraju 2017, Grad-CAM: weights are the gradient of the score, averaged over the map.
Chattopadhay 2018, Grad-CAM++: positive gradients, weighted by equation 19.
Jiang 2021, LayerCAM: each place has its own weight, its positive gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Head = Callable[[Tensor], Tensor]


def _gradcam(gradient: Tensor, features: Tensor) -> Tensor:
    return (gradient.mean(dim=(2, 3), keepdim=True) * features).sum(dim=1)


def _gradcam_plus_plus(gradient: Tensor, features: Tensor) -> Tensor:
    square = gradient**2
    total = features.sum(dim=(2, 3), keepdim=True)
    share = square / (2 * square + total * gradient**3 + 1e-6)
    weights = (torch.relu(gradient) * share).sum(dim=(2, 3), keepdim=True)
    return (weights * features).sum(dim=1)


def _layercam(gradient: Tensor, features: Tensor) -> Tensor:
    return (torch.relu(gradient) * features).sum(dim=1)


METHODS: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = MappingProxyType(
    {"Grad-CAM": _gradcam, "Grad-CAM++": _gradcam_plus_plus, "LayerCAM": _layercam}
)


def split_cam(
    features: Tensor, head: Head, targets: Sequence[int], method: str = "Grad-CAM"
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
    method : str
        One of `METHODS`.

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
        maps.append(torch.relu(METHODS[method](gradient, leaf.detach()))[0])
    if not maps:
        return np.zeros((0, *features.shape[2:]), np.float32)
    return np.stack([_normalised(drawn.numpy()) for drawn in maps])


def split_gradcam(features: Tensor, head: Head, targets: Sequence[int]) -> npt.NDArray[np.float32]:
    """Return Grad-CAM maps; see `split_cam`."""
    return split_cam(features, head, targets, "Grad-CAM")


def _normalised(drawn: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    peak = float(drawn.max())
    return (drawn / peak).astype(np.float32) if peak > 0 else np.zeros_like(drawn)
