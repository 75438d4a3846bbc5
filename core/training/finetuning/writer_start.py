"""A writer's trunk that starts from what the embedded network has learned to see.

The stages of the two trunks are the same, block for block. The stems are not: two convolutions
with a stride of two there, three convolutions and a maximum here. The first of the three takes the
film apart into its four sub-grids of every other pixel, so that the second can be the embedded
network's first to the letter; only the maximum, in the place of every other value, is new.

The embedded network has seen the train films of its folder and none of the validation films.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from core.domain.training_errors import RecipeError
from core.models import registry
from core.models.embedded import load_network
from core.models.measured import WEIGHTS
from core.models.network import NetworkShape

MEMBER = 0
LIFT = 3.0
"""Grey levels lie between minus and plus two: lifted by this much they pass a rectifier."""
SPREAD = 1.2
"""Variance of grey levels so scaled, about: what batches of films will have."""


def start_trunk(backbone: Any, widths: tuple[int, ...], blocks: tuple[int, ...]) -> None:
    """Fill a backbone of transformers (`RTDetrResNetBackbone`) with the embedded network's trunk.

    Parameters
    ----------
    widths, blocks : tuple of int
        Of the backbone's stages.

    Raises
    ------
    RecipeError
        If the embedded network has other widths or numbers of blocks.
    ModelUnavailableError
        If its weights are not there.
    """
    network = load_network(registry.EMBEDDED_FOLDER / WEIGHTS, registry.EMBEDDED)
    shape: NetworkShape = network.shape
    if (shape.widths, shape.blocks) != (tuple(widths), tuple(blocks)):
        raise RecipeError(reason="the embedded network has a trunk of another shape")
    trunk: Any = network.trunks[MEMBER]
    with torch.no_grad():
        _stem(backbone.embedder.embedder, trunk.stem)
        for stage, taught in zip(
            backbone.encoder.stages, (trunk.fine, trunk.middle, trunk.coarse), strict=True
        ):
            for layer, block in zip(stage.layers, taught, strict=True):
                _block(layer, block)


def _stem(layers: Any, stem: Any) -> None:
    first, first_norm, _, second, second_norm, _ = stem
    apart, gathered, last = layers
    _take_apart(apart)
    gathered.convolution.weight.zero_()
    for down in range(-2, 3):
        for across in range(-2, 3):
            grid = 2 * (down % 2) + across % 2
            place = down // 2 + 1, across // 2 + 1
            gathered.convolution.weight[:, grid, *place] = first.weight[:, 0, down + 2, across + 2]
    gathered.normalization.load_state_dict(first_norm.state_dict())
    gathered.normalization.running_mean += LIFT * first.weight.sum(dim=(1, 2, 3))
    last.convolution.weight.copy_(second.weight)
    last.normalization.load_state_dict(second_norm.state_dict())


def _take_apart(layer: Any) -> None:
    """Make the first four channels the four sub-grids of the film, lifted; the others stay."""
    layer.convolution.weight[:4] = 0.0
    for grid in range(4):
        layer.convolution.weight[grid, :, 1 + grid // 2, 1 + grid % 2] = 1.0 / 3.0
    norm = layer.normalization
    norm.running_var[:4] = SPREAD
    norm.weight[:4] = math.sqrt(SPREAD + norm.eps)
    norm.bias[:4] = LIFT


def _block(layer: Any, block: Any) -> None:
    first, second = layer.layer
    _convolution(first, block.first, block.first_norm)
    _convolution(second, block.second, block.second_norm)
    if isinstance(block.shortcut, nn.Sequential):
        _, projection, norm = block.shortcut
        _convolution(layer.shortcut[1], projection, norm)
    elif not isinstance(layer.shortcut, nn.Identity):
        _pass_through(layer.shortcut)


def _convolution(layer: Any, convolution: Any, norm: Any) -> None:
    layer.convolution.weight.copy_(convolution.weight)
    layer.normalization.load_state_dict(norm.state_dict())


def _pass_through(shortcut: Any) -> None:
    """Make a projection give back what it is given."""
    shortcut.convolution.weight.copy_(
        torch.eye(shortcut.convolution.out_channels)[:, :, None, None]
    )
    norm = shortcut.normalization
    norm.weight.fill_(math.sqrt(1.0 + norm.eps))
