"""Films of the body outside the chest: abdomen, pelvis, spine, skull, teeth."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from core.models.preprocessing import Grey
from core.training.other_pictures.strokes import (
    Mask,
    Points,
    Shape,
    canvas,
    ellipse,
    exposed,
    polygon,
    shell,
    solid,
    tube,
)


def _flank(shape: Shape, rng: np.random.Generator) -> Grey:
    """The soft tissue of a trunk that fills most of the film."""
    half = rng.uniform(0.38, 0.6)
    mask = tube(shape, [(0.5, -0.2), (0.5, 0.5), (0.5, 1.2)], [half, half * 0.92, half])
    return (0.6 + 0.4 * solid(mask)) * mask


def _vertebrae(shape: Shape, path: Points, count: int, wide: float) -> Grey:
    """A row of blocks with gaps, along a path."""
    bone = np.zeros(shape, np.float32)
    knots = np.array(path)
    stations = np.linspace(0, len(knots) - 1, count + 1)
    whole = np.arange(len(knots))
    line = np.stack([np.interp(stations, whole, knots[:, axis]) for axis in (0, 1)], axis=1)
    for start, end in pairwise(line):
        along = (end - start) * 0.4
        across = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-6) * wide
        middle = (start + end) / 2
        corners = [middle - along - across, middle + along - across]
        corners += [middle + along + across, middle - along + across]
        bone += shell(polygon(shape, [tuple(corner) for corner in corners]), 2.0)
    return bone


def _gas(shape: Shape, rng: np.random.Generator, count: int) -> Grey:
    """Bubbles and loops of bowel gas, as a share of tissue that is missing."""
    air = np.zeros(shape, np.float32)
    for _ in range(count):
        x, y = rng.uniform((0.15, 0.1), (0.85, 0.9))
        path = [(x, y)]
        for _ in range(int(rng.integers(1, 4))):
            x, y = np.clip(rng.normal((x, y), 0.09), 0.1, 0.9)
            path.append((float(x), float(y)))
        air = np.maximum(air, solid(tube(shape, path, rng.uniform(0.02, 0.08, 2).tolist())))
    return air


def _hips(shape: Shape, rng: np.random.Generator, top: float) -> Grey:
    """Iliac wings, sacrum, sockets and thighs below ``top``."""
    bone = shell(polygon(shape, [(0.42, top + 0.1), (0.58, top + 0.1), (0.5, top + 0.4)]), 3)
    for side in (-1, 1):
        wing = [(0.1, 0.08), (0.22, 0.0), (0.38, 0.12), (0.28, 0.27), (0.14, 0.32), (0.1, 0.22)]
        path = [(0.5 + side * x, top + y) for x, y in wing]
        bone += shell(polygon(shape, path), 3)
        hip = (0.5 + side * 0.27, top + 0.42)
        bone += shell(ellipse(shape, hip, (0.07, 0.07)), 2)
        thigh = [hip, (hip[0] + side * 0.08, hip[1] + 0.1), (hip[0] + side * 0.05, 1.3)]
        bone += shell(tube(shape, thigh, [0.05, 0.06, 0.05]), 2.5)
        ring = [(0.5 + side * 0.2, top + 0.42), (0.5, top + 0.5), (0.5 + side * 0.13, top + 0.62)]
        bone += 0.7 * shell(tube(shape, ring, [0.03, 0.03]), 2)
    return bone * np.float32(rng.uniform(0.6, 1.0))


def abdomen(rng: np.random.Generator) -> Grey:
    """An abdomen: spine, bowel gas, wings of the pelvis below, last ribs or lung bases above."""
    shape = canvas(rng, 0.75)
    soft = _flank(shape, rng) * (
        1 - rng.uniform(0.3, 0.8) * _gas(shape, rng, int(rng.integers(2, 14)))
    )
    bone = _vertebrae(shape, [(0.5, -0.05), (0.5, 0.75)], int(rng.integers(5, 8)), 0.06)
    bone += _hips(shape, rng, rng.uniform(0.55, 0.8))
    for rib in range(int(rng.integers(0, 4))):
        for side in (-1, 1):
            path = [(0.5 + side * 0.05, 0.02 + 0.07 * rib), (0.5 + side * 0.3, 0.14 + 0.08 * rib)]
            bone += 0.4 * shell(tube(shape, path, [0.015]), 1.5)
    if rng.random() < 0.4:
        height = rng.uniform(0.03, 0.14)
        for middle in (0.25, 0.75):
            soft -= 0.6 * solid(ellipse(shape, (middle, 0.0), (0.2, height))) * soft
    return exposed(soft.astype(np.float32), np.minimum(bone, 1.4), rng)


def pelvis(rng: np.random.Generator) -> Grey:
    """A pelvis with both hips."""
    shape = canvas(rng, 0.75)
    soft = _flank(shape, rng) * (1 - 0.5 * _gas(shape, rng, int(rng.integers(0, 5))))
    bone = _hips(shape, rng, rng.uniform(0.05, 0.25))
    bone += _vertebrae(shape, [(0.5, -0.2), (0.5, 0.2)], 3, 0.06)
    return exposed(soft.astype(np.float32), np.minimum(bone, 1.4), rng)


def spine(rng: np.random.Generator) -> Grey:
    """A lumbar or cervical spine, from the front or the side, in a narrow beam."""
    shape = canvas(rng, 0.35)
    bend = rng.uniform(-0.2, 0.2)
    path = [(0.5 - bend / 2, -0.1), (0.5 + bend, 0.5), (0.5 - bend / 2, 1.1)]
    soft = _flank(shape, rng) * (1 - 0.5 * _gas(shape, rng, int(rng.integers(0, 6))))
    bone = _vertebrae(shape, path, int(rng.integers(5, 9)), rng.uniform(0.07, 0.16))
    return exposed(soft.astype(np.float32), np.minimum(bone, 1.4), rng)


def skull_front(rng: np.random.Generator) -> Grey:
    """A skull from the front: vault, orbits, nose, teeth, jaw, neck."""
    shape = canvas(rng, 0.75)
    wide, high = rng.uniform(0.27, 0.36), rng.uniform(0.3, 0.38)
    vault = ellipse(shape, (0.5, 0.42), (wide, high))
    jaw = polygon(
        shape, [(0.5 - wide * 0.8, 0.55), (0.5 + wide * 0.8, 0.55), (0.62, 0.93), (0.38, 0.93)]
    )
    soft = np.maximum(np.maximum(vault, jaw), tube(shape, [(0.5, 0.8), (0.5, 1.1)], [0.2, 0.35]))
    bone = shell(vault, 3) + 0.6 * shell(jaw, 3)
    for side in (-1, 1):
        orbit = solid(ellipse(shape, (0.5 + side * wide * 0.42, 0.52), (0.075, 0.06)))
        bone -= 0.5 * orbit
        bone -= 0.4 * solid(ellipse(shape, (0.5 + side * 0.07, 0.64), (0.035, 0.05)))
    bone += _teeth(shape, rng, 0.76)
    return exposed(solid(soft), np.clip(bone, 0, 1.6).astype(np.float32), rng)


def _teeth(shape: Shape, rng: np.random.Generator, row: float) -> Grey:
    bone = np.zeros(shape, np.float32)
    for place in range(10):
        for down in (row, row + 0.05):
            x = 0.39 + 0.024 * place
            bone += 0.8 * solid(ellipse(shape, (x, down + rng.normal(0, 0.004)), (0.012, 0.022)))
    return bone


def skull_side(rng: np.random.Generator) -> Grey:
    """A skull from the side, face to the left or right, with the neck behind."""
    shape = canvas(rng, 0.75)
    vault = ellipse(shape, (0.55, 0.38), (rng.uniform(0.33, 0.4), rng.uniform(0.27, 0.34)))
    face = polygon(shape, [(0.2, 0.4), (0.6, 0.5), (0.5, 0.8), (0.24, 0.88), (0.18, 0.6)])
    soft = np.maximum(np.maximum(vault, face), tube(shape, [(0.6, 0.6), (0.6, 1.1)], [0.2, 0.25]))
    bone = shell(vault, 3) + 0.6 * shell(face, 3)
    bone += 0.6 * _vertebrae(shape, [(0.62, 0.68), (0.6, 1.1)], 6, 0.06)
    bone -= 0.4 * solid(ellipse(shape, (0.27, 0.55), (0.07, 0.06)))
    picture = exposed(solid(soft), np.clip(bone, 0, 1.6).astype(np.float32), rng)
    return picture if rng.random() < 0.5 else np.ascontiguousarray(picture[:, ::-1])


def teeth(rng: np.random.Generator) -> Grey:
    """A panoramic film of the teeth: a wide arch of bright teeth over a jaw."""
    shape = (64, 128)
    jaw: Mask = tube(
        shape,
        [(0.08, 0.1), (0.12, 0.6), (0.3, 0.85), (0.5, 0.9), (0.7, 0.85), (0.88, 0.6), (0.92, 0.1)],
        [0.12, 0.14, 0.12],
    )
    bone = shell(jaw, 3)
    for place in range(14):
        x = 0.2 + 0.6 * place / 13
        sag = 0.18 * (1 - ((x - 0.5) / 0.3) ** 2)
        for down in (0.32, 0.52):
            bone += shell(tube(shape, [(x, down + sag - 0.08), (x, down + sag + 0.08)], [0.04]), 2)
    soft = np.full(shape, 0.5, np.float32) + 0.2 * solid(ellipse(shape, (0.5, 0.5), (0.6, 0.6)))
    return exposed(soft, np.minimum(bone, 1.6), rng)
