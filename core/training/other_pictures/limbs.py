"""Hands, feet, long bones and joints: round bones within soft tissue, on air."""

from __future__ import annotations

import numpy as np

from core.models.preprocessing import Grey
from core.training.other_pictures.strokes import canvas, exposed, shell, solid, tube, turned

Limb = tuple[Grey, Grey]


def hand(rng: np.random.Generator) -> Grey:
    """One hand, or two side by side, fingers spread, with wrist and forearm."""
    soft, bone = _hand(rng)
    if rng.random() < 0.3:
        soft, bone = _beside(soft), _beside(bone)
    return exposed(soft, bone, rng)


def _beside(one: Grey) -> Grey:
    half = one[:, ::2]
    return np.concatenate([half, half[:, ::-1]], axis=1)


def _hand(rng: np.random.Generator) -> Limb:
    shape = canvas(rng)
    soft, bone = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    palm = (0.5 + rng.uniform(-0.05, 0.05), rng.uniform(0.55, 0.68))
    spread = rng.uniform(0.08, 0.3)
    thick = rng.uniform(0.02, 0.035)
    for finger in range(5):
        angle = (finger - 2) * spread + rng.normal(0, 0.04)
        length = (0.30, 0.42, 0.46, 0.43, 0.34)[finger] * rng.uniform(0.9, 1.05)
        if finger == 0:
            angle -= rng.uniform(0.15, 0.6)
        step = np.array([np.sin(angle), -np.cos(angle)])
        root = np.array(palm) + np.array((0.045 * (finger - 2), 0.0))
        tip = root + step * length
        soft += 0.7 * solid(tube(shape, [tuple(root), tuple(tip)], [thick * 2.6, thick * 1.7]))
        for start, end in ((0.0, 0.42), (0.46, 0.68), (0.71, 0.85), (0.88, 0.97)):
            ends = [tuple(root + step * length * share) for share in (start, end)]
            bone += shell(tube(shape, ends, [thick, thick * 0.6, thick * 0.9]), 1.2)
    for _ in range(8):
        spot = np.array(palm) + rng.uniform((-0.09, 0.03), (0.09, 0.1))
        bone += 0.8 * shell(tube(shape, [tuple(spot), tuple(spot)], [thick * 1.1]), 1.2)
    soft += solid(tube(shape, [palm, (palm[0], 1.05)], [0.17, 0.1, 0.1]))
    for side in (-0.035, 0.035):
        path = [(palm[0] + side, palm[1] + 0.12), (palm[0] + 1.3 * side, 1.05)]
        bone += shell(tube(shape, path, [thick * 1.5, thick, thick]), 1.5)
    return np.minimum(soft, 1.3), np.minimum(bone, 1.4)


def long_bone(rng: np.random.Generator) -> Grey:
    """A thigh, an upper arm, a lower leg or a forearm: one bone or two, any way round."""
    shape = canvas(rng, 0.4)
    wide = rng.uniform(0.03, 0.09)
    bones = 1 + int(rng.random() < 0.5)
    soft = solid(tube(shape, [(0.5, -0.1), (0.5, 1.1)], rng.uniform(0.15, 0.42, 3).tolist()))
    bone = np.zeros(shape, np.float32)
    for place in range(bones):
        across = 0.5 + (place - (bones - 1) / 2) * rng.uniform(0.14, 0.25)
        bend = rng.uniform(-0.05, 0.05)
        top, bottom = rng.uniform(-0.2, 0.15), rng.uniform(0.85, 1.2)
        path = [(across, top), (across + bend, 0.5), (across, bottom)]
        bone += shell(tube(shape, path, [wide * 1.8, wide, wide * 0.9, wide, wide * 2]), 2.5)
    degrees = rng.uniform(-40, 40)
    return exposed(turned(soft, degrees, 1.2), turned(bone, degrees, 1.2), rng)


def joint(rng: np.random.Generator) -> Grey:
    """A knee or an elbow: two flared ends, a gap between them, straight or bent."""
    shape = canvas(rng)
    bend = rng.uniform(-0.5, 0.5)
    wide, gap = rng.uniform(0.06, 0.11), rng.uniform(0.01, 0.03)
    upper = [(0.5 - bend * 0.3, -0.1), (0.5, 0.48 - gap)]
    lower = [(0.5, 0.5 + gap), (0.5 - bend, 1.1)]
    girth = rng.uniform(0.16, 0.3)
    soft = np.maximum(
        solid(tube(shape, [upper[0], (0.5, 0.5)], [girth * 1.2, girth])),
        solid(tube(shape, [(0.5, 0.5), lower[1]], [girth, girth * 0.85])),
    )
    bone = shell(tube(shape, upper, [wide, wide, wide * 1.8]), 2.5)
    bone += shell(tube(shape, lower, [wide * 1.8, wide, wide]), 2.5)
    if rng.random() < 0.6:
        beside = [(x + 0.14, y + 0.05) for x, y in lower]
        bone += shell(tube(shape, beside, [wide * 0.6, wide * 0.4, wide * 0.4]), 1.5)
    if rng.random() < 0.5:
        bone += 0.5 * shell(tube(shape, [(0.48, 0.42), (0.52, 0.42)], [wide]), 2.0)
    return exposed(soft, np.minimum(bone, 1.4), rng)


def shoulder(rng: np.random.Generator) -> Grey:
    """A humerus in its socket, clavicle above, no lung to be seen."""
    shape = canvas(rng)
    soft = solid(tube(shape, [(1.1, 0.6), (0.55, 0.45), (0.3, 1.1)], [0.5, 0.3, 0.17]))
    bone = shell(tube(shape, [(0.45, 0.42), (0.33, 0.7), (0.26, 1.1)], [0.11, 0.05, 0.05]), 2.5)
    bone += 0.6 * shell(tube(shape, [(0.6, 0.4), (0.75, 0.6), (0.8, 0.9)], [0.07, 0.05, 0.02]), 2)
    bone += 0.7 * shell(tube(shape, [(0.42, 0.28), (0.7, 0.22), (1.1, 0.3)], [0.03, 0.025]), 2.0)
    picture = exposed(soft, np.minimum(bone, 1.4), rng)
    return picture if rng.random() < 0.5 else np.ascontiguousarray(picture[:, ::-1])


def foot(rng: np.random.Generator) -> Grey:
    """A foot from the side: leg, heel, arch and toes."""
    shape = canvas(rng, 0.7)
    soft = np.maximum(
        solid(tube(shape, [(0.3, -0.1), (0.32, 0.6)], [0.14, 0.12])),
        solid(tube(shape, [(0.22, 0.74), (0.5, 0.7), (0.9, 0.84)], [0.15, 0.14, 0.06])),
    )
    bone = shell(tube(shape, [(0.31, -0.1), (0.33, 0.52)], [0.06, 0.055, 0.08]), 2.5)
    bone += 0.6 * shell(tube(shape, [(0.25, -0.1), (0.27, 0.55)], [0.025]), 1.5)
    bone += shell(tube(shape, [(0.36, 0.6), (0.42, 0.62)], [0.07]), 2.0)
    bone += shell(tube(shape, [(0.2, 0.74), (0.36, 0.71)], [0.08, 0.06]), 2.0)
    for row in range(4):
        start = (0.48, 0.66 + 0.025 * row)
        bone += 0.7 * shell(tube(shape, [start, (0.74, 0.78 + 0.02 * row)], [0.03, 0.02]), 1.5)
        bone += 0.7 * shell(
            tube(shape, [(0.77, 0.8 + 0.02 * row), (0.9, 0.85 + 0.015 * row)], [0.02]), 1.2
        )
    picture = exposed(soft, np.minimum(bone, 1.4), rng)
    return picture if rng.random() < 0.5 else np.ascontiguousarray(picture[:, ::-1])
