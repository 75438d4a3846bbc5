"""Lesions as maps over a real frontal film: attenuation along each ray, as in the phantom."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.imaging.phantom import tissue
from core.imaging.phantom.composite_chest import LUNG_DEPTH_MM, Chest, blurred, side_space, waves
from core.imaging.phantom.lesion import Side
from core.imaging.phantom.lung_fields import Mask, Singles

OPACITY: Final = tissue.MUSCLE - tissue.LUNG
FLUID: Final = tissue.PLEURAL_FLUID - tissue.LUNG
SIDES: tuple[Side, ...] = ("left", "right")


@dataclass(frozen=True)
class Overlay:
    """What a lesion does to the rays of a film, at its full contrast.

    Attributes
    ----------
    attenuation : ndarray, shape (rows, columns)
        Added to the line integral, dimensionless; air takes away.
    vessels_lost : ndarray, shape (rows, columns)
        Share of the lung's markings that lie in the lesion, 0 to 1.
    vessels_blurred : ndarray, shape (rows, columns)
        Share of what is left that fluid about the vessels blurs, 0 to 1.
    mask : ndarray, shape (rows, columns), bool
    like : ndarray, shape (rows, columns), bool, optional
        A region of the film than which the lesion gets no brighter.
    """

    attenuation: Singles
    vessels_lost: Singles
    vessels_blurred: Singles
    mask: Mask
    like: Mask | None = None


def ball(
    chest: Chest, centre: tuple[float, float], diameter_mm: float, rng: np.random.Generator
) -> Overlay:
    """Nodule or mass: the chord through a lobed ball that lies in lung.

    Parameters
    ----------
    centre : (row, column)
        In pixels.
    """
    up, across = chest.row - centre[0], chest.column - centre[1]
    angle = np.arctan2(up, across)
    lobes = 0.035 if diameter_mm <= 30 else 0.07
    radius = (0.5 * diameter_mm / chest.mm) * (
        1.0
        + lobes * np.sin(2 * angle + rng.uniform(0, 6.28))
        + 0.7 * lobes * np.sin(3 * angle + rng.uniform(0, 6.28))
        + 0.4 * lobes * np.sin(5 * angle + rng.uniform(0, 6.28))
    )
    square = radius * radius - up * up - across * across
    chord = blurred((2.0 * chest.mm * np.sqrt(np.maximum(square, 0.0))).astype(np.float32), 0.6)
    lost = np.clip(chord / LUNG_DEPTH_MM, 0.0, 1.0)
    mask = np.asarray(chord >= 0.25 * diameter_mm)
    return Overlay(chord * np.float32(OPACITY), lost, np.zeros_like(chord), mask)


def consolidation(
    chest: Chest,
    side: Side,
    centre: tuple[float, float],
    diameter_mm: float,
    rng: np.random.Generator,
) -> Overlay:
    """Filled alveoli: a ball with a ragged edge, kept within the lung."""
    radius = 0.5 * diameter_mm / chest.mm
    tall, wide = rng.uniform(0.8, 1.05), rng.uniform(0.95, 1.2)
    up, across = (
        (chest.row - centre[0]) / (tall * radius),
        (chest.column - centre[1]) / (wide * radius),
    )
    ragged = np.sqrt(up * up + across * across) + waves(
        chest, rng, (44.0, 20.0, 11.0), (0.17, 0.10, 0.05)
    )
    share = np.clip((1.25 - ragged) / 1.05, 0.0, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    lung = chest.lung(side)
    depth = np.minimum(chest.depth(chest.inside(lung)), 0.75 * diameter_mm)
    texture = np.clip(1.0 + waves(chest, rng, (16.0, 8.0), (0.07, 0.05)), 0.4, 1.5)
    path = blurred((depth * share * texture * chest.soft(lung)).astype(np.float32), 1.5 / chest.mm)
    mask = np.asarray((path >= 12.0) & lung)
    lost = np.clip(path / 90.0, 0.0, 0.8)
    return Overlay(path * np.float32(0.8 * OPACITY), lost, np.zeros_like(path), mask)


def effusion(chest: Chest, side: Side, level_mm: float, rng: np.random.Generator) -> Overlay:
    """Free fluid: level in the middle, climbing along all walls as a thinning film.

    At the height h above the level the film along the walls is 15 ln(78 mm / h) thick (the
    meniscus of the phantom); a ray meets it in front and behind, and along the side wall all the
    way through.

    Parameters
    ----------
    level_mm : float
        Height of the level above the lowest point of the lung that is seen.
    """
    space = chest.hull(side, around_mm=7.0, below_mm=22.0)
    _, bottom, left, right = chest.box(side)
    slope = rng.normal(0.0, 0.02) * (chest.column - chest.column.mean())
    height = (bottom - level_mm / chest.mm - chest.row + slope) * chest.mm
    film = 15.0 * np.log(78.0 / np.clip(height, 0.5, 78.0))
    wall = blurred(chest.inside(side_space(chest, side)), 3.0 / chest.mm)
    depth = chest.depth(np.minimum(wall + 7.0, chest.inside(space)) + 8.0)
    along_wall = np.clip((film - wall) / 3.0 + 0.5, 0.0, 1.0) * np.clip(film / 6.0, 0.0, 1.0)
    below = np.clip(-height / 4.0 + 0.5, 0.0, 1.0)
    path = np.minimum(depth, 2.0 * film)
    path = path + (depth - path) * np.maximum(along_wall, below)
    path = blurred((path * chest.soft(space, 6.0)).astype(np.float32), 1.2 / chest.mm)
    # Over heart and belly the film stays as it was: the mask ends a little beyond the lung.
    # The thin film along the wall higher up is no more than a pleural stripe.
    seen = (height < 50.0) & (chest.row < bottom + 6.0 / chest.mm)
    mask = np.asarray((path >= 16.0) & (chest.soft(chest.lung(side), 8.0) > 0.12) & seen)
    lost = np.clip(path / np.maximum(depth, 20.0), 0.0, 1.0).astype(np.float32)
    under = (chest.row > bottom + 6.0 / chest.mm) & (chest.row < bottom + 30.0 / chest.mm)
    belly = np.asarray(under & (chest.column >= left) & (chest.column < right))
    return Overlay(path * np.float32(FLUID), lost, np.zeros_like(path), mask, belly)


def pneumothorax(chest: Chest, side: Side, depth_mm: float, rng: np.random.Generator) -> Overlay:
    """Air between chest wall and pleural line, wider at the apex, and no markings in it."""
    lung = chest.lung(side)
    top, bottom, _, _ = chest.box(side)
    share = np.clip((chest.row - top) / (bottom - top), 0.0, 1.0)
    base = rng.uniform(0.2, 0.5)
    inset = depth_mm * np.interp(share[:, 0], [0.0, 0.45, 0.8, 1.0], [1.2, 1.0, base, 0.5 * base])
    inset = inset[:, None].astype(np.float32) + 0.03 * depth_mm * waves(chest, rng, (60.0,), (1.0,))
    # Smooth, or the outline's small corners would show in the pleural line.
    wall = blurred(chest.inside(side_space(chest, side)), 6.0 / chest.mm)
    beyond = inset - wall
    air = np.clip(beyond / 1.5 + 0.5, 0.0, 1.0) * chest.soft(lung, 1.5)
    depth = chest.depth(chest.inside(lung) + 6.0)
    line = np.exp(-0.5 * (beyond / max(0.9, 0.6 * chest.mm)) ** 2) * chest.soft(lung, 1.5)
    # Tangential path through the visceral pleura, seen as one line of about a millimetre.
    pleura = 9.0 * tissue.MUSCLE * line
    denser = 0.35 * min(depth_mm / 50.0, 1.0) * tissue.LUNG * depth * (1.0 - air) * chest.soft(lung)
    taken = tissue.LUNG * depth * air
    mask = np.asarray((air >= 0.5) & lung)
    added = (denser + pleura - taken).astype(np.float32)
    return Overlay(added, air.astype(np.float32), np.zeros_like(added), mask)


def atelectasis(
    chest: Chest,
    side: Side,
    centre: tuple[float, float],
    thickness_mm: float,
    rng: np.random.Generator,
) -> Overlay:
    """A plate of airless lung seen edge-on, haze between it and the diaphragm."""
    length = min(max(thickness_mm * rng.uniform(6.0, 9.0), 40.0), 100.0)
    tilt = math.radians(rng.normal(6.0, 13.0)) * chest.sign(side)
    bow = rng.normal(0.0, 0.003)
    across = (chest.column - centre[1]) * chest.mm
    up = (centre[0] - chest.row) * chest.mm
    along = math.cos(tilt) * across + math.sin(tilt) * up
    off = math.cos(tilt) * up - math.sin(tilt) * across - bow * along * along
    end = np.abs(2.0 * along / length)
    taper = np.clip(1.0 - end**4, 0.0, 1.0)
    ragged = 1.0 + waves(chest, rng, (26.0, 10.0), (0.24, 0.14))
    half = 0.5 * thickness_mm * np.sqrt(taper) * np.clip(ragged, 0.5, 1.6)
    band = np.clip((half - np.abs(off)) / 4.5 + 0.5, 0.0, 1.0) * np.clip(2.5 * taper, 0.0, 1.0)
    under = np.clip(-off / 4.0, 0.0, 1.0) * np.clip(1.0 + off / 34.0, 0.0, 1.0)
    haze = 0.10 * under * np.clip(2.0 * (1.15 - end), 0.0, 1.0)
    lung = chest.lung(side)
    depth = np.minimum(chest.depth(chest.inside(lung) + 4.0), 40.0) * chest.soft(lung)
    path = blurred((depth * np.maximum(band, haze)).astype(np.float32), 0.6)
    mask = np.asarray((path >= 10.0) & lung)
    return Overlay(path * np.float32(OPACITY), path / 120.0, np.zeros_like(path), mask)


def edema(chest: Chest, severity: float, rng: np.random.Generator) -> Overlay:
    """Haze from both hila, more below; vessels wide and blurred."""
    total, blur = np.zeros(chest.shape, np.float32), np.zeros(chest.shape, np.float32)
    for side in SIDES:
        top, bottom, left, right = chest.box(side)
        medial = left if side == "left" else right - 1
        high = bottom - top
        middle = top + 0.52 * high
        across = np.maximum(chest.sign(side) * (chest.column - medial), 0.0) / (
            0.62 * (right - left)
        )
        up = (chest.row - middle) / np.where(chest.row < middle, 0.36 * high, 0.48 * high)
        wing = np.exp(-(across**2 + up**2))
        lung = chest.lung(side)
        soft = chest.soft(lung, 4.0)
        depth = chest.depth(chest.inside(lung) + 18.0)
        total += (depth * wing * soft).astype(np.float32)
        blur += (np.clip(1.6 * wing, 0.0, 1.0) * soft).astype(np.float32)
    gravity = np.clip(waves(chest, rng, (40.0, 20.0, 10.0), (0.14, 0.12, 0.10)) + 1.0, 0.4, 1.7)
    path = blurred((severity * total * gravity).astype(np.float32), 1.5 / chest.mm)
    least = max(7.0, 0.25 * severity * LUNG_DEPTH_MM)
    mask = np.asarray((path >= least) & chest.lungs.both)
    lost = np.clip(path / LUNG_DEPTH_MM, 0.0, 0.8)
    return Overlay(path * np.float32(FLUID), lost, np.clip(blur, 0.0, 1.0), mask)
