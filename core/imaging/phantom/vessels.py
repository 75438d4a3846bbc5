"""Pulmonary arteries and veins, and the air tree, as beads.

The trees obey Murray's law (the cube of the parent's radius is the sum of the children's cubes),
split into a thick child that goes on and a thin one that leaves, and end at the pleura.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.imaging.phantom.anatomy import Thorax
from core.imaging.phantom.beads import Beads, join, round_beads, round_tube
from core.imaging.phantom.organs import heart, lung_space
from core.imaging.phantom.tissue import AIR, BLOOD, LUNG, MUSCLE

Floats = NDArray[np.float64]
MURRAY_THICK, MURRAY_THIN = 0.885, 0.675

# Central arteries and veins of the left lung (x to the left): path and radii; trunks leave them.
_LEFT_CENTRAL = (
    (
        [(20, -30, -26), (34, -6, -6), (44, 14, -4), (48, 24, -22), (54, 26, -58)],
        (12, 11, 10, 8, 5),
    ),
    ([(14, -2, -54), (34, -4, -46), (50, -8, -40)], (8, 7, 5)),
)
_RIGHT_CENTRAL = (
    (
        [(-8, -30, -24), (-26, -14, -20), (-40, -2, -28), (-47, 8, -52), (-54, 14, -80)],
        (10, 10, 8.5, 7.5, 5),
    ),
    ([(-22, -12, -16), (-32, -10, 0), (-38, -6, 14)], (7, 6, 4.5)),
    ([(-14, -2, -58), (-34, -8, -50), (-48, -14, -44)], (8, 7, 5)),
)


def is_open_lung(thorax: Thorax, points: Floats) -> Floats:
    """1 in aerated lung, 0 elsewhere, with a soft margin; points of shape (n, 3)."""
    x, y, z = points.T
    distance = np.minimum(lung_space(thorax, x, y, z), -heart(thorax, x, y, z))
    return np.clip(distance / 2.0 + 0.5, 0.0, 1.0)


def pulmonary_vessels(thorax: Thorax, smallest_mm: float) -> Beads:
    """Both trees down to a radius, cut to the open lung."""
    contrast = BLOOD - LUNG * thorax.lung_density
    parts: list[Beads] = []
    for side, central in ((1.0, _LEFT_CENTRAL), (-1.0, _RIGHT_CENTRAL)):
        for path, radii in central:
            grown = [radius * thorax.vessel_size * 0.95 for radius in radii]
            parts.append(round_tube(np.array(path, dtype=np.float64), grown, contrast, 1.0))
        parts.append(_tree(thorax, side, smallest_mm, contrast))
    beads = join(parts)
    return beads.weighted(is_open_lung(thorax, beads.centres))


@dataclass
class _Front:
    """The growing tips of one tree."""

    tips: Floats
    ways: Floats
    radii: Floats


def _trunks(thorax: Thorax, side: float, rng: np.random.Generator) -> _Front:
    """Segmental arteries and veins: (share of the fan, from where, which way, how thick)."""
    rows = [
        # start x, y, z;   way x, y, z;  radius, how many
        ((44, 0, 6), (0.45, -0.25, 1.0), 2.5, 3),
        ((44, 8, 4), (0.6, 0.5, 0.9), 2.4, 3),
        ((46, -8, -14), (0.9, -0.7, 0.25), 2.4, 3),
        ((48, 18, -18), (0.9, 0.8, 0.1), 2.5, 3),
        ((50, -10, -36), (0.8, -0.8, -0.5), 2.6, 3),
        ((54, 14, -56), (0.9, -0.1, -1.0), 3.0, 4),
        ((54, 22, -58), (0.55, 0.6, -1.0), 3.0, 4),
        ((50, 26, -56), (0.1, 0.5, -1.0), 2.8, 3),
        ((50, -14, -46), (0.35, -0.6, -1.0), 2.6, 3),
    ]
    lower = -14.0 if side < 0 else 0.0
    tips, ways, radii = [], [], []
    for start, way, radius, count in rows:
        for _ in range(count):
            tips.append(np.array(start) + np.array([0, 0, lower]) + rng.normal(0, 5, 3))
            ways.append(np.array(way) + rng.normal(0, 0.24, 3))
            radii.append(radius * thorax.vessel_size * float(rng.normal(1.0, 0.1)))
    flip = np.array([side, 1.0, 1.0])
    direction = np.array(ways) * flip
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    return _Front(np.array(tips) * flip, direction, np.array(radii))


def _tree(thorax: Thorax, side: float, smallest_mm: float, contrast: float) -> Beads:
    rng = thorax.stream(f"vessels {side}")
    hilum = np.array([side * 34.0, 8.0, -20.0 if side < 0 else -12.0])
    front = _trunks(thorax, side, rng)
    parts: list[Beads] = []
    for _ in range(22):
        ends, bends = _grow(front, rng)
        parts.append(_segment_beads(front, bends, ends, contrast))
        x, y, z = ends.T
        alive = lung_space(thorax, x, y, z) > 1.5
        front = _split(front, ends, alive, hilum, rng)
        front = _thicker_than(front, smallest_mm)
        if len(front.radii) == 0:
            break
    return join(parts)


def _grow(front: _Front, rng: np.random.Generator) -> tuple[Floats, Floats]:
    length = 5.6 * front.radii**0.75 * rng.uniform(0.7, 1.35, len(front.radii))
    ends = front.tips + front.ways * length[:, None]
    wobble = rng.normal(0.0, 0.055, front.ways.shape) * length[:, None]
    return ends, 0.5 * (front.tips + ends) + wobble


def _segment_beads(front: _Front, bends: Floats, ends: Floats, contrast: float) -> Beads:
    length = np.linalg.norm(ends - front.tips, axis=1)
    counts = np.maximum(2, np.ceil(length / np.maximum(0.55 * front.radii, 0.5))).astype(int)
    owner = np.repeat(np.arange(len(counts)), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    t = ((np.arange(len(owner)) - first + 0.5) / counts[owner])[:, None]
    points = front.tips[owner] * (1 - t) ** 2 + 2 * bends[owner] * t * (1 - t) + ends[owner] * t**2
    radii = front.radii[owner] * (1.0 - 0.1 * t[:, 0])
    return round_beads(points, radii, (length / counts)[owner], contrast)


def _split(
    front: _Front, ends: Floats, alive: NDArray[np.bool_], hilum: Floats, rng: np.random.Generator
) -> _Front:
    tips, ways, radii = ends[alive], front.ways[alive], front.radii[alive]
    outward = tips - hilum
    outward /= np.linalg.norm(outward, axis=1)[:, None]
    axis = np.cross(ways, rng.normal(0.0, 1.0, ways.shape))
    axis /= np.linalg.norm(axis, axis=1)[:, None] + 1e-9
    thick = ways + 0.24 * axis + 0.12 * outward
    thin = ways - rng.uniform(0.55, 1.1, (len(ways), 1)) * axis + 0.10 * outward
    both = np.concatenate([thick, thin])
    both /= np.linalg.norm(both, axis=1)[:, None]
    return _Front(
        np.concatenate([tips, tips]),
        both,
        np.concatenate([radii * MURRAY_THICK, radii * MURRAY_THIN]),
    )


def _thicker_than(front: _Front, smallest_mm: float) -> _Front:
    keep = front.radii > smallest_mm
    return _Front(front.tips[keep], front.ways[keep], front.radii[keep])


def airways(thorax: Thorax) -> Beads:
    """Trachea, carina and main bronchi as columns of air, where no lung lies around them."""
    lean = 2.0 + 3.0 * thorax.aorta_tortuosity
    trachea = [(0, 14, 150), (0, 18, 100), (-0.5 * lean, 24, 50), (-lean, 28, 2)]
    right = [(-lean, 28, 4), (-18, 26, -14), (-34, 22, -32), (-42, 20, -48)]
    left = [(-lean, 28, 4), (16, 28, -14), (36, 28, -26), (46, 26, -32)]
    air = AIR - MUSCLE
    wide = 8.6 if thorax.sex == "M" else 7.4
    tubes = join(
        [
            round_tube(np.array(trachea, float), [wide, wide, wide, wide], air, 1.0),
            round_tube(np.array(right, float), [6.4, 6.4, 5.4, 4.0], 0.8 * air, 1.0),
            round_tube(np.array(left, float), [5.8, 5.6, 4.8, 3.6], 0.8 * air, 1.0),
        ]
    )
    walls = 1.0 - is_open_lung(thorax, tubes.centres)
    return tubes.weighted(walls)
