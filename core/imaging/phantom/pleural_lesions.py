"""Fluid and air between the lung and the chest wall."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from core.imaging.phantom import tissue
from core.imaging.phantom.anatomy import (
    Thorax,
    by_height,
    cage_centre_y,
    cage_half_depth,
    cage_half_width,
)
from core.imaging.phantom.lesion import (
    Filling,
    Floats,
    Side,
    along_beam,
    mean_ramp,
    on_side,
)
from core.imaging.phantom.organs import cage, heart, lung_space, rounded_section

# Visceral pleura with the lung's outermost tissue, as one layer.
PLEURA_MM: Final = 0.6


@dataclass(frozen=True)
class PleuralEffusion(Filling):
    """Free fluid in one pleural space of a patient who stands (or, AP, sits half upright).

    Fluid lies level where lung floats on it and climbs as a thinning film along the chest wall:
    the meniscus. The level follows from the volume.
    """

    laterality: Side
    volume_ml: float = 600.0
    finding: str = "pleural effusion"
    attenuation: float = tissue.PLEURAL_FLUID
    mask_depth_mm: float = 12.0
    pleural: bool = True

    def fill(self, thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
        """All that lies below the fluid's surface on its side."""
        level = _fluid_level(thorax, self.laterality, self.volume_ml)
        return _fluid(thorax, self.laterality, level, x, y, z)


def _fluid(thorax: Thorax, side: Side, level: float, x: Floats, y: Floats, z: Floats) -> Floats:
    def below(x: Floats, y: Floats, z: Floats) -> Floats:
        wall = np.maximum(cage(x, y, z), 0.0)
        # A film of fluid thins with height as the lung's recoil outweighs its weight.
        surface = level + 78.0 * np.exp(-wall / 15.0)
        if thorax.projection == "AP":
            surface = surface + 0.45 * (y - 20.0)
        depth: Floats = surface - z
        return depth

    near, far = along_beam(below, thorax, x, y, z)
    share: Floats = mean_ramp(near, far, 3.0) * on_side(side, x)
    return share


@lru_cache(maxsize=64)
def _fluid_level(thorax: Thorax, side: Side, volume_ml: float) -> float:
    """Height at which so much fluid has its level away from the walls, mm."""
    x = np.arange(2.0, 150.0, 6.0)[:, None, None] * (1 if side == "left" else -1)
    y = np.arange(-110.0, 110.0, 6.0)[None, :, None]
    z = np.arange(-215.0, 60.0, 6.0)[None, None, :]
    space = np.minimum(lung_space(thorax, x, y, z), -heart(thorax, x, y, z)) > 0
    cell_ml = 6.0**3 / 1000.0 * float(np.prod(thorax.scale))
    low, high = -300.0, 60.0
    for _ in range(12):
        middle = 0.5 * (low + high)
        volume = float((_fluid(thorax, side, middle, x, y, z) * space).sum()) * cell_ml
        low, high = (middle, high) if volume < volume_ml else (low, middle)
    return 0.5 * (low + high)


@dataclass(frozen=True)
class Pneumothorax(Filling):
    """Air in one pleural space: the lung falls away from the apex and the side of the chest wall.

    `depth_mm` is the distance of the visceral pleura from the chest wall at mid height; it is
    wider at the apex and narrower at the base of a patient who stands, and reaches the base of
    one who lies (AP: the deep sulcus). Beyond the pleural line runs no vessel.
    """

    laterality: Side
    depth_mm: float = 30.0
    finding: str = "pneumothorax"
    attenuation: float = tissue.AIR
    mask_depth_mm: float = 3.0
    # Air lies thinly in front of the lung and behind it; only beyond the pleural line is it seen.
    mask_share: float = 0.6
    pleural: bool = True

    def __post_init__(self) -> None:
        if not 4.0 <= self.depth_mm <= 80.0:
            raise ValueError("the pleura lies 4 to 80 mm from the chest wall in a pneumothorax")

    def fill(self, thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
        """The space around the smaller lung."""
        near, far = along_beam(self._lung(thorax), thorax, x, y, z)
        share: Floats = (1.0 - mean_ramp(near, far, 1.0)) * on_side(self.laterality, x)
        return share

    def surround(self, thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats | None:
        """The pleural line, and the same blood in less lung."""
        near, far = along_beam(self._lung(thorax), thorax, x, y, z)
        inside = mean_ramp(near, far, 1.0)
        pleura = mean_ramp(near + PLEURA_MM, far + PLEURA_MM, 1.0) - inside
        denser = 0.35 * min(self.depth_mm / 50.0, 1.0) * tissue.LUNG
        added: Floats = (tissue.MUSCLE * pleura + denser * inside) * on_side(self.laterality, x)
        return added

    def _lung(self, thorax: Thorax) -> _Collapsed:
        return _Collapsed(thorax, self.depth_mm)


@dataclass(frozen=True)
class _Collapsed:
    """The surface of the fallen lung as a signed distance, positive inside."""

    thorax: Thorax
    depth_mm: float

    def __call__(self, x: Floats, y: Floats, z: Floats) -> Floats:
        base = 0.8 if self.thorax.projection == "AP" else 0.3
        depth = self.depth_mm * by_height(z, [-170, -110, -30, 60], [0.6 * base, base, 1.0, 1.25])
        wall = rounded_section(
            x,
            y - cage_centre_y(z),
            np.maximum(cage_half_width(z) - depth, 12.0),
            cage_half_depth(z) - 0.08 * depth,
        )
        side = np.abs(x) - np.maximum(48.0 - 0.35 * self.depth_mm, 26.0)
        u, v = side / np.where(side > 0, 66.0, 44.0), (y - 24.0) / 60.0
        apex = self.thorax.apex_mm - 1.1 * self.depth_mm
        roof = 0.7 * (apex - 34.0 * (u * u + v * v) - z)
        inside: Floats = np.minimum(wall, roof)
        return inside
