"""The embedded network: a few small residual trunks that vote with the mean of their logits.

The trunks were trained on different patients (cross-fitting), so that each one has unseen films to
calibrate on. Joined side by side they are one network with one last feature map, a stride of 8
pixels fine, from which every logit and every map is made: a class activation map of the vote costs
one gradient through the head.

References
----------
He 2016 (residual blocks), Lin 2017 (feature pyramid: the coarse map is laid over the finer one),
Pinheiro 2015 (log-sum-exp pooling: a finding is present if some place shows it).
"""

from __future__ import annotations

import copy
import itertools
import json
import math
from dataclasses import asdict, dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

STRIDE = 8
"""Pixels of the square, in each direction, behind one cell of the last feature map."""
SHARPNESS = 4.0
"""Of the log-sum-exp pooling: between the mean (0) and the maximum (large) of a map."""


@dataclass(frozen=True)
class NetworkShape:
    """Everything that is needed to build the network; kept in the header of the weights file.

    ``widths`` and ``blocks`` have one entry a stage; ``fused`` is the width of the last feature
    map.
    """

    findings: tuple[str, ...]
    size: int = 256
    widths: tuple[int, ...] = (48, 96, 192)
    blocks: tuple[int, ...] = (2, 2, 2)
    fused: int = 128
    members: int = 1
    dropout: float = 0.2

    @property
    def cells(self) -> int:
        """Cells of the last feature map along a side."""
        return self.size // STRIDE

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> NetworkShape:
        entries = json.loads(text)
        lists = {key: tuple(entries[key]) for key in ("findings", "widths", "blocks")}
        return cls(**{**entries, **lists})


class Block(nn.Module):
    """Two 3x3 convolutions around a shortcut (He 2016), shortcut pooled before it is projected."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride),
                nn.Conv2d(inputs, outputs, 1, bias=False),
                nn.BatchNorm2d(outputs),
            )

    def forward(self, x: Tensor) -> Tensor:
        # In place: of one film at a time, fresh memory costs as much as the arithmetic. No gradient
        # misses what is written over: norms and convolutions keep their inputs, not their outputs.
        inner = torch.relu_(self.first_norm(self.first(x)))
        return torch.relu_(self.second_norm(self.second(inner)).add_(self.shortcut(x)))


class Trunk(nn.Module):
    """One member up to its last feature map: (batch, 1, s, s) to (batch, fused, s/8, s/8)."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        first, middle, last = shape.widths
        self.stem = nn.Sequential(
            nn.Conv2d(1, first // 2, 5, 2, 2, bias=False),
            nn.BatchNorm2d(first // 2),
            nn.ReLU(inplace=True),
            nn.Conv2d(first // 2, first, 3, 2, 1, bias=False),
            nn.BatchNorm2d(first),
            nn.ReLU(inplace=True),
        )
        self.fine = _stage(first, first, 1, shape.blocks[0])
        self.middle = _stage(first, middle, 2, shape.blocks[1])
        self.coarse = _stage(middle, last, 2, shape.blocks[2])
        self.from_middle = nn.Conv2d(middle, shape.fused, 1, bias=False)
        self.from_coarse = nn.Conv2d(last, shape.fused, 1, bias=False)
        self.laid_over = nn.BatchNorm2d(shape.fused)
        self.fuse = nn.Sequential(
            nn.Conv2d(shape.fused, shape.fused, 3, 1, 1, bias=False),
            nn.BatchNorm2d(shape.fused),
            nn.ReLU(inplace=True),
        )

    def forward(self, squares: Tensor) -> Tensor:
        middle = self.middle(self.fine(self.stem(squares)))
        coarse = self.from_coarse(self.coarse(middle))
        coarse = functional.interpolate(coarse, size=middle.shape[2:], mode="bilinear")
        over = torch.relu_(self.laid_over(self.from_middle(middle).add_(coarse)))
        fused: Tensor = self.fuse(over)
        return fused


def _stage(inputs: int, outputs: int, stride: int, count: int) -> nn.Sequential:
    first = Block(inputs, outputs, stride)
    return nn.Sequential(first, *(Block(outputs, outputs, 1) for _ in range(count - 1)))


class Head(nn.Module):
    """One member from its last feature map to logits: what the whole film says, and some place."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        count = len(shape.findings)
        self.dropout = nn.Dropout(shape.dropout)
        self.whole = nn.Linear(shape.fused, count)
        self.place = nn.Conv2d(shape.fused, count, 1)
        self.trust = nn.Parameter(torch.full((count,), 0.5))
        nn.init.constant_(self.place.bias, -2.0)  # type: ignore[arg-type]

    def place_logits(self, features: Tensor) -> Tensor:
        """Return the logit of each finding at each place, (batch, findings, h, w)."""
        logits: Tensor = self.place(features)
        return logits

    def forward(self, features: Tensor) -> Tensor:
        return self.from_places(features, self.place_logits(features))

    def from_places(self, features: Tensor, places: Tensor) -> Tensor:
        """Return logits, (batch, findings), where `place_logits` are there already."""
        whole: Tensor = self.whole(self.dropout(features.mean(dim=(2, 3))))
        return whole + self.trust * self.somewhere(places)

    def somewhere(self, places: Tensor) -> Tensor:
        """Return how far each finding is seen at some place, (batch, findings)."""
        cells = places.shape[2] * places.shape[3]
        pooled = torch.logsumexp(SHARPNESS * places.float().flatten(2), dim=2) - math.log(cells)
        return pooled / SHARPNESS


class Network(nn.Module):
    """Members side by side. ``features`` then ``head`` equals ``forward``."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.shape = shape
        self.trunks = nn.ModuleList(Trunk(shape) for _ in range(shape.members))
        self.heads = nn.ModuleList(Head(shape) for _ in range(shape.members))

    def features(self, squares: Tensor) -> Tensor:
        """Return the last feature maps, (batch, members * fused, h, w), of squares in [0, 1]."""
        centred = (squares - 0.5) * 4.0
        return torch.cat([trunk(centred) for trunk in self.trunks], dim=1)

    def member_logits(self, features: Tensor) -> Tensor:
        """Return the logits of each member, (members, batch, findings)."""
        parts = features.chunk(self.shape.members, dim=1)
        return torch.stack([head(part) for head, part in zip(self.heads, parts, strict=True)])

    def head(self, features: Tensor) -> Tensor:
        """Return the logits of the vote, (batch, findings)."""
        return self.member_logits(features).mean(dim=0)

    def member_maps(self, features: Tensor) -> Tensor:
        """Return what each member sees where, (members, batch, findings, h, w) in [0, 1]."""
        parts = features.chunk(self.shape.members, dim=1)
        return torch.stack(
            [
                torch.sigmoid(head.place_logits(part))  # type: ignore[operator]
                for head, part in zip(self.heads, parts, strict=True)
            ]
        )

    def finding_maps(self, features: Tensor) -> Tensor:
        """Return where the vote sees each finding, (batch, findings, h, w) in [0, 1]."""
        return self.member_maps(features).mean(dim=0)

    def pooled(self, features: Tensor) -> Tensor:
        """Return each member's features of the whole film, (members, batch, fused)."""
        means = features.mean(dim=(2, 3))
        return torch.stack(means.chunk(self.shape.members, dim=1))

    def member(self, place: int) -> Network:
        """Return one member as a network of its own, in the same mode.

        Its parameters are free to learn, unless the network was made `for_reading`.
        """
        alone = Network(replace(self.shape, members=1))
        alone.trunks[0] = copy.deepcopy(self.trunks[place])
        alone.heads[0] = copy.deepcopy(self.heads[place])
        return alone.requires_grad_(True).train(self.training)

    def forward(self, squares: Tensor) -> Tensor:
        return self.head(self.features(squares))


def for_reading(network: Network) -> Network:
    """Make a trained network quick on a CPU, in place: the same answers up to rounding.

    Each batch normalisation right after a convolution is folded into it (Jacob 2018, section 3.2);
    the one after the sum of two maps stays. Channels lie innermost in memory. Neither train it on
    nor save it: its parameters no longer fit the network that `NetworkShape` describes.
    """
    network.eval()
    for module in network.modules():
        # In these two, a norm registered right after a convolution is applied right after it. In
        # a trunk it is not: between ``from_coarse`` and ``laid_over`` two maps are added.
        if isinstance(module, (Block, nn.Sequential)):
            _fold_norms(module)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def _fold_norms(module: nn.Module) -> None:
    parts = list(module.named_children())
    for (name, before), (norm_name, norm) in itertools.pairwise(parts):
        if isinstance(before, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            setattr(module, name, fuse_conv_bn_eval(before, norm))
            setattr(module, norm_name, nn.Identity())
