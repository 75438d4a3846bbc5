"""Pictures of other machines: slices of CT and MR, ultrasound, mammograms."""

from __future__ import annotations

import cv2
import numpy as np

from core.models.preprocessing import Grey
from core.training.other_pictures.paper import write_lines
from core.training.other_pictures.strokes import (
    SIDE,
    Shape,
    canvas,
    ellipse,
    grain,
    shell,
    solid,
    tube,
)


def _square(rng: np.random.Generator) -> Shape:
    return (SIDE, SIDE if rng.random() < 0.7 else round(SIDE * rng.uniform(0.7, 1.0)))


def _noisy(grey: Grey, rng: np.random.Generator) -> Grey:
    noise = rng.standard_normal(grey.shape, np.float32) * rng.uniform(0, 0.05)
    blurred = cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.3, 1.2))
    return np.clip(np.asarray(blurred, np.float32) + noise, 0, 1).astype(np.float32)


def trunk_slice(rng: np.random.Generator) -> Grey:
    """A slice across the trunk: body wall, ribs, vertebra; organs, or two dark lungs and a heart.

    A slice of the lungs is the hard one: dark fields on both sides, as on a film.
    """
    shape = _square(rng)
    middle = (0.5 + rng.normal(0, 0.02), 0.5 + rng.normal(0, 0.03))
    wide, deep = rng.uniform(0.36, 0.47), rng.uniform(0.25, 0.36)
    body = ellipse(shape, middle, (wide, deep))
    wall = ellipse(shape, middle, (wide * 0.86, deep * 0.84))
    fat, muscle = rng.uniform(0.1, 0.4), rng.uniform(0.4, 0.65)
    grey = fat * body + (muscle - fat) * wall
    if rng.random() < 0.5:
        for side in (-1, 1):
            centre = (middle[0] + side * wide * 0.42, middle[1] - 0.02)
            lung = ellipse(shape, centre, (wide * 0.36, deep * 0.68), side * rng.uniform(-10, 15))
            grey = np.where(lung > 0, rng.uniform(0.0, 0.15), grey)
            for _ in range(int(rng.integers(3, 14))):
                spot = (centre[0] + rng.normal(0, wide * 0.14), centre[1] + rng.normal(0, 0.1))
                grey = grey + 0.4 * lung * ellipse(shape, spot, (0.01, 0.01))
        heart = (middle[0] + 0.03, middle[1] - 0.05)
        grey = np.maximum(grey, 0.6 * ellipse(shape, heart, (wide * 0.28, deep * 0.4), 30))
    else:
        for _ in range(int(rng.integers(4, 12))):
            x, y = rng.normal(middle, (wide * 0.4, deep * 0.4))
            across, down = rng.uniform(0.02, 0.14, 2)
            organ = ellipse(shape, (x, y), (across, down), rng.uniform(0, 180)) * wall
            grey = np.where(organ > 0, muscle + rng.normal(0, 0.13), grey)
    grey = np.maximum(
        grey, shell(ellipse(shape, (middle[0], middle[1] + deep * 0.62), (0.06, 0.055)), 2)
    )
    for angle in np.linspace(0, 2 * np.pi, int(rng.integers(8, 18)), endpoint=False):
        rib = (middle[0] + wide * 0.85 * np.cos(angle), middle[1] + deep * 0.83 * np.sin(angle))
        grey = np.maximum(grey, ellipse(shape, rib, (0.022, 0.012), float(np.degrees(angle)) + 90))
    if rng.random() < 0.6:
        table = [(0.1, middle[1] + deep + 0.04), (0.5, middle[1] + deep + 0.1)]
        path = [*table, (0.9, table[0][1])]
        grey = np.maximum(grey, 0.35 * tube(shape, path, [0.01]))
    grey = grey + 0.03 * grain(shape, rng, 1.0) * body
    return _noisy(grey.astype(np.float32), rng)


def head_slice(rng: np.random.Generator) -> Grey:
    """A slice across the head: scalp and skull, folds of the brain, ventricles."""
    shape = _square(rng)
    wide, high = rng.uniform(0.28, 0.4), rng.uniform(0.34, 0.46)
    tilt = rng.uniform(-12, 12)
    outer = ellipse(shape, (0.5, 0.5), (wide, high), tilt)
    inner = ellipse(shape, (0.5, 0.5), (wide * 0.88, high * 0.9), tilt)
    brain = rng.uniform(0.25, 0.6)
    folds = np.clip(0.12 * grain(shape, rng, rng.uniform(0.6, 1.2)), -0.25, 0.25)
    grey = rng.uniform(0.4, 1.0) * outer * (1 - inner) + (brain + folds) * inner
    dark = rng.random() < 0.6
    for side in (-1, 1):
        ventricle = ellipse(
            shape, (0.5 + side * 0.05, 0.47), (0.03, rng.uniform(0.05, 0.14)), side * 15
        )
        grey = np.where(ventricle > 0, 0.1 if dark else 0.9, grey)
    return _noisy(grey.astype(np.float32), rng)


def body_section(rng: np.random.Generator) -> Grey:
    """A long section of MR: a bright outline, a column of discs, smooth soft tissue."""
    shape = canvas(rng, 0.6)
    bend = rng.uniform(-0.1, 0.1)
    path = [(0.55, -0.05), (0.55 + bend, 0.5), (0.5, 1.05)]
    trunk = tube(
        shape, [(0.5, -0.1), (0.5 + bend, 0.5), (0.5, 1.1)], rng.uniform(0.3, 0.45, 3).tolist()
    )
    depth = cv2.distanceTransform(trunk, cv2.DIST_L2, 3)
    grey = np.where(trunk > 0, 0.3 + 0.12 * grain(shape, rng, 1.4), 0.0)
    grey = np.where((depth > 0) & (depth < rng.uniform(3, 9)), rng.uniform(0.6, 1.0), grey)
    grey = np.maximum(grey, rng.uniform(0.3, 0.8) * tube(shape, path, [0.07]))
    for place in np.linspace(0.02, 0.98, int(rng.integers(8, 16))):
        x = float(np.interp(place, (0, 0.5, 1), [point[0] for point in path]))
        grey = np.where(ellipse(shape, (x, float(place)), (0.08, 0.012)) > 0, 0.1, grey)
    cord = [(x + 0.12, y) for x, y in path]
    grey = np.maximum(grey, rng.uniform(0.2, 0.9) * tube(shape, cord, [0.025]))
    return _noisy(np.clip(grey, 0, 1).astype(np.float32), rng)


def ultrasound(rng: np.random.Generator) -> Grey:
    """A fan or a block of speckle on black, with scales and words at its side."""
    shape = (SIDE * 3 // 4, SIDE)
    rows, columns = shape
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    apex = (columns * rng.uniform(0.4, 0.6), -rows * rng.uniform(0.05, 0.5))
    distance = np.hypot(x - apex[0], y - apex[1])
    angle = np.arctan2(x - apex[0], y - apex[1])
    reach = rows * rng.uniform(0.85, 1.0) - apex[1] * 0.8
    if rng.random() < 0.65:
        inside = (np.abs(angle) < rng.uniform(0.4, 0.8)) & (distance < reach)
        inside &= distance > -apex[1] * rng.uniform(1.0, 1.4)
    else:
        inside = (np.abs(x - columns / 2) < columns * rng.uniform(0.2, 0.42)) & (y > rows * 0.05)
    echo = rng.uniform(0.2, 0.5) + rng.uniform(0.1, 0.25) * grain(shape, rng, 1.2)
    speckle = rng.rayleigh(0.7, shape)
    grey = np.clip(echo * speckle, 0, 1)
    for _ in range(int(rng.integers(0, 4))):
        (x_share, y_share), (across, down) = rng.uniform(0.3, 0.7, 2), rng.uniform(0.03, 0.14, 2)
        hollow = ellipse(shape, (x_share, y_share), (across, down))
        grey = np.where(hollow > 0, grey * rng.uniform(0, 0.4), grey)
    picture = np.where(inside, grey, rng.uniform(0, 0.05)).astype(np.float32)
    return write_lines(picture, rng, int(rng.integers(0, 7)), level=0.9, small=True)


def mammogram(rng: np.random.Generator) -> Grey:
    """A breast against one edge of a dark film."""
    shape = (SIDE, round(SIDE * rng.uniform(0.65, 0.85)))
    middle = rng.uniform(0.4, 0.6)
    breast = ellipse(shape, (0.0, middle), (rng.uniform(0.4, 0.8), rng.uniform(0.3, 0.45)))
    if rng.random() < 0.5:
        breast = np.maximum(breast, tube(shape, [(0.0, -0.05), (0.0, middle)], [0.4, 0.2]))
    gland = np.clip(0.5 + 0.3 * grain(shape, rng, 1.3), 0, 1)
    grey = solid(breast) * (rng.uniform(0.3, 0.6) + rng.uniform(0.1, 0.6) * gland)
    if rng.random() < 0.5:
        grey += 0.4 * solid(tube(shape, [(-0.1, -0.1), (0.05, middle)], [0.35, 0.02]))
    picture = _noisy(np.clip(grey, 0, 1).astype(np.float32), rng)
    return picture if rng.random() < 0.5 else np.ascontiguousarray(picture[:, ::-1])
