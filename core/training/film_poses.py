"""What can befall a film before it is read: turned, inverted, cropped, badly exposed, written on.

Chest films and other pictures go through the same hands, so that no border or letter gives a film
away. Mirrored films are chest films too, and are among them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.models.preprocessing import Grey
from core.training.other_pictures.paper import write_lines

DEGREES = 14.0
STRETCH = 1.2
CROP = 0.1
"""Most that a crop takes of each edge: both lungs stay on the film."""
GAMMA = 2.2
INVERTED_CHANCE = 0.35
UPRIGHT_CHANCE = 0.4
MIRRORED_CHANCE = 0.15
MARGIN_CHANCE = 0.3
LETTERS_CHANCE = 0.35


@dataclass(frozen=True)
class Pose:
    """A changed film and how it would have to be turned and inverted to stand as it should."""

    grey: Grey
    quarter_turns: int
    inverted: bool


def posed(film: Grey, rng: np.random.Generator) -> Pose:
    """Return a changed copy of an upright film, float32 in [0, 1], of any size.

    ``quarter_turns`` counts anticlockwise turns back to upright.
    """
    grey = film[:, ::-1] if rng.random() < MIRRORED_CHANCE else film
    grey = _leaned(_cropped(grey, rng), rng)
    grey = _developed(grey, rng)
    turns = 0 if rng.random() < UPRIGHT_CHANCE else int(rng.integers(1, 4))
    grey = np.rot90(grey, -turns)
    inverted = bool(rng.random() < INVERTED_CHANCE)
    grey = np.ascontiguousarray(1 - grey if inverted else grey, np.float32)
    if rng.random() < LETTERS_CHANCE:
        grey = write_lines(grey, rng, int(rng.integers(1, 5)), level=_extreme(rng), small=True)
    if rng.random() < MARGIN_CHANCE:
        grey = _margin(grey, rng)
    return Pose(grey, turns, inverted)


def _cropped(grey: Grey, rng: np.random.Generator) -> Grey:
    rows, columns = grey.shape
    top, bottom = (rng.uniform(0, CROP, 2) * rows).astype(int)
    left, right = (rng.uniform(0, CROP, 2) * columns).astype(int)
    return grey[top : rows - bottom, left : columns - right]


def _leaned(grey: Grey, rng: np.random.Generator) -> Grey:
    """A little turned and stretched; the film's edge is repeated or black outside."""
    rows, columns = grey.shape
    zoom = rng.uniform(0.85, 1.1)
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), rng.normal(0, DEGREES / 2), zoom)
    size = (round(columns * rng.uniform(1 / STRETCH, STRETCH)), rows)
    matrix[0] *= size[0] / columns
    border = cv2.BORDER_REPLICATE if rng.random() < 0.5 else cv2.BORDER_CONSTANT
    film = np.ascontiguousarray(grey, np.float32)
    leaned = cv2.warpAffine(film, matrix, size, flags=cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(leaned, np.float32)


def _developed(grey: Grey, rng: np.random.Generator) -> Grey:
    """Too dark, too bright, flat, hard, blurred or noisy."""
    shown = np.clip(grey, 0, 1) ** np.exp(rng.normal(0, np.log(GAMMA) / 2))
    contrast = np.exp(rng.normal(0, 0.25))
    shown = (shown - 0.5) * contrast + 0.5 + rng.normal(0, 0.08)
    if rng.random() < 0.3:
        shown = cv2.GaussianBlur(shown, (0, 0), rng.uniform(0.3, 1.6))
    noise = rng.standard_normal(grey.shape, np.float32) * rng.uniform(0, 0.06)
    return np.asarray(np.clip(shown + noise, 0, 1), np.float32)


def _margin(grey: Grey, rng: np.random.Generator) -> Grey:
    """A margin of black, white or grey, uneven, as scanners and screens leave it."""
    rows, columns = grey.shape
    top, bottom = (rng.uniform(0, 0.18, 2) * rows).astype(int).tolist()
    left, right = (rng.uniform(0, 0.18, 2) * columns).astype(int).tolist()
    level = _extreme(rng) if rng.random() < 0.8 else float(rng.uniform(0, 1))
    framed = cv2.copyMakeBorder(grey, top, bottom, left, right, cv2.BORDER_CONSTANT, value=level)
    return np.asarray(framed, np.float32)


def _extreme(rng: np.random.Generator) -> float:
    return float(rng.random() < 0.5)
