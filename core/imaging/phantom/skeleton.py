"""Ribs, clavicles, scapulae, humeri and the arches of the vertebrae, as beads.

Every bone is a cortical shell around spongiosa: an outer body of cortex less an inner body of the
difference. That is what draws a rib as two fine bright margins with a fainter band between.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.imaging.phantom.anatomy import (
    FIRST_THORACIC,
    VERTEBRA_Z,
    Thorax,
    cage_centre_y,
    cage_half_depth,
    cage_half_width,
    vertebra_y,
)
from core.imaging.phantom.beads import Beads, join, mirrored, oval_tube, resample, round_tube
from core.imaging.phantom.tissue import CORTICAL_BONE, MUSCLE, SPONGY_BONE

Floats = NDArray[np.float64]
STEP_MM = 1.3

# How far each rib drops from its head to its front end (mm) and how far round the chest its bony
# part reaches (1 = sternum). Cartilage is soft tissue to a film until it calcifies.
RIB_DROP = (42, 56, 68, 82, 94, 104, 110, 112, 112, 118, 150, 150)
RIB_REACH = (0.86, 0.80, 0.79, 0.78, 0.77, 0.76, 0.74, 0.71, 0.66, 0.60, 0.46, 0.34)
RIB_HALF_HEIGHT = (6.5, 5.6, 5.8, 6.0, 6.3, 6.5, 6.7, 6.7, 6.5, 6.2, 5.2, 4.4)


def hollow_bone(
    points: Floats,
    outward: Floats,
    half_height: Floats,
    half_depth: Floats,
    cortex_mm: float,
    mineral: float,
) -> Beads:
    """A bone of oval section: cortical shell, spongy core."""
    cortex = mineral * (CORTICAL_BONE - MUSCLE)
    core = mineral * (SPONGY_BONE - CORTICAL_BONE)
    return join(
        [
            oval_tube(points, outward, half_height, half_depth, cortex),
            oval_tube(points, outward, half_height - cortex_mm, half_depth - cortex_mm, core),
        ]
    )


def skeleton(thorax: Thorax) -> Beads:
    """All bones that are drawn as beads."""
    right = [_rib(thorax, number, -1.0) for number in range(1, 13)]
    left = [_rib(thorax, number, 1.0) for number in range(1, 13)]
    girdle = [_clavicle(thorax), _scapula(thorax), _humerus(thorax)]
    return join([*right, *left, *girdle, *map(mirrored, girdle), *_arches(thorax)])


def _rib(thorax: Thorax, number: int, side: float) -> Beads:
    rng = thorax.stream(f"rib {number} {side}")
    index = number - 1
    head_z = VERTEBRA_Z[FIRST_THORACIC + index] + 8.0 + 0.3 * thorax.rib_level_mm
    drop = RIB_DROP[index] * thorax.rib_drop * float(rng.normal(1.0, 0.025))
    reach = RIB_REACH[index] + float(rng.normal(0.0, 0.012))
    turn = np.linspace(0.09, reach, 60)
    # A rib first runs out and hardly down, is steepest at the side and flattens to the front.
    fall = 0.62 * (1 - np.cos(np.pi * turn)) / 2 + 0.38 * turn
    z = head_z - drop * fall + 5.0 * np.sin(np.pi * np.clip(turn / 0.4, 0, 1))
    z += float(rng.normal(0.0, 1.2))
    angle = np.pi * turn
    half_width, half_depth = cage_half_width(z) + 3.6, cage_half_depth(z) + 3.6
    if number == 1:
        half_width, half_depth = half_width - 10.0, half_depth - 2.0
    # Between ellipse and rectangle, like the cage itself.
    radius = (np.abs(np.sin(angle)) ** 2.6 + np.abs(np.cos(angle)) ** 2.6) ** (-1 / 2.6)
    x = side * half_width * radius * np.sin(angle)
    y = cage_centre_y(z) + half_depth * radius * np.cos(angle)
    # The head reaches back in to the vertebral body: the gutter beside the spine.
    near = np.clip(1.0 - turn / 0.22, 0.0, 1.0)
    y -= 12.0 * near * near
    points = resample(np.stack([x, y, z], axis=1), STEP_MM)
    centre = np.stack([0 * points[:, 0], cage_centre_y(points[:, 2]), points[:, 2]], axis=1)
    outward = (points - centre) / np.array([1.25, 1.0, 1.0])
    outward /= np.linalg.norm(outward, axis=1)[:, None]
    along = np.linspace(0.0, 1.0, len(points))
    height = RIB_HALF_HEIGHT[index] * np.interp(
        along, [0, 0.1, 0.5, 0.9, 1], [0.72, 0.8, 1, 1, 1.1]
    )
    depth = np.interp(along, [0, 0.1, 0.5, 0.9, 1], [3.9, 3.6, 3.1, 2.9, 3.1])
    if number == 1:
        # The first rib lies flat: its broad side faces up.
        height, depth = 1.1 * depth, 0.75 * height
    taper = np.clip(np.minimum(along * len(points), (1 - along) * len(points)) / 4 + 0.5, 0.5, 1)
    bone = hollow_bone(points, outward, height * taper, depth * taper, 0.75, thorax.mineral)
    return bone


def _clavicle(thorax: Thorax) -> Beads:
    lift = np.tan(np.deg2rad(3.0 + thorax.clavicle_tilt))
    shoulder = 0.5 * thorax.shoulder_mm
    path = np.array(
        [
            [15, -58, 54],
            [40, -60, 57 + 22 * lift],
            [75, -44, 62 + 52 * lift + 0.3 * shoulder],
            [112, -12, 66 + 80 * lift + 0.6 * shoulder],
            [150, 16, 70 + 96 * lift + shoulder],
        ],
        dtype=np.float64,
    )
    points = resample(path, STEP_MM)
    along = np.linspace(0, 1, len(points))
    half = np.interp(along, [0, 0.08, 0.25, 0.6, 0.9, 1], [9.5, 9.0, 6.0, 5.2, 6.2, 6.0])
    outward = np.tile([0.0, 1.0, 0.0], (len(points), 1))
    flat = np.interp(along, [0, 0.5, 1], [0.95, 0.95, 0.75])
    return hollow_bone(points, outward, half * flat, half, 1.5, thorax.mineral)


def _scapula(thorax: Thorax) -> Beads:
    out, up = thorax.scapula_out_mm, 0.7 * thorax.shoulder_mm

    def corner(x: float, y: float, z: float) -> list[float]:
        return [x + out, y, z + up]

    glenoid, neck = corner(150, 30, 52), corner(140, 40, 48)
    lower, upper = corner(126, 74, -58), corner(100, 62, 70)
    bar = thorax.mineral * (CORTICAL_BONE - MUSCLE)
    edges = [
        round_tube(np.array([neck, corner(138, 60, 0), lower]), [4.5, 3.8, 3.0], 0.62 * bar, 0.6),
        round_tube(np.array([lower, corner(106, 74, 0), upper]), [2.2, 1.6, 1.6], 0.5 * bar, 0.6),
        round_tube(
            np.array([upper, corner(122, 48, 72), glenoid]), [1.6, 2.0, 4.0], 0.5 * bar, 0.6
        ),
        # Spine of the scapula rising to the acromion, and the coracoid.
        round_tube(
            np.array([corner(104, 76, 44), corner(132, 78, 62), corner(168, 46, 86)]),
            [1.8, 3.2, 6.0],
            0.42 * bar,
            0.6,
        ),
        round_tube(
            np.array([corner(140, 22, 64), corner(138, 4, 70), corner(146, -8, 60)]),
            [5.0, 4.5, 4.0],
            0.42 * bar,
            0.6,
        ),
        round_tube(
            np.array([corner(151, 30, 70), corner(153, 30, 52), corner(148, 32, 36)]),
            [4.0, 5.0, 4.0],
            0.5 * bar,
            0.6,
        ),
    ]
    return join([*edges, _blade(np.array([neck, lower, upper]), 0.30 * bar)])


def _blade(corners: Floats, contrast: float) -> Beads:
    """The thin plate between three corners, as overlapping flat discs."""
    weights = np.array(
        [(a, b, 1 - a - b) for a in np.arange(0.03, 1, 0.06) for b in np.arange(0.03, 1 - a, 0.06)]
    )
    centres = weights @ corners
    area = 0.5 * np.linalg.norm(np.cross(corners[1] - corners[0], corners[2] - corners[0]))
    radius, thick = 9.0, 3.2
    # Discs of this radius overlap; together they weigh as much as a plate `thick` mm deep.
    share = thick * area / (len(centres) * np.pi * radius**2)
    shapes = np.tile(radius * np.eye(3), (len(centres), 1, 1))
    return Beads(centres, shapes, np.full(len(centres), contrast * share))


def _humerus(thorax: Thorax) -> Beads:
    up = thorax.shoulder_mm
    reach = np.array(
        [[172, 16, 54 + up], [188, 12, 20 + up], [212, 2, -50], [262, -14, -190]], float
    )
    if thorax.projection == "LATERAL":
        reach = np.array([[166, 14, 58 + up], [156, -40, 120], [135, -110, 220]], float)
    points = resample(reach, STEP_MM)
    along = np.linspace(0, 1, len(points))
    half = np.interp(along, [0, 0.06, 0.14, 0.25, 1], [19.0, 23.0, 17.0, 12.0, 11.0])
    outward = np.tile([0.3, 1.0, 0.2], (len(points), 1))
    cortex = thorax.mineral * (CORTICAL_BONE - MUSCLE)
    wall = np.interp(along, [0, 0.14, 0.3, 1], [0.8, 1.0, 2.6, 3.4])
    core = thorax.mineral * (0.98 * MUSCLE - CORTICAL_BONE)
    return join(
        [
            oval_tube(points, outward, half, half, cortex),
            oval_tube(points, outward, half - wall, half - wall, core),
        ]
    )


def _arches(thorax: Thorax) -> list[Beads]:
    """Pedicles, laminae, spinous and transverse processes of each vertebra."""
    bone = 0.30 * thorax.mineral * (CORTICAL_BONE - MUSCLE)
    parts: list[Beads] = []
    for z in VERTEBRA_Z[1:]:
        y = float(vertebra_y(z))
        for side in (-1.0, 1.0):
            turn = np.linspace(0, 2 * np.pi, 14)
            ring = np.stack(
                [side * 12.5 + 3.6 * np.cos(turn), 0 * turn + y + 18, z + 4 + 5.0 * np.sin(turn)],
                axis=1,
            )
            parts.append(round_tube(ring, [1.5, 1.5], 0.9 * bone, STEP_MM))
            process = np.array(
                [
                    [side * 13, y + 22, z + 4],
                    [side * 24, y + 30, z + 5],
                    [side * 34, y + 34, z + 8],
                ],
                float,
            )
            parts.append(round_tube(process, [4.5, 3.6, 4.6], 0.5 * bone, STEP_MM))
            lamina = np.array(
                [[side * 11, y + 24, z + 2], [side * 5, y + 30, z - 3], [0, y + 34, z - 6]], float
            )
            parts.append(round_tube(lamina, [3.8, 3.6, 3.0], 0.6 * bone, STEP_MM))
        spine = np.array([[0, y + 34, z - 4], [0, y + 46, z - 16], [0, y + 56, z - 28]], float)
        parts.append(round_tube(spine, [3.2, 3.4, 3.8], 0.6 * bone, STEP_MM))
    return parts
