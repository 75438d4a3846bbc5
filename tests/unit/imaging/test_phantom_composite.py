"""Lesions put into films: where they lie, on which side, and that nothing else changes.

A phantom film without lesion stands for the normal film; its lungs are known.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from core.findings.vocabulary import BY_NAME
from core.imaging.phantom.composite import KINDS, Composited, composite, draw_composite
from core.imaging.phantom.composite_tone import PHANTOM_GAIN, PHANTOM_LATITUDE
from core.imaging.phantom.film import PhantomFilm, make_film
from core.imaging.phantom.geometry import make_view
from core.imaging.phantom.lesions import Nodule, Side
from core.imaging.phantom.lung_fields import LungFields, Mask, Singles, lung_fields
from core.imaging.phantom.tissue import LUNG, MUSCLE
from core.imaging.phantom.volume import integrate

ROWS = 240
SIDES: tuple[Side, ...] = ("left", "right")
SIZES = {
    "atelectasis": 10.0,
    "consolidation": 70.0,
    "mass": 45.0,
    "nodule": 24.0,
    "pleural effusion": 60.0,
    "pneumothorax": 35.0,
}


@lru_cache(maxsize=1)
def phantom() -> PhantomFilm:
    return make_film(5, rows=ROWS)


@lru_cache(maxsize=1)
def normal() -> tuple[Singles, LungFields]:
    film = phantom()
    seen = film.lungs & ~film.heart & (film.pixels < 2400)
    middle = seen.shape[1] // 2
    right, left = seen.copy(), seen.copy()
    right[:, middle:], left[:, :middle] = False, False
    return (film.pixels / 4095).astype(np.float32), lung_fields(right, left)


def ill(kind: str, side: Side | None, contrast: float = 1.0, seed: int = 3) -> Composited:
    grey, lungs = normal()
    return composite(
        *(grey, lungs, kind, np.random.default_rng(seed)),
        side=side,
        size_mm=SIZES.get(kind, 90.0),
        contrast=contrast,
    )


def change(made: Composited) -> Singles:
    return made.grey - normal()[0]


def sides_of(kind: str) -> tuple[Side | None, ...]:
    return (None,) if kind == "edema" else SIDES


CASES = [(kind, side) for kind in KINDS for side in sides_of(kind)]


@pytest.mark.parametrize(("kind", "side"), CASES)
def test_the_lesion_lies_in_the_lung_of_its_side_and_shows(kind: str, side: Side | None) -> None:
    grey, lungs = normal()
    made = ill(kind, side)
    own = lungs.both if side is None else {"left": lungs.left, "right": lungs.right}[side]
    assert (made.finding, made.laterality) == (kind, side)
    assert made.grey.dtype == np.float32
    assert made.grey.shape == made.mask.shape == grey.shape
    assert made.grey.min() >= 0.0 and made.grey.max() <= 1.0
    assert (made.mask & own).sum() > (
        0.55 if kind == "pleural effusion" else 0.95
    ) * made.mask.sum()
    shown = float(np.median(change(made)[made.mask & own]))
    assert shown < -0.02 if kind == "pneumothorax" else shown > 0.02


@pytest.mark.parametrize(("kind", "side"), [case for case in CASES if case[1]])
def test_the_other_side_stays_to_the_last_bit(kind: str, side: Side) -> None:
    lungs = normal()[1]
    other = lungs.left if side == "right" else lungs.right
    assert not change(ill(kind, side))[other].any()


@pytest.mark.parametrize("kind", ["nodule", "mass", "consolidation", "pleural effusion"])
def test_the_film_changes_near_the_mask_alone(kind: str) -> None:
    made = ill(kind, "right")
    shift = np.abs(change(made))
    rows, columns = np.nonzero(made.mask)
    margin = 26
    far = np.ones_like(made.mask)
    far[
        max(0, rows.min() - margin) : rows.max() + margin,
        max(0, columns.min() - margin) : columns.max() + margin,
    ] = False
    if kind == "pleural effusion":
        # The film of fluid along the wall thins out over the height of the meniscus.
        far[rows.min() - 60 : rows.min()] = False
    assert shift[far].max() < 0.01
    assert shift[made.mask].mean() > 5 * shift[~made.mask].mean()


@pytest.mark.parametrize(("kind", "side"), CASES)
def test_no_contrast_no_change(kind: str, side: Side | None) -> None:
    assert np.array_equal(ill(kind, side, contrast=0.0).grey, normal()[0])


@pytest.mark.parametrize("kind", ["nodule", "pneumothorax", "pleural effusion"])
def test_more_contrast_shows_more(kind: str) -> None:
    shown = [
        float(np.abs(change(made)[made.mask]).mean())
        for made in (ill(kind, "left", contrast) for contrast in (0.3, 0.6, 1.0))
    ]
    assert shown[0] < shown[1] < shown[2]


@pytest.mark.parametrize("kind", KINDS)
def test_drawn_lesions_repeat_with_the_seed(kind: str) -> None:
    grey, lungs = normal()
    first, again, other = (
        draw_composite(grey, lungs, kind, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert kind in BY_NAME
    assert np.array_equal(first.grey, again.grey) and np.array_equal(first.mask, again.mask)
    assert (first.size_mm, first.contrast) == (again.size_mm, again.contrast)
    assert not np.array_equal(first.grey, other.grey)


@pytest.mark.parametrize("kind", KINDS)
def test_plain_lesions_have_a_mask_and_show(kind: str) -> None:
    grey, lungs = normal()
    for seed in range(4):
        made = draw_composite(grey, lungs, kind, np.random.default_rng(seed), plain=True)
        assert made.mask.sum() > 20
        assert np.abs(change(made)[made.mask]).mean() > 0.02
        if made.laterality:
            centre = np.nonzero(made.mask)[1].mean()
            assert (centre > grey.shape[1] / 2) is np.True_ or made.laterality == "right"
            assert (centre < grey.shape[1] / 2) is np.True_ or made.laterality == "left"


@pytest.mark.parametrize("side", SIDES)
def test_an_effusion_lies_at_the_base(side: Side) -> None:
    lungs = normal()[1]
    own = lungs.left if side == "left" else lungs.right
    rows = np.nonzero(own)[0]
    made = ill("pleural effusion", side)
    assert np.nonzero(made.mask)[0].mean() > np.quantile(rows, 0.7)
    upper = own.copy()
    upper[int(np.quantile(rows, 0.3)) :] = False
    assert np.abs(change(made)[upper]).mean() < 0.01


def test_air_lies_between_wall_and_pleural_line() -> None:
    lungs = normal()[1]
    mask = ill("pneumothorax", "right").mask
    rows, columns = np.nonzero(lungs.right)
    level = int(np.quantile(rows, 0.45))
    lung, air = np.nonzero(lungs.right[level])[0], np.nonzero(mask[level])[0]
    assert air[0] - lung[0] <= 2
    assert 22.0 < (air[-1] - air[0]) * lungs.mm_per_pixel < 50.0
    assert mask[rows.min() + 3, int(columns[rows == rows.min() + 3].mean())]


def test_a_nodule_stands_where_it_was_put() -> None:
    grey, lungs = normal()
    place = tuple(float(axis.mean()) for axis in np.nonzero(lungs.left))
    made = composite(
        *(grey, lungs, "nodule", np.random.default_rng(0)),
        side="left",
        size_mm=20.0,
        place=(place[0], place[1]),
    )
    centre = [axis.mean() for axis in np.nonzero(made.mask)]
    assert centre == pytest.approx(place, abs=1.5)
    across = np.sqrt(4 * made.mask.sum() / np.pi) * lungs.mm_per_pixel
    assert across == pytest.approx(20.0, rel=0.2)


@pytest.mark.parametrize(
    ("kind", "side", "contrast", "match"),
    [
        ("cardiomegaly", "left", 1.0, "cardiomegaly"),
        ("edema", "left", 1.0, "side"),
        ("nodule", None, 1.0, "side"),
        ("nodule", "left", 1.5, "contrast"),
    ],
)
def test_what_makes_no_sense_is_refused(
    kind: str, side: Side | None, contrast: float, match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        ill(kind, side, contrast)


def test_masks_of_another_film_are_refused() -> None:
    grey, lungs = normal()
    with pytest.raises(ValueError, match="shape"):
        draw_composite(grey[:-1], lungs, "nodule", np.random.default_rng(0))


def logit(pixels: np.ndarray) -> np.ndarray:
    share = np.clip(pixels / 4095, 0.01, 0.99)
    return np.asarray(np.log(share / (1 - share)))


def test_gain_and_latitude_are_those_of_the_phantom() -> None:
    nodule = Nodule("right", 20.0)
    gains, latitudes = [], []
    for seed in (1, 3):
        well, sick = make_film(seed, rows=ROWS), make_film(seed, "PA", (nodule,), rows=ROWS)
        view = make_view(sick.thorax, ROWS)
        path = integrate(view, (nodule,), ROWS, view.columns, 14.0).lesions[0]
        mask: Mask = sick.masks["nodule"]
        added = (MUSCLE - LUNG * sick.thorax.lung_density) * path[mask]
        tone = logit(well.pixels)
        gains.append(np.median((logit(sick.pixels) - tone)[mask] / added))
        rows = np.nonzero(well.lungs.any(axis=1))[0]
        middle = well.lungs.shape[1] // 2
        between = tone[rows[0] + len(rows) // 4 : rows[-1], middle - 6 : middle + 6]
        latitudes.append(np.median(between) - np.median(tone[well.lungs & ~well.heart]))
    assert np.median(gains) == pytest.approx(PHANTOM_GAIN, rel=0.15)
    assert np.median(latitudes) == pytest.approx(PHANTOM_LATITUDE, rel=0.15)
