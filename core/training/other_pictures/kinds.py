"""The list of pictures that are not frontal chest films: those to learn from, those held out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from core.imaging.phantom.anatomy import Projection
from core.imaging.phantom.film import make_film
from core.imaging.windowing import apply_window, window_of_pixels
from core.models.preprocessing import Grey
from core.training.other_pictures import fragments, limbs, paper, scenes, slices, trunk

Draw = Callable[[np.random.Generator], Grey]
Alter = Callable[[Grey, np.random.Generator], Grey]


FIRST_SEED = 2_000_000
"""Phantoms drawn here are other patients than those of samples and tests, whose seeds are small."""


def phantom(projection: Projection, rng: np.random.Generator) -> Grey:
    """A film of the thorax phantom, 128 rows, through a reader's default window."""
    film = make_film(FIRST_SEED + int(rng.integers(10**6)), projection, (), 128)
    return apply_window(film.pixels, window_of_pixels(film.pixels))


def lateral(rng: np.random.Generator) -> Grey:
    """A lateral film of the thorax phantom."""
    return phantom("LATERAL", rng)


TRAINED: Mapping[str, Draw] = {
    "hand": limbs.hand,
    "long bone": limbs.long_bone,
    "joint": limbs.joint,
    "shoulder": limbs.shoulder,
    "abdomen": trunk.abdomen,
    "spine": trunk.spine,
    "skull from the front": trunk.skull_front,
    "slice of the trunk": slices.trunk_slice,
    "slice of the head": slices.head_slice,
    "ultrasound": slices.ultrasound,
    "mammogram": slices.mammogram,
    "page of text": paper.page,
    "screen": paper.screen,
    "photograph": scenes.photograph,
    "dead leaves": scenes.leaves,
    "clouds": scenes.clouds,
    "blobs": scenes.blobs,
    "lateral phantom": lateral,
}
"""Kinds that a network learns from."""

HELD_OUT: Mapping[str, Draw] = {
    "foot": limbs.foot,
    "pelvis": trunk.pelvis,
    "skull from the side": trunk.skull_side,
    "teeth": trunk.teeth,
    "section of MR": slices.body_section,
    "chart": paper.chart,
    "portrait": scenes.portrait,
    "pattern": scenes.pattern,
}
"""Kinds that no network has seen: they measure how far the lesson carries."""

PIECES: Mapping[str, Alter] = {
    "fragment of a chest film": fragments.fragment,
    "strip of a chest film": fragments.strip,
    "shuffled chest film": fragments.shuffled,
    "swirled chest film": fragments.swirled,
}
"""Kinds made of chest films."""


def pictures(kinds: Mapping[str, Draw], each: int, seed: int) -> dict[str, list[Grey]]:
    """Draw ``each`` pictures of every kind, float32 in [0, 1], about 128 pixels on a side."""
    return {
        name: [draw(np.random.default_rng((seed, place, number))) for number in range(each)]
        for place, (name, draw) in enumerate(kinds.items())
    }
