"""Photographs that come with scikit-learn and matplotlib, and textures made from nothing.

The two photographs of scikit-learn are under CC BY 2.0 (danielbuechele, vultilion); the portrait
of matplotlib is in the public domain. They are read where those packages keep them.
"""

from __future__ import annotations

from functools import cache

import cv2
import matplotlib as mpl
import numpy as np
from sklearn.datasets import load_sample_images

from core.models.preprocessing import Grey
from core.training.other_pictures.strokes import canvas, grain


@cache
def _samples() -> tuple[Grey, ...]:
    pictures = load_sample_images().images
    return tuple(_grey(picture[..., ::-1]) for picture in pictures)


@cache
def _portrait() -> Grey:
    picture = cv2.imread(str(mpl.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)))
    return _grey(np.asarray(picture, np.uint8))


def _grey(picture: np.ndarray) -> Grey:
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return (grey / np.float32(255)).astype(np.float32)


def _crop(picture: Grey, rng: np.random.Generator, least: float) -> Grey:
    rows, columns = canvas(rng)
    largest = min(picture.shape[0] / rows, picture.shape[1] / columns)
    share = largest * rng.uniform(least, 1.0)
    high, wide = int(rows * share), int(columns * share)
    top = int(rng.integers(picture.shape[0] - high + 1))
    left = int(rng.integers(picture.shape[1] - wide + 1))
    piece = picture[top : top + high, left : left + wide]
    resized = cv2.resize(piece, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, np.float32)


def photograph(rng: np.random.Generator) -> Grey:
    """A piece of a photograph of a temple or of a flower."""
    return _crop(_samples()[int(rng.integers(2))], rng, 0.2)


def portrait(rng: np.random.Generator) -> Grey:
    """A piece of a portrait."""
    return _crop(_portrait(), rng, 0.5)


def leaves(rng: np.random.Generator) -> Grey:
    """Discs and boxes of all sizes that hide one another, as things do in a photograph.

    References
    ----------
    Lee, Mumford, Huang 2001, Occlusion models for natural images (the dead leaves model)
    """
    rows, columns = canvas(rng)
    grey = np.full((rows, columns), rng.uniform(0, 1), np.float32)
    for _ in range(int(rng.integers(20, 150))):
        # Radii with a density of r^-3 look alike at any magnification.
        radius = 2.5 / np.sqrt(rng.uniform(0.002, 1.0))
        x, y = rng.uniform(0, columns), rng.uniform(0, rows)
        level = float(rng.uniform(0, 1))
        if rng.random() < 0.5:
            cv2.circle(grey, (round(x), round(y)), round(radius), level, -1)
        else:
            box = cv2.boxPoints(((x, y), (2 * radius, radius), float(rng.uniform(0, 180))))
            cv2.fillPoly(grey, [np.rint(box).astype(np.int32)], level)
    grey *= 1 + 0.1 * grain((rows, columns), rng, 1.0)
    blurred = cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.3, 2.0))
    return np.asarray(np.clip(blurred, 0, 1), np.float32)


def clouds(rng: np.random.Generator) -> Grey:
    """Noise between white and very smooth, or a slope of grey."""
    shape = canvas(rng)
    field = grain(shape, rng, rng.uniform(0, 2.5))
    down, across = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    slope = rng.normal(0, 1.5) * down + rng.normal(0, 1.5) * across
    bowl = rng.normal(0, 1.5) * (down**2 + across**2)
    grey = field * rng.uniform(0.2, 1) + (slope + bowl) * (rng.random() < 0.5)
    low, high = float(grey.min()), float(grey.max())
    return np.asarray((grey - low) / max(high - low, 1e-6), np.float32)


def pattern(rng: np.random.Generator) -> Grey:
    """Stripes, rings or a chequerboard, bent a little."""
    rows, columns = canvas(rng)
    down, across = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    bend = 0.1 * rng.random() * grain((rows, columns), rng, 2.0)
    pitch, angle = rng.uniform(3, 30), rng.uniform(0, np.pi)
    along = np.cos(angle) * across + np.sin(angle) * down + bend
    beside = np.cos(angle) * down - np.sin(angle) * across + bend
    kind = int(rng.integers(3))
    if kind == 0:
        wave = np.sin(pitch * along)
    elif kind == 1:
        wave = np.sin(pitch * (np.hypot(across - rng.normal(0, 0.3), down) + bend))
    else:
        wave = np.sin(pitch * along) * np.sin(pitch * beside)
    sharp = rng.uniform(0.5, 8)
    return np.asarray(0.5 + 0.5 * np.tanh(sharp * wave), np.float32)


def blobs(rng: np.random.Generator) -> Grey:
    """A few soft bodies on a plain ground, in pairs as often as not."""
    rows, columns = canvas(rng)
    grey = np.full((rows, columns), rng.uniform(0, 1), np.float32)
    for _ in range(int(rng.integers(1, 9))):
        spot = rng.uniform(0.1, 0.9, 2) * (columns, rows)
        half = rng.uniform(0.04, 0.35, 2) * (columns, rows)
        level, degrees = float(rng.uniform(0, 1)), float(rng.uniform(0, 180))
        for side in (0, 1) if rng.random() < 0.4 else (0,):
            x = columns - spot[0] if side else spot[0]
            middle = (round(x), round(spot[1]))
            turn = -degrees if side else degrees
            cv2.ellipse(grey, middle, (round(half[0]), round(half[1])), turn, 0, 360, level, -1)
    blurred = cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.5, 6.0))
    grain_share = 0.05 * rng.random() * grain((rows, columns), rng, 1.0)
    return np.asarray(np.clip(blurred + grain_share, 0, 1), np.float32)
