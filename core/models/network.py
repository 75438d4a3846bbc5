"""The embedded network: a few small residual trunks that vote with the mean of their logits.

The trunks were trained on different patients (cross-fitting), so that each one has unseen films to
calibrate on. Joined side by side they are one network with one last feature map, and a class
activation map of the vote costs one gradient through the head.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class NetworkShape:
    """Everything that is needed to build the network; kept in the header of the weights file."""

    findings: tuple[str, ...]
    size: int = 160
    widths: tuple[int, ...] = (48, 96, 192)
    blocks: tuple[int, ...] = (2, 2, 2)
    members: int = 1
    dropout: float = 0.2

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
        inner = torch.relu(self.first_norm(self.first(x)))
        return torch.relu(self.second_norm(self.second(inner)) + self.shortcut(x))


class Trunk(nn.Sequential):
    """One member up to its last feature map: (batch, 1, s, s) to (batch, width, s/16, s/16)."""

    def __init__(self, shape: NetworkShape) -> None:
        width = shape.widths[0]
        layers: list[nn.Module] = [
            nn.Conv2d(1, width // 2, 5, 2, 2, bias=False),
            nn.BatchNorm2d(width // 2),
            nn.ReLU(),
            nn.Conv2d(width // 2, width, 3, 2, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        ]
        inputs = width
        for stage, (outputs, count) in enumerate(zip(shape.widths, shape.blocks, strict=True)):
            for block in range(count):
                layers.append(Block(inputs, outputs, 2 if stage and not block else 1))
                inputs = outputs
        super().__init__(*layers)


class Network(nn.Module):
    """Members side by side. ``features`` then ``head`` equals ``forward``."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.shape = shape
        self.trunks = nn.ModuleList(Trunk(shape) for _ in range(shape.members))
        self.dropout = nn.Dropout(shape.dropout)
        self.heads = nn.ModuleList(
            nn.Linear(shape.widths[-1], len(shape.findings)) for _ in range(shape.members)
        )

    def features(self, squares: Tensor) -> Tensor:
        """Return the last feature maps, (batch, members * width, h, w), of squares in [0, 1]."""
        centred = (squares - 0.5) * 4.0
        return torch.cat([trunk(centred) for trunk in self.trunks], dim=1)

    def member_logits(self, features: Tensor) -> Tensor:
        """Return the logits of each member, (members, batch, findings)."""
        pooled = features.mean(dim=(2, 3)).chunk(self.shape.members, dim=1)
        votes = zip(self.heads, pooled, strict=True)
        return torch.stack([head(self.dropout(part)) for head, part in votes])

    def head(self, features: Tensor) -> Tensor:
        """Return the logits of the vote, (batch, findings)."""
        return self.member_logits(features).mean(dim=0)

    def forward(self, squares: Tensor) -> Tensor:
        return self.head(self.features(squares))
