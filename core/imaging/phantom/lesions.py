"""Lesions put into the thorax on purpose.

A lesion either changes the patient before anything is drawn (`reshape`) or fills a part of the
pleural space with something else than lung (`fill`). Its mask on the film is the shadow of what it
filled. A further lesion is one more class here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from core.imaging.phantom import tissue
from core.imaging.phantom.anatomy import Thorax
from core.imaging.phantom.organs import cage, heart, lung_space

Floats = NDArray[np.floating[Any]]
Side = Literal["left", "right"]


class Lesion(Protocol):
    """What a lesion tells the film maker.

    Attributes
    ----------
    finding : str
        Name in the vocabulary of findings.
    laterality : str or None
        "left", "right", "bilateral", or None where a side means nothing.
    attenuation : float
        Of the filling, 1/mm.
    mask_depth_mm : float
        The mask holds the pixels whose ray meets at least this much of the lesion.
    """

    @property
    def finding(self) -> str: ...
    @property
    def laterality(self) -> str | None: ...
    @property
    def attenuation(self) -> float: ...
    @property
    def mask_depth_mm(self) -> float: ...

    def reshape(self, thorax: Thorax) -> Thorax:
        """The patient with this disease."""
        ...

    def fill(self, thorax: Thorax, x: Floats, y: Floats, z: Floats, /) -> Floats:
        """Share of each point of the pleural space that the lesion takes, 0 to 1."""
        ...


def _on_side(side: str, x: Floats) -> Floats:
    share: Floats = np.clip((x if side == "left" else -x) / 2.0 + 0.5, 0.0, 1.0)
    return share


@dataclass(frozen=True)
class PleuralEffusion:
    """Free fluid in one pleural space of a patient who stands (or, AP, sits half upright).

    Fluid lies level where lung floats on it and climbs as a thinning film along the chest wall:
    the meniscus. The level follows from the volume.
    """

    laterality: Side
    volume_ml: float = 600.0
    finding: str = "pleural effusion"
    attenuation: float = tissue.PLEURAL_FLUID
    mask_depth_mm: float = 12.0

    def reshape(self, thorax: Thorax) -> Thorax:
        return thorax

    def fill(self, thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
        level = _fluid_level(thorax, self.laterality, self.volume_ml)
        return _fluid(thorax, self.laterality, level, x, y, z)


def _fluid(thorax: Thorax, side: Side, level: float, x: Floats, y: Floats, z: Floats) -> Floats:
    wall = np.maximum(cage(x, y, z), 0.0)
    # A film of fluid thins with height as the lung's recoil outweighs its weight.
    surface = level + 78.0 * np.exp(-wall / 15.0)
    if thorax.projection == "AP":
        surface = surface + 0.45 * (y - 20.0)
    share: Floats = np.clip((surface - z) / 3.0 + 0.5, 0.0, 1.0) * _on_side(side, x)
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
class Consolidation:
    """Alveoli filled with fluid or pus in one zone: patchy to the edge, dense in the middle."""

    laterality: Side
    zone: Literal["upper", "middle", "lower"] = "lower"
    radius_mm: float = 34.0
    finding: str = "consolidation"
    attenuation: float = 0.82 * tissue.MUSCLE
    mask_depth_mm: float = 14.0

    def reshape(self, thorax: Thorax) -> Thorax:
        return thorax

    def fill(self, thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
        rng = thorax.stream(f"consolidation {self.laterality} {self.zone}")
        sign = 1.0 if self.laterality == "left" else -1.0
        height = {"upper": 42.0, "middle": -28.0, "lower": -82.0}[self.zone]
        centre = np.array(
            [sign * (84 + rng.normal(0, 7)), rng.normal(5, 20), height + rng.normal(0, 7)]
        )
        radii = self.radius_mm * np.array([1.0, 1.15, 0.85]) * rng.uniform(0.9, 1.1, 3)
        distance = np.sqrt(
            ((x - centre[0]) / radii[0]) ** 2
            + ((y - centre[1]) / radii[1]) ** 2
            + ((z - centre[2]) / radii[2]) ** 2
        )
        ragged = distance
        for wave_mm, depth in ((38.0, 0.20), (19.0, 0.17), (10.0, 0.12)):
            k = rng.normal(0, 2 * np.pi / wave_mm, (8, 3))
            for row in k:
                phase = row[0] * x + row[1] * y + row[2] * z + rng.uniform(0, 6.28)
                ragged = ragged + depth / 2.4 * np.sin(phase)
        share: Floats = np.clip((1.15 - ragged) / 0.55, 0.0, 1.0)
        return share * _on_side(self.laterality, x)


@dataclass(frozen=True)
class Cardiomegaly:
    """A dilated heart: the same heart, larger, mostly to the left and down."""

    enlargement: float = 1.28
    finding: str = "cardiomegaly"
    laterality: None = None
    attenuation: float = tissue.BLOOD
    mask_depth_mm: float = 25.0

    def reshape(self, thorax: Thorax) -> Thorax:
        return replace(thorax, heart_size=thorax.heart_size * self.enlargement)

    def fill(self, _thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
        # The heart is already in the thorax; what is shown is where it stands.
        return np.zeros(np.broadcast_shapes(x.shape, y.shape, z.shape))
