"""A lesion put into a real normal film by the physics of the phantom.

Its geometry is that of `composite_shapes`, its tone that of `composite_tone`. The result is a film
for training and for tests of evidence. It is no patient's: no clinical figure is quoted from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from core.imaging.phantom import composite_shapes as shapes
from core.imaging.phantom.composite_chest import Chest
from core.imaging.phantom.composite_shapes import Overlay
from core.imaging.phantom.composite_tone import developed_with
from core.imaging.phantom.lesion import Side
from core.imaging.phantom.lung_fields import LungFields, Mask, Singles

MARGIN_MM: Final = 34.0
# No more of the lungs' height lies under a drawn effusion.
MOST_FLUID: Final = 0.55

Place = tuple[float, float]


@dataclass(frozen=True)
class Sizes:
    """Of one kind, in mm: subtle from `least`, plain from `plain`, both to `most`."""

    least: float
    plain: float
    most: float


# What the size of each kind means: see `composite`.
SIZES: Mapping[str, Sizes] = MappingProxyType(
    {
        "atelectasis": Sizes(4.0, 8.0, 14.0),
        "consolidation": Sizes(35.0, 60.0, 110.0),
        "edema": Sizes(60.0, 90.0, 120.0),
        "mass": Sizes(31.0, 36.0, 75.0),
        "nodule": Sizes(7.0, 20.0, 30.0),
        "pleural effusion": Sizes(12.0, 40.0, 120.0),
        "pneumothorax": Sizes(9.0, 24.0, 65.0),
    }
)
KINDS: tuple[str, ...] = tuple(SIZES)


@dataclass(frozen=True)
class Composited:
    """A film with a lesion in it.

    Attributes
    ----------
    grey : ndarray, shape (rows, columns), float32
        0 to 1, dense tissue bright.
    mask : ndarray, shape (rows, columns), bool
        The shadow of the lesion.
    finding : str
        Name in the vocabulary.
    laterality : "left", "right" or None
        Of the patient, whose left is on the right of the film; None for an oedema.
    size_mm, contrast : float
        As asked for (see `composite`).
    """

    grey: Singles
    mask: Mask
    finding: str
    laterality: Side | None
    size_mm: float
    contrast: float


def composite(
    grey: Singles,
    lungs: LungFields,
    kind: str,
    rng: np.random.Generator,
    *,
    side: Side | None,
    size_mm: float,
    contrast: float = 1.0,
    place: Place | None = None,
) -> Composited:
    """Put one lesion into a normal frontal film.

    Parameters
    ----------
    grey : ndarray, shape (rows, columns), float32
        0 to 1, dense tissue bright.
    kind : str
        One of `KINDS`.
    side : "left", "right" or None
        Of the patient. None for an oedema, which lies on both.
    size_mm : float
        Diameter (nodule, mass, consolidation), thickness of the plate (atelectasis), depth of the
        air at mid height (pneumothorax), height of the level above the base (pleural effusion),
        extent of the haze, which grows with its density (edema).
    contrast : float
        Share of the lesion's full attenuation contrast, 0 to 1; 0 leaves the film as it is.
    place : (row, column), optional
        Centre of a nodule, mass, consolidation or plate in pixels; drawn in the lung if left out.

    Raises
    ------
    ValueError
        On an unknown kind, a side that does not belong to it, a contrast beyond 0 to 1, or masks of
        another shape than the film.
    """
    _check(grey, lungs, kind, side, contrast)
    window = _window(lungs)
    part = LungFields(lungs.right[window], lungs.left[window], lungs.mm_per_pixel)
    chest = Chest(part)
    if place is not None:
        place = (place[0] - window[0].start, place[1] - window[1].start)
    overlay = _overlay(chest, kind, side, size_mm, place, rng)
    film, mask = np.array(grey, np.float32), np.zeros(grey.shape, np.bool_)
    film[window] = developed_with(film[window], chest, overlay, contrast)
    mask[window] = overlay.mask
    return Composited(
        grey=film,
        mask=mask,
        finding=kind,
        laterality=side,
        size_mm=size_mm,
        contrast=contrast,
    )


def draw_composite(
    grey: Singles, lungs: LungFields, kind: str, rng: np.random.Generator, plain: bool = False
) -> Composited:
    """Put a lesion of random side, place, size and contrast into a normal frontal film.

    Parameters
    ----------
    plain : bool
        Only lesions that are plainly visible on a film 200 pixels high; otherwise from subtle to
        plain.

    Raises
    ------
    ValueError
        As `composite`.
    """
    if kind not in SIZES:
        raise ValueError(f"no lesion named {kind} can be put into a film")
    sizes = SIZES[kind]
    side: Side | None = "left" if rng.random() < 0.5 else "right"
    size = float(rng.uniform(sizes.plain if plain else sizes.least, sizes.most))
    if kind == "pleural effusion":
        size = min(size, MOST_FLUID * _height_mm(lungs))
    contrast = float(rng.uniform(0.85 if plain else 0.4, 1.0))
    return composite(
        grey,
        lungs,
        kind,
        rng,
        side=None if kind == "edema" else side,
        size_mm=size,
        contrast=contrast,
    )


def _window(lungs: LungFields) -> tuple[slice, slice]:
    """The part of the film that a lesion can reach: the lungs and a margin."""
    margin = round(MARGIN_MM / lungs.mm_per_pixel)
    rows, columns = np.nonzero(lungs.both.any(axis=1))[0], np.nonzero(lungs.both.any(axis=0))[0]
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin),
    )


def _height_mm(lungs: LungFields) -> float:
    return float(np.count_nonzero(lungs.both.any(axis=1))) * lungs.mm_per_pixel


def _check(grey: Singles, lungs: LungFields, kind: str, side: Side | None, contrast: float) -> None:
    if kind not in SIZES:
        raise ValueError(f"no lesion named {kind} can be put into a film")
    if (side is None) != (kind == "edema"):
        raise ValueError("an oedema has no side, every other lesion has one")
    if not 0.0 <= contrast <= 1.0:
        raise ValueError("the contrast lies between 0 and 1")
    if grey.shape != lungs.right.shape or grey.shape != lungs.left.shape:
        raise ValueError("lung masks have the shape of their film")


def _overlay(
    chest: Chest,
    kind: str,
    side: Side | None,
    size_mm: float,
    place: Place | None,
    rng: np.random.Generator,
) -> Overlay:
    if side is None:
        return shapes.edema(chest, float(np.clip(size_mm / 240.0, 0.05, 0.5)), rng)
    if kind == "pleural effusion":
        return shapes.effusion(chest, side, size_mm, rng)
    if kind == "pneumothorax":
        return shapes.pneumothorax(chest, side, size_mm, rng)
    if kind == "atelectasis":
        centre = place or _low_place(chest, side, rng)
        return shapes.atelectasis(chest, side, centre, size_mm, rng)
    room = 0.2 * size_mm if kind == "consolidation" else 0.5 * size_mm + 2.0
    centre = place or _place(chest, side, room, rng)
    if kind == "consolidation":
        return shapes.consolidation(chest, side, centre, size_mm, rng)
    return shapes.ball(chest, centre, size_mm, rng)


def _place(chest: Chest, side: Side, room_mm: float, rng: np.random.Generator) -> Place:
    """A pixel of the lung with so much lung about it, or the one with the most."""
    distance = chest.inside(chest.lung(side))
    fits = np.flatnonzero(distance >= min(room_mm, 0.9 * float(distance.max())))
    row, column = np.unravel_index(int(fits[rng.integers(len(fits))]), distance.shape)
    return float(row), float(column)


def _low_place(chest: Chest, side: Side, rng: np.random.Generator) -> Place:
    """Some centimetres above the diaphragm, in the middle of the lung's width there."""
    top, bottom, _, _ = chest.box(side)
    row = int(top + rng.uniform(0.68, 0.84) * (bottom - top))
    columns = np.nonzero(chest.lung(side)[row])[0]
    middle = columns.mean() if len(columns) else np.nonzero(chest.lung(side))[1].mean()
    return float(row), float(middle + rng.normal(0.0, 6.0) / chest.mm)
