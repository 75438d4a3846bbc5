"""Opacities of the lung itself: consolidation, atelectasis, oedema, nodule and mass."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.imaging.phantom import tissue
from core.imaging.phantom.anatomy import Thorax
from core.imaging.phantom.beads import Beads, join
from core.imaging.phantom.lesion import (
    BEAM_WINDOW_MM,
    Filling,
    Floats,
    Side,
    Zone,
    beam_axes,
    chord_share,
    on_side,
    sign_of,
)
from core.imaging.phantom.organs import diaphragm_height, heart, lung_space

ZONE_Z = {"upper": (22.0, 68.0), "middle": (-55.0, 10.0), "lower": (-108.0, -62.0)}


@dataclass(frozen=True)
class Consolidation(Filling):
    """Alveoli filled with fluid or pus in one zone: patchy to the edge, dense in the middle."""

    laterality: Side
    zone: Zone = "lower"
    radius_mm: float = 34.0
    finding: str = "consolidation"
    attenuation: float = 0.82 * tissue.MUSCLE
    mask_depth_mm: float = 14.0

    def fill(self, thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
        """A ball with a ragged edge."""
        rng = thorax.stream(f"consolidation {self.laterality} {self.zone}")
        height = {"upper": 42.0, "middle": -28.0, "lower": -82.0}[self.zone]
        centre = np.array(
            [
                sign_of(self.laterality) * (84 + rng.normal(0, 7)),
                rng.normal(5, 20),
                height + rng.normal(0, 7),
            ]
        )
        radii = self.radius_mm * np.array([1.0, 1.15, 0.85]) * rng.uniform(0.9, 1.1, 3)
        distance = np.sqrt(
            ((x - centre[0]) / radii[0]) ** 2
            + ((y - centre[1]) / radii[1]) ** 2
            + ((z - centre[2]) / radii[2]) ** 2
        )
        near = distance < 1.9
        here = [np.broadcast_to(axis, distance.shape)[near] for axis in (x, y, z)]
        ragged = distance[near]
        beam = 0 if thorax.projection == "LATERAL" else 1
        for wave_mm, depth in ((40.0, 0.30), (22.0, 0.24), (13.0, 0.16)):
            for row in rng.normal(0, 3.6 / wave_mm, (12, 3)):
                # The mean of a wave over the beam's window, so that planes do not beat with it.
                mean = depth / 3.0 * np.sinc(row[beam] * BEAM_WINDOW_MM / (2 * np.pi))
                phase = sum(k * axis for k, axis in zip(row, here, strict=True))
                ragged = ragged + mean * np.sin(phase + rng.uniform(0, 6.28))
        share: Floats = np.zeros(distance.shape)
        share[near] = np.clip((1.15 - ragged) / 0.55, 0.0, 1.0)
        return share * on_side(self.laterality, x)


@dataclass(frozen=True)
class Atelectasis(Filling):
    """Airless lung in a plate above the diaphragm, which is drawn up on that side.

    The plate is seen edge-on: a dense band of `thickness_mm` by `length_mm`. `elevation_mm` is
    what the lost volume lifts the dome by.
    """

    laterality: Side
    thickness_mm: float = 8.0
    length_mm: float = 75.0
    elevation_mm: float = 10.0
    finding: str = "atelectasis"
    attenuation: float = tissue.MUSCLE

    def __post_init__(self) -> None:
        if not (2.0 <= self.thickness_mm <= 30.0 and 20.0 <= self.length_mm <= 120.0):
            raise ValueError("a plate of atelectasis is 2 to 30 mm thick and 20 to 120 mm long")

    @property
    def mask_depth_mm(self) -> float:
        """Of a plate some 55 mm deep."""
        return 10.0

    def reshape(self, thorax: Thorax) -> Thorax:
        """The diaphragm of that side stands higher."""
        if self.laterality == "left":
            return replace(thorax, dome_left_mm=thorax.dome_left_mm + self.elevation_mm)
        return replace(thorax, dome_right_mm=thorax.dome_right_mm + self.elevation_mm)

    def fill(self, thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
        """One slightly bowed plate, its edges a little ragged."""
        rng = thorax.stream(f"atelectasis {self.laterality}")
        side = sign_of(self.laterality)
        centre_x = side * (78.0 + rng.normal(0, 4.0))
        centre_y = rng.normal(-2.0, 8.0)
        floor = float(diaphragm_height(thorax, np.array(centre_x), np.array(centre_y)))
        centre_z = floor + rng.uniform(8.0, 24.0) + 0.5 * self.thickness_mm
        tilt = np.deg2rad(rng.normal(8.0, 9.0)) * side
        bow = rng.normal(0.0, 0.0018)
        across, up = x - centre_x, z - centre_z
        along = np.cos(tilt) * across + np.sin(tilt) * up
        off = np.cos(tilt) * up - np.sin(tilt) * across - bow * along * along
        # Thickest in the middle, tapering and fading to both ends, ragged as lobules collapse.
        end = np.abs(2.0 * along / self.length_mm)
        taper = np.clip(1.0 - end**4, 0.0, 1.0)
        ragged = 1.0 + 0.14 * np.sin(along / 5.3 + rng.uniform(0, 6.28))
        ragged = ragged + 0.12 * np.sin(along / 2.6 + y / 7.0 + rng.uniform(0, 6.28))
        half = 0.5 * self.thickness_mm * np.sqrt(taper) * ragged
        band = np.clip((half - np.abs(off)) / 3.0 + 0.5, 0.0, 1.0) * np.clip(2.5 * taper, 0.0, 1.0)
        # Between plate and diaphragm the lung is short of air, not empty of it.
        under = np.clip(-off / 4.0, 0.0, 1.0) * np.clip(1.0 + off / 34.0, 0.0, 1.0)
        edge = np.maximum(band, 0.09 * under * np.clip(2.0 * (1.15 - end), 0.0, 1.0))
        depth = np.clip((30.0 - np.abs(y - centre_y)) / 12.0 + 0.5, 0.0, 1.0)
        share: Floats = edge * depth * on_side(self.laterality, x)
        return share


@dataclass(frozen=True)
class Edema(Filling):
    """Pulmonary oedema: haze from both hila, more below, and vessels wide, cuffed and blurred.

    `severity` is the share of air that fluid takes about the hila, 0.05 to 0.5.
    """

    severity: float = 0.25
    finding: str = "edema"
    laterality: None = None
    attenuation: float = tissue.PLEURAL_FLUID
    mask_depth_mm: float = 7.0

    def __post_init__(self) -> None:
        if not 0.05 <= self.severity <= 0.5:
            raise ValueError("the severity of an oedema lies between 0.05 and 0.5")

    def fill(self, thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
        """Bat's wings: falling off from the hilum, leaving the lung's mantle and apex clear."""
        rng = thorax.stream("edema")
        lateral = (np.abs(x) - 40.0) / (58.0 + rng.normal(0, 3.0))
        height = (z + 45.0) / np.where(z > -45.0, 68.0, 84.0)
        back = (y - 8.0) / 78.0
        wing = np.exp(-(np.maximum(lateral, 0.0) ** 2 + height**2 + back**2))
        gravity = np.clip(0.85 - 0.004 * (z + 45.0), 0.4, 1.2)
        patches = np.ones(np.broadcast_shapes(x.shape, y.shape, z.shape), dtype=z.dtype)
        for wave_mm, depth in ((46.0, 0.10), (24.0, 0.09), (13.0, 0.08)):
            for row in rng.normal(0, 2 * np.pi / wave_mm, (4, 3)).astype(z.dtype):
                patches += depth * np.sin(row[0] * x + row[1] * y + row[2] * z + rng.uniform(0, 6))
        share: Floats = np.clip(self.severity * 1.25 * wing * gravity * patches, 0.0, 0.8)
        return share

    def vessels(self, thorax: Thorax, beads: Beads) -> Beads:
        """Distended, and each in a sleeve of fluid that blurs its edge."""
        kept = super().vessels(thorax, beads)
        strength = min(self.severity / 0.25, 1.5)
        radius = np.linalg.norm(kept.shapes[:, :, 0], axis=1)
        seen = radius > 0.9
        # Three times as wide and faint: the fluid in the sleeve takes the vessel's edge away.
        sleeve = Beads(
            kept.centres[seen], 3.0 * kept.shapes[seen], 0.045 * strength * kept.amplitudes[seen]
        )
        wide = Beads(
            kept.centres,
            (1.0 + 0.22 * strength) * kept.shapes,
            (1.0 - 0.30 * strength) * kept.amplitudes,
        )
        return join([wide, sleeve])


@dataclass(frozen=True)
class Nodule(Filling):
    """A round opacity of 6 to 30 mm within the lung; `number` tells several of one place apart."""

    laterality: Side
    diameter_mm: float = 16.0
    zone: Zone = "middle"
    number: int = 0
    finding: str = "nodule"
    attenuation: float = tissue.MUSCLE

    def __post_init__(self) -> None:
        if not 6.0 <= self.diameter_mm <= 30.0:
            raise ValueError("a nodule is 6 to 30 mm wide; what is wider is a mass")

    @property
    def mask_depth_mm(self) -> float:
        """A quarter of the diameter, which lies near its edge."""
        return 0.25 * self.diameter_mm

    def centre(self, thorax: Thorax) -> tuple[float, float, float]:
        """A place in the zone where the whole ball lies in lung, clear of heart and hilum."""
        rng = thorax.stream(f"{self.finding} {self.laterality} {self.zone} {self.number}")
        radius = 0.5 * self.diameter_mm
        low, high = ZONE_Z[self.zone]
        x = sign_of(self.laterality) * rng.uniform(58.0, 112.0, 96)
        y, z = rng.uniform(-45.0, 55.0, 96), rng.uniform(low, high, 96)
        room = np.minimum(lung_space(thorax, x, y, z), -heart(thorax, x, y, z))
        fits = np.nonzero(room > radius + 2.0)[0]
        chosen = int(fits[0]) if len(fits) else int(np.argmax(room))
        return float(x[chosen]), float(y[chosen]), float(z[chosen])

    def fill(self, thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
        """A ball, slightly lobed, as the share of the beam that it takes."""
        centre = self.centre(thorax)
        rng = thorax.stream(f"{self.finding} lobes {self.number}")
        across, along = beam_axes(thorax, x - centre[0], y - centre[1])
        up = z - centre[2]
        angle = np.arctan2(up + 0.0 * across, across + 0.0 * up)
        lobes = 1.0 + self._lobe_depth * (
            np.sin(2 * angle + rng.uniform(0, 6.28))
            + 0.7 * np.sin(3 * angle + rng.uniform(0, 6.28))
        )
        radius = 0.5 * self.diameter_mm * lobes
        half = np.sqrt(np.maximum(radius**2 - across**2 - up**2, 0.0))
        return chord_share(half, along)

    @property
    def _lobe_depth(self) -> float:
        return 0.035


@dataclass(frozen=True)
class Mass(Nodule):
    """A round opacity wider than 30 mm, lobulated."""

    diameter_mm: float = 45.0
    finding: str = "mass"

    def __post_init__(self) -> None:
        if not 30.0 < self.diameter_mm <= 90.0:
            raise ValueError("a mass is wider than 30 mm, and here at most 90 mm")

    @property
    def _lobe_depth(self) -> float:
        return 0.07
