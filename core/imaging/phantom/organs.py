"""Soft organs as signed distances: positive inside, in millimetres.

Every function takes thorax coordinates that broadcast against each other: in a frontal plane x and
y come as one row, z as one column, so what depends on one axis alone stays one-dimensional.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.imaging.phantom.anatomy import (
    Thorax,
    by_height,
    cage_centre_y,
    cage_half_depth,
    cage_half_width,
)

Floats = NDArray[np.floating[Any]]
OUTSIDE = -60.0
Rod = tuple[tuple[float, ...], tuple[float, ...], float]


def smooth_union(first: Floats, second: Floats, blend_mm: float) -> Floats:
    """Union of two bodies with a fillet (polynomial smooth maximum)."""
    mix = np.clip(0.5 + 0.5 * (first - second) / blend_mm, 0.0, 1.0)
    joined: Floats = second + (first - second) * mix + blend_mm * mix * (1.0 - mix)
    return joined


def ellipsoid(
    x: Floats,
    y: Floats,
    z: Floats,
    centre: tuple[float, float, float],
    radii: tuple[float, float, float],
    tilt_deg: float = 0.0,
) -> Floats:
    """An ellipsoid, turned in the frontal plane: a positive tilt lifts its left end."""
    turn = math.radians(tilt_deg)
    cos, sin = math.cos(turn), math.sin(turn)
    dx, dy, dz = x - centre[0], y - centre[1], z - centre[2]
    p, r = 1.0 / radii[0] ** 2, 1.0 / radii[2] ** 2
    level = dx * dx * (cos * cos * p + sin * sin * r) + dy * dy / radii[1] ** 2
    q = level + dz * dz * (sin * sin * p + cos * cos * r)
    if tilt_deg:
        q += dx * dz * (2.0 * sin * cos * (p - r))
    # First-order distance near the surface; exact would cost two more square roots.
    inside: Floats = (1.0 - np.sqrt(q)) * (sum(radii) / 3.0)
    return inside


def capsule(
    x: Floats, y: Floats, z: Floats, start: tuple[float, ...], end: tuple[float, ...], radius: float
) -> Floats:
    """A round rod between two points."""
    ax, ay, az = (float(b - a) for a, b in zip(start, end, strict=True))
    square = ax * ax + ay * ay + az * az
    dx, dy, dz = x - start[0], y - start[1], z - start[2]
    # Sums along one axis first: they stay rows and columns as long as they can.
    along = (dx * ax + dy * ay) + dz * az
    t = np.clip(along / square, 0.0, 1.0)
    t *= t * square - 2.0 * along
    t += (dx * dx + dy * dy) + dz * dz
    inside: Floats = radius - np.sqrt(np.maximum(t, 0.0))
    return inside


def rods(x: Floats, y: Floats, z: Floats, pieces: Sequence[Rod]) -> Floats:
    """Union of capsules (start, end, radius); those far from the plane cost nothing."""
    joined: Floats = np.full(np.broadcast_shapes(x.shape, y.shape, z.shape), OUTSIDE, z.dtype)
    for start, end, radius in pieces:
        margin = radius + 12.0
        near = True
        for axis, values in ((0, x), (1, y)):
            low, high = min(start[axis], end[axis]) - margin, max(start[axis], end[axis]) + margin
            near = near and bool(values.max() > low and values.min() < high)
        if near:
            joined = np.maximum(joined, capsule(x, y, z, start, end, radius))
    return joined


def rounded_section(x: Floats, y: Floats, half_width: Floats, half_depth: Floats) -> Floats:
    """A section between an ellipse and a rectangle, as a trunk is."""
    u, v = (x / half_width) ** 2, (y / half_depth) ** 2
    q = np.sqrt(np.sqrt(u * u + v * v + 1.1 * u * v))
    inside: Floats = (1.0 - q) * (0.6 * half_width + 0.4 * half_depth)
    return inside


def cage(x: Floats, y: Floats, z: Floats) -> Floats:
    """The space inside the ribs, without a roof."""
    return rounded_section(x, y - cage_centre_y(z), cage_half_width(z), cage_half_depth(z))


def diaphragm_height(thorax: Thorax, x: Floats, y: Floats) -> Floats:
    """Height of the pleural face of the diaphragm above each point, mm.

    Each half is a cap that falls slowly to the middle, steeply to the chest wall and deepest at
    the back, which leaves the costophrenic angles sharp and the posterior recess low.
    """
    left = x > 0
    top = np.where(left, thorax.dome_left_mm, thorax.dome_right_mm)
    centre = np.where(left, 66.0, -64.0)
    outward = np.abs(x) > np.abs(centre)
    u = (x - centre) / np.where(outward, 88.0, 96.0)
    v = (y + 22.0) / np.where(y > -22.0, 124.0, 96.0)
    q = u * u + v * v
    # The heart's own bed between the domes, part of the central tendon.
    bed = thorax.dome_left_mm - 1.0 - 0.004 * ((x - 14.0) ** 2 + 1.2 * (y + 36.0) ** 2)
    cap = 1.0 - np.sqrt(1.0 - np.minimum(q, 0.9)) + 1.2 * np.maximum(q - 0.9, 0.0)
    dome = top - (50.0 + 20.0 / (1.0 + np.exp(-(y + 22.0) / 14.0))) * cap
    height: Floats = smooth_union(dome, bed, 10.0)
    return height


def heart(thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
    """Heart and great vessels: atria, ventricles, pulmonary trunk, aorta, superior vena cava."""
    size, tilt = thorax.heart_size, thorax.heart_tilt_deg
    # A heart grows to the left and down; its base hangs from the great vessels.
    grow = size - 1.0
    low = 0.5 * (thorax.dome_left_mm + 122.0)
    ventricles = ellipsoid(
        x,
        y,
        z,
        (29 + 34 * grow, -40, -96 - 20 * grow + 0.7 * low),
        (70 * size, 57 * size, 44 * size),
        -37 + tilt,
    )
    right_atrium = ellipsoid(
        x, y, z, (-8 - 12 * grow, -28, -90 + 0.6 * low), (34 * size, 46 * size, 50 * size), 4
    )
    base = ellipsoid(x, y, z, (3, -12, -38), (30 + 8 * grow, 40, 46), -8)
    left_ventricle = ellipsoid(
        x,
        y,
        z,
        (40 + 36 * grow, -22, -92 - 16 * grow + 0.7 * low),
        (46 * size, 50 * size, 40 * size),
        -52 + tilt,
    )
    left_atrium = ellipsoid(x, y, z, (3, 12, -62), (34 * size, 24 * size, 24 * size))
    trunk_and_ear = ellipsoid(x, y, z, (25, -32, -44), (17, 24, 38), 26)
    body = smooth_union(ventricles, right_atrium, 14.0)
    for part, blend in (
        (left_ventricle, 14.0),
        (base, 14.0),
        (left_atrium, 10.0),
        (trunk_and_ear, 20.0),
    ):
        body = smooth_union(body, part, blend)
    return smooth_union(body, great_vessels(thorax, x, y, z), 8.0)


def great_vessels(thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
    """Ascending aorta, arch, descending aorta, vena cava, the arch's branches."""
    old = thorax.aorta_tortuosity
    wide = 11.5 + 2.5 * old
    bend, arch = (2.0, -16.0, 14 + 5 * old), (20.0 + 4.0 * old, 22.0, 12.0 + 4.0 * old)
    ascending, descending = (-11 - 4 * old, -36.0, -10.0), (22 + 5 * old, 46.0, -45.0)
    pieces: list[Rod] = [
        ((-4, -34, -50), ascending, wide + 2),
        (ascending, bend, wide + 1),
        (bend, arch, wide),
        (arch, descending, wide - 1),
        (descending, (10 + 6 * old, 52, -230), wide - 2),
        # Superior vena cava, brachiocephalic vein and artery, left subclavian artery.
        ((-20, -22, -50), (-20, -16, 45), 9.0),
        ((-20, -16, 45), (-27, -2, 86), 8.0),
        ((14, 2, 18), (25, 12, 84), 9.0),
        # Inferior vena cava, and pericardial fat where heart and diaphragm meet.
        ((-22, 4, -150), (-20, -6, -100), 12.0),
        ((40, -62, -118), (68, -60, -114), 15.0),
    ]
    return rods(x, y, z, pieces)


def mediastinum(x: Floats, y: Floats, z: Floats) -> Floats:
    """What lies between the lungs besides heart and vessels: spine, oesophagus, fat, thymus bed."""
    half = by_height(
        z, [-230, -120, -60, -10, 15, 45, 70, 100, 140], [18, 18, 17, 17, 19, 22, 25, 28, 40]
    )
    # In front of the ascending aorta the lungs almost meet: the retrosternal space of a lateral.
    # Lower down the heart and its fat keep them apart.
    apart = by_height(z, [-130, -80, -30], [1.5, 0.9, 0.25])
    front = apart + (1.0 - apart) / (1.0 + np.exp(-(y + 36.0) / 13.0))
    back = 0.95 + 0.5 / (1.0 + np.exp(-(y - 60.0) / 8.0))
    middle = by_height(z, [-200, -60, 0, 60], [3, 3, 0, 0])
    # Towards the apex the lungs lie close to the vertebrae behind, clear of the vessels in front.
    lean = by_height(z, [-30, 10, 50, 100], [0.0, 0.12, 0.2, 0.24]) * np.clip(10.0 - y, -45.0, 45.0)
    inside: Floats = half * front * back + lean - np.abs(x - middle)
    return inside


def apex_roof(thorax: Thorax, x: Floats, y: Floats) -> Floats:
    """Height of the lung's top above each point: a dome under the first rib, mm."""
    side = np.abs(x) - 48.0
    u, v = side / np.where(side > 0, 66.0, 44.0), (y - 24.0) / 60.0
    height: Floats = thorax.apex_mm - 34.0 * (u * u + v * v)
    return height


def lung_space(thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
    """Both pleural spaces with the lungs in them, before heart and vessels are cut out."""
    walls = np.minimum(cage(x, y, z), -mediastinum(x, y, z))
    roof = 0.7 * (apex_roof(thorax, x, y) - z)
    floor = 0.8 * (z - diaphragm_height(thorax, x, y))
    space: Floats = np.minimum(walls, np.minimum(roof, floor))
    return space


def _trunk_size(thorax: Thorax, z: Floats) -> tuple[Floats, Floats, Floats]:
    """Half width, half depth and centre of the trunk at a height."""
    wall = thorax.fat_mm + thorax.muscle_mm
    lats = by_height(z, [-260, -150, -60, 0, 40, 80, 110], [12, 12, 16, 26, 34, 30, 10])
    back = by_height(z, [-60, 20, 80], [0, -4, -12])
    depth = cage_half_depth(z) + 8.0 + wall * 1.1 + back
    return cage_half_width(z) + wall + lats, depth, cage_centre_y(z) + 5.0


def _front_of_trunk(thorax: Thorax, x: Floats, z: Floats) -> Floats:
    """Where the skin of the chest's front lies (y); the section of `rounded_section`, solved."""
    width, depth, centre = _trunk_size(thorax, z)
    u = np.minimum((x / width) ** 2, 1.0)
    v = 0.5 * (np.sqrt(np.maximum(4.0 - 2.79 * u * u, 0.0)) - 1.1 * u)
    front: Floats = centre - depth * np.sqrt(np.maximum(v, 0.0))
    return front


def trunk(thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
    """Skin surface of neck, shoulders, arms and trunk."""
    width, depth, centre = _trunk_size(thorax, z)
    body = rounded_section(x, y - centre, width, depth)
    roof = 0.8 * (96.0 - z - 0.0 * x)
    body = np.minimum(body, roof)
    side = np.abs(x)
    neck = capsule(x, y, z, (0, 34, 60), (0, 18, 220), 54.0 + 0.3 * thorax.fat_mm)
    slope = capsule(side, y, z, (20, 36, 88), (158, 20, 48 + thorax.shoulder_mm), 46.0)
    body = smooth_union(smooth_union(body, neck, 40.0), slope, 40.0)
    return smooth_union(body, _arms(thorax, side, y, z), 34.0)


def _arms(thorax: Thorax, side: Floats, y: Floats, z: Floats) -> Floats:
    joint = (164.0, 18.0, 56.0 + thorax.shoulder_mm)
    thick = 30.0 + 0.5 * thorax.muscle_mm + 0.5 * thorax.fat_mm
    if thorax.projection == "LATERAL":
        # Arms raised and held forward, out of the beam.
        return capsule(side, y, z, joint, (130.0, -120.0, 230.0), thick)
    return capsule(side, y, z, joint, (262.0, -14.0, -150.0), thick)


def breasts(thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
    """Both breasts of a standing woman; far outside where there are none."""
    if thorax.breast <= 0.0:
        return np.full(np.broadcast_shapes(x.shape, y.shape, z.shape), OUTSIDE)
    size = thorax.breast
    low = -96.0 - 10.0 * size
    u = (np.abs(x) - 84.0) / (58.0 * size)
    # It hangs: a long slope above, a fold below. Only the fold and the side draw an edge.
    w = (z - low) / np.where(z > low, 96.0 * size, 44.0 * size)
    mound = 30.0 * size * (1.0 - u * u - w * w)
    # The section closes behind the patient: only its front half carries a breast.
    ahead = 0.7 * (mound - (_front_of_trunk(thorax, x, z) - y))
    inside: Floats = np.minimum(ahead, -30.0 - y)
    return inside


def stomach_gas(thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
    """Air in the fundus, with its fluid level when the patient stands."""
    size = thorax.stomach_air
    top = thorax.dome_left_mm
    bubble = ellipsoid(x, y, z, (64, 4, top - 28), (30 * size, 28 * size, 19 * size), -10)
    under = 0.8 * (diaphragm_height(thorax, x, y) - z) - 5.0
    gas = np.minimum(bubble, under)
    if thorax.projection == "AP":
        return gas
    level: Floats = np.minimum(gas, z - (top - 34.0))
    return level
