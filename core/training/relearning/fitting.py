"""Fit the heads again on features that do not change, held to the old weights.

Each member leaves out the fold of patients that it left out when it was first trained. What members
say of their own folds is unseen by them, as it was before: calibration and operating points can be
chosen on it, and the weights can be measured as any others are.

References
----------
Li 2018 (L2-SP: decay towards the weights that one starts from), Robins 1995 (rehearsal: old
examples among the new ones against forgetting).
"""

from __future__ import annotations

import copy
import logging
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from core.domain.errors import N_
from core.domain.training_errors import RunError
from core.models.network import Network
from core.training.losses import masked_bce, positive_weights
from core.training.relearning.recipe import FUSE, WHOLE, Relearning

logger = logging.getLogger(__name__)

READ_AT_ONCE = 16
MOST_BYTES = 4_000_000_000
"""Of features in memory."""


@dataclass(frozen=True)
class Lesson:
    """Films to learn from.

    Attributes
    ----------
    squares : ndarray, shape (films, size, size), uint8
    labels, known : ndarray, shape (films, findings)
    counts : ndarray, shape (films,)
        How much each film counts.
    folds : ndarray, shape (films,)
        Member ``k`` does not learn from fold ``k``.
    """

    squares: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.float32]
    known: npt.NDArray[np.bool_]
    counts: npt.NDArray[np.float32]
    folds: npt.NDArray[np.int64]


def features_of(network: Network, squares: npt.NDArray[np.uint8], parts: str) -> Tensor:
    """Return what lies before the first part that is fitted again, (films, channels, h, w), half.

    Raises
    ------
    RunError
        If it would not fit into memory.
    """
    shape = network.shape
    channels = shape.members * shape.fused
    if len(squares) * channels * shape.cells**2 * 2 > MOST_BYTES:
        template = N_("the features of {films} films do not fit into memory; take fewer films")
        named = {"films": str(len(squares))}
        raise RunError(reason=template.format(**named), template=template, named=named)
    found = torch.empty((len(squares), channels, shape.cells, shape.cells), dtype=torch.half)
    for at in range(0, len(squares), READ_AT_ONCE):
        batch = torch.from_numpy(squares[at : at + READ_AT_ONCE].astype(np.float32) / 255)[:, None]
        with torch.no_grad():
            found[at : at + READ_AT_ONCE] = _before(network, batch, parts).half()
    return found


def _before(network: Network, squares: Tensor, parts: str) -> Tensor:
    if parts != FUSE:
        return network.features(squares)
    seen: list[Tensor] = []

    def keep(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        seen.append(inputs[0])

    trunks: Any = network.trunks
    hooks = [trunk.fuse.register_forward_pre_hook(keep) for trunk in trunks]
    try:
        network.features(squares)
    finally:
        for hook in hooks:
            hook.remove()
    return torch.cat(seen, dim=1)


def logits_from(network: Network, features: Tensor, parts: str) -> Tensor:
    """Return the logits of each member, (members, batch, findings), from `features_of`."""
    features = features.float()
    if parts == FUSE:
        split = features.chunk(network.shape.members, dim=1)
        trunks: Any = network.trunks
        pairs = zip(trunks, split, strict=True)
        features = torch.cat([trunk.fuse(part) for trunk, part in pairs], dim=1)
    return network.member_logits(features)


def refit(network: Network, features: Tensor, lesson: Lesson, recipe: Relearning) -> Network:
    """Return the network with some parts fitted again; the one given is left as it is.

    The same network, films and recipe give the same weights on the same machine.
    """
    fitted = copy.deepcopy(network).eval()
    chosen = _parts(fitted, recipe.parts)
    anchors = [each.detach().clone() for each in chosen]
    for parameter in chosen:
        parameter.requires_grad_(True)
    labels = torch.from_numpy(lesson.labels)
    weights = _weights(lesson, network.shape.members)
    balance = [positive_weights(lesson.labels, each.numpy() > 0) for each in weights]
    draw = torch.Generator().manual_seed(recipe.seed)
    steps = recipe.epochs * math.ceil(len(labels) / recipe.batch)
    adam = torch.optim.Adam(chosen, recipe.learning_rate)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for epoch in range(recipe.epochs):
        total = 0.0
        for films in torch.split(torch.randperm(len(labels), generator=draw), recipe.batch):
            said = logits_from(fitted, features[films], recipe.parts)
            loss = _loss(said, labels[films], weights[:, films], balance)
            loss = loss + recipe.anchor / 2 * _distance(chosen, anchors)
            adam.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            adam.step()
            slower.step()
            total += float(loss.detach()) * len(films)
        if epoch % 10 == 9:
            logger.info("epoch %d: loss %.4f", epoch + 1, total / len(labels))
    for parameter in chosen:
        parameter.requires_grad_(False)
    return fitted


def _parts(network: Network, parts: str) -> list[nn.Parameter]:
    heads: Any = list(network.heads)
    trunks: Any = network.trunks
    if parts == WHOLE:
        found = [p for head in heads for p in head.whole.parameters()]
        return [*found, *(head.trust for head in heads)]
    chosen = [parameter for head in heads for parameter in head.parameters()]
    if parts == FUSE:
        chosen += [p for trunk in trunks for p in trunk.fuse.parameters()]
    return chosen


def _weights(lesson: Lesson, members: int) -> Tensor:
    """How much each label counts for each member, (members, films, findings)."""
    each = lesson.known.astype(np.float32) * lesson.counts[:, None]
    seen = np.arange(members)[:, None] != lesson.folds[None]
    return torch.from_numpy((seen[:, :, None] * each[None]).astype(np.float32))


def _loss(said: Tensor, labels: Tensor, weights: Tensor, balance: list[Tensor]) -> Tensor:
    members = zip(said, weights, balance, strict=True)
    return torch.stack([masked_bce(one, labels, *counted) for one, *counted in members]).mean()


def _distance(chosen: list[nn.Parameter], anchors: list[Tensor]) -> Tensor:
    pairs = zip(chosen, anchors, strict=True)
    return torch.stack([(now - before).square().sum() for now, before in pairs]).sum()
