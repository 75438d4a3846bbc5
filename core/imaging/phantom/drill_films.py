"""Films for detection drills: one lesion of chosen size and contrast in a film without any.

The lesion is drawn by `composite` into either background, so that what is learnt on one compares
with the other. Behind the heart means: with its whole disc in the heart's shadow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from core.imaging.phantom.composite import KINDS, SIZES, composite
from core.imaging.phantom.composite_chest import Chest
from core.imaging.phantom.film import make_film
from core.imaging.phantom.lesion import Side
from core.imaging.phantom.lung_fields import LungFields, Mask, Singles, find_lungs

ROWS = 768
MOST_ROWS = 1024
# Round ones keep their shape behind the heart; the others are drawn within the lung that is seen.
BEHIND_HEART = ("mass", "nodule")
LEAST_CONTRAST = 0.05
# Share of the left lung's height below which no centre behind the heart lies.
ABOVE_DOME = 0.9


@dataclass(frozen=True)
class Background:
    """A frontal film with nothing in it.

    ``grey`` has shape (rows, columns), float32, 0 to 1, dense tissue bright; ``heart`` is where the
    heart's shadow lies; ``spacing_mm`` is (row, column), ``None`` where it is not known.
    """

    grey: Singles
    lungs: LungFields
    heart: Mask
    spacing_mm: tuple[float, float] | None


@dataclass(frozen=True)
class DrillFilm:
    grey: Singles
    mask: Mask
    laterality: Side | None


def kinds() -> Mapping[str, tuple[float, float]]:
    """What can be drawn, with the least and the largest size in mm."""
    return {kind: (SIZES[kind].least, SIZES[kind].most) for kind in KINDS}


def phantom_background(seed: int, rows: int = ROWS) -> Background:
    """A phantom patient without a lesion.

    Its lungs are taken as those of a real film are: what is seen of them, without the part behind
    the diaphragm's dome.
    """
    film = make_film(seed, "PA", (), min(rows, MOST_ROWS))
    grey = np.asarray(film.pixels / np.float32(4095.0), np.float32)
    seen = find_lungs(grey)
    right, left = (seen.right, seen.left) if seen else _halves(film.lungs & ~film.heart)
    lungs = LungFields(right, left, film.spacing_mm[0])
    return Background(grey, lungs, film.heart & film.lungs, film.spacing_mm)


def _halves(lungs: Mask) -> tuple[Mask, Mask]:
    """The patient's right and left of both lungs in one mask."""
    columns = np.nonzero(lungs.any(axis=0))[0]
    left = lungs.copy()
    left[:, : int(columns[0] + columns[-1]) // 2] = False
    return lungs & ~left, left


def film_background(
    grey: Singles, spacing_mm: tuple[float, float] | None, rows: int = MOST_ROWS
) -> Background | None:
    """A normal film, reduced to at most so many rows; ``None`` where its lungs are not found."""
    scale = max(1.0, grey.shape[0] / min(rows, MOST_ROWS))
    size = round(grey.shape[1] / scale), round(grey.shape[0] / scale)
    small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)
    found = find_lungs(small)
    if found is None:
        return None
    spacing = None if spacing_mm is None else (spacing_mm[0] * scale, spacing_mm[1] * scale)
    lungs = LungFields(found.right, found.left, spacing[0]) if spacing else found
    return Background(small, lungs, _bay(lungs), spacing)


def draw(
    background: Background,
    kind: str,
    size_mm: float,
    contrast: float,
    rng: np.random.Generator,
    *,
    behind_heart: bool = False,
) -> DrillFilm:
    """Draw one lesion.

    Raises
    ------
    ValueError
        If the kind, size or contrast cannot be drawn, or the heart's shadow has no room for it.
    """
    side: Side | None = "left" if behind_heart or rng.random() < 0.5 else "right"
    place = _behind_heart(background, kind, size_mm, rng) if behind_heart else None
    drawn = composite(
        background.grey,
        background.lungs,
        kind,
        rng,
        side=None if kind == "edema" else side,
        size_mm=size_mm,
        contrast=contrast,
        place=place,
    )
    return DrillFilm(drawn.grey, drawn.mask, drawn.laterality)


def _behind_heart(
    background: Background, kind: str, size_mm: float, rng: np.random.Generator
) -> tuple[float, float]:
    """A centre on the patient's left whose disc lies in the heart's shadow as a whole."""
    if kind not in BEHIND_HEART:
        raise ValueError(f"no {kind} is drawn behind the heart")
    chest = Chest(background.lungs)
    room = chest.inside(background.heart)
    lungs = background.lungs
    columns = np.nonzero(lungs.both.any(axis=0))[0]
    room[:, : int(columns[0] + columns[-1]) // 2] = 0.0
    # Further down, the heart lies over the dome of the diaphragm.
    top, bottom, _, _ = chest.left_box
    room[top + round(ABOVE_DOME * (bottom - top)) :] = 0.0
    fits = np.flatnonzero(room >= 0.5 * size_mm)
    if len(fits) == 0:
        raise ValueError("the heart's shadow has no room for it")
    row, column = np.unravel_index(int(fits[rng.integers(len(fits))]), room.shape)
    return float(row), float(column)


def _bay(lungs: LungFields) -> Mask:
    """The bay that the heart makes in the left lung's outline, and what lies medial of it."""
    chest = Chest(lungs)
    top, bottom, left, _ = chest.left_box
    hull = chest.hull("left", around_mm=0.0, below_mm=0.0) & ~lungs.left
    rows = np.arange(chest.shape[0])
    hull[rows < (top + bottom) // 2] = False
    # From the midline to the lung, as far down as the lung reaches.
    between = np.zeros(chest.shape, np.bool_)
    right = chest.right_box[3]
    between[(top + bottom) // 2 : bottom, (right + left) // 2 : left] = True
    return np.asarray((hull | between) & ~lungs.both)
