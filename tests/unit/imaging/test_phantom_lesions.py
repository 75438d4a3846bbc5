"""Every lesion that the thorax phantom can be given, its shadow and its mask."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from core.findings.vocabulary import BY_NAME
from core.imaging.phantom.film import PhantomFilm, make_film
from core.imaging.phantom.lesions import (
    Atelectasis,
    Consolidation,
    Edema,
    Lesion,
    Mass,
    Nodule,
    PleuralEffusion,
    Pneumothorax,
    Side,
    Zone,
)
from core.imaging.phantom.random_lesions import KINDS, draw_lesions

ROWS = 192
SIDES: tuple[Side, ...] = ("left", "right")
PTX = "pneumothorax"


@lru_cache(maxsize=32)
def exposed(seed: int, lesions: tuple[Lesion, ...]) -> PhantomFilm:
    return make_film(seed, "PA", lesions, rows=ROWS)


def film(seed: int, *lesions: Lesion) -> PhantomFilm:
    return exposed(seed, lesions)


def change(seed: int, *lesions: Lesion) -> np.ndarray:
    return film(seed, *lesions).pixels.astype(float) - film(seed).pixels


def of_side(mask: np.ndarray) -> str:
    return "left" if np.nonzero(mask)[1].mean() > mask.shape[1] / 2 else "right"


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("kind", "brighter"),
    [(Pneumothorax, False), (Atelectasis, True), (Nodule, True), (Mass, True)],
)
def test_a_lesion_lies_on_its_side_and_shows(
    side: Side, kind: type[Pneumothorax], brighter: bool
) -> None:
    lesion = kind(side)
    ill = film(1, lesion)
    mask = ill.masks[lesion.finding]
    assert ill.findings == ((lesion.finding, side),)
    assert of_side(mask) == side
    assert (mask & ~ill.lungs).sum() < 0.1 * mask.sum()
    shown = np.median(change(1, lesion)[mask & ill.lungs])
    assert shown > 60 if brighter else shown < -60


def test_air_lies_along_the_wall_and_at_the_apex() -> None:
    ill = film(1, Pneumothorax("right", 30.0))
    mask = ill.masks[PTX]
    rows, columns = np.nonzero(mask)
    lung = np.nonzero(ill.lungs[:, : mask.shape[1] // 2])
    assert rows.min() <= lung[0].min() + 4
    assert columns.min() <= lung[1].min() + 4
    assert not mask[int(np.quantile(lung[0], 0.8)), int(np.quantile(lung[1], 0.8))]


def test_no_vessel_runs_beyond_the_pleural_line() -> None:
    air = Pneumothorax("right", 40.0)
    x, y, z = (np.array([[value]]) for value in (-118.0, 0.0, -20.0))
    assert float(air.fill(film(1, air).thorax, x, y, z).item()) == pytest.approx(1.0)


def test_a_deeper_pneumothorax_is_a_larger_one() -> None:
    areas = [film(1, Pneumothorax("left", mm)).masks[PTX].sum() for mm in (12.0, 30.0, 60.0)]
    assert areas[0] < areas[1] < areas[2]


@pytest.mark.parametrize("side", SIDES)
def test_atelectasis_lifts_the_diaphragm_of_its_side(side: Side) -> None:
    plate = Atelectasis(side, elevation_mm=15.0)
    lost = film(2).lungs.sum() - film(2, plate).lungs.sum()
    thorax = film(2, plate).thorax
    before = film(2).thorax
    assert lost > 0
    raised = (
        thorax.dome_left_mm - before.dome_left_mm,
        thorax.dome_right_mm - before.dome_right_mm,
    )
    assert raised == pytest.approx((15.0, 0.0) if side == "left" else (0.0, 15.0))


def test_atelectasis_is_a_band_of_its_size() -> None:
    made = film(2, Atelectasis("right", thickness_mm=9.0, length_mm=80.0))
    rows, columns = np.nonzero(made.masks["atelectasis"])
    length = np.hypot(np.ptp(rows), np.ptp(columns)) * made.spacing_mm[0]
    assert 60.0 < length < 105.0
    thick = made.masks["atelectasis"].sum() * made.spacing_mm[0] ** 2 / length
    assert 5.0 < thick < 15.0


def test_edema_is_perihilar_on_both_sides_and_without_side() -> None:
    ill = film(1, Edema(0.25))
    mask = ill.masks["edema"]
    half = mask.shape[1] // 2
    assert ill.findings == (("edema", None),)
    assert 0.6 < mask[:, :half].sum() / mask[:, half:].sum() < 1.7
    grey = change(1, Edema(0.25))
    assert grey[mask].mean() > 150
    mantle = ill.lungs & ~mask
    assert grey[mantle].mean() < 0.4 * grey[mask].mean()


@pytest.mark.parametrize("zone", ["upper", "middle", "lower"])
def test_a_nodule_is_round_and_as_wide_as_asked(zone: Zone) -> None:
    made = film(3, Nodule("right", 28.0, zone))
    rows, columns = np.nonzero(made.masks["nodule"])
    spacing = made.spacing_mm[0]
    width, height = (np.ptp(axis) * spacing for axis in (columns, rows))
    assert 22.0 < width < 38.0 and 22.0 < height < 38.0
    assert (made.masks["nodule"] & ~made.lungs).sum() == 0


def test_what_is_wider_than_30_mm_is_a_mass() -> None:
    with pytest.raises(ValueError, match="mass"):
        Nodule("left", 31.0)
    with pytest.raises(ValueError, match="30 mm"):
        Mass("left", 30.0)
    assert film(3, Mass("left", 40.0)).findings == (("mass", "left"),)


@pytest.mark.parametrize("lesion", [Nodule("left", 20.0), Atelectasis("left", elevation_mm=0.0)])
def test_the_other_lung_stays_as_it_was(lesion: Lesion) -> None:
    half = film(4).pixels.shape[1] // 2
    lungs = film(4).lungs[:, : half - 20]
    assert np.abs(change(4, lesion)[:, : half - 20][lungs]).mean() < 40


def test_fluid_and_air_share_one_pleural_space() -> None:
    parts = (Consolidation("right"), PleuralEffusion("left"), Pneumothorax("left"))
    made = film(5, *parts)
    assert set(made.masks) == {"consolidation", "pleural effusion", PTX}
    assert made.findings[0] == ("consolidation", "right")
    air, fluid = (np.nonzero(made.masks[name])[0].mean() for name in (PTX, "pleural effusion"))
    assert air < fluid


def test_lungs_and_heart_lie_where_they_should() -> None:
    made = film(1)
    grey = made.pixels.astype(float)
    assert grey[made.lungs & ~made.heart].mean() < 0.6 * grey[made.heart].mean()
    assert made.lungs.shape == made.heart.shape == made.pixels.shape
    assert of_side(made.heart) == "left"


@pytest.mark.parametrize("kind", KINDS)
def test_drawn_lesions_are_of_the_kind_and_repeat(kind: str) -> None:
    first = draw_lesions(np.random.default_rng(1), kind)
    assert first == draw_lesions(np.random.default_rng(1), kind)
    assert {lesion.finding for lesion in first} == {kind} <= set(BY_NAME)


def test_any_kinds_up_to_three_are_drawn() -> None:
    rng = np.random.default_rng(0)
    drawn = [{lesion.finding for lesion in draw_lesions(rng, None)} for _ in range(200)]
    assert {len(kinds) for kinds in drawn} == {0, 1, 2, 3}
    assert set().union(*drawn) == set(KINDS)


def test_the_phantom_says_what_it_has_not() -> None:
    with pytest.raises(ValueError, match="hernia"):
        draw_lesions(np.random.default_rng(0), "hernia")


@pytest.mark.parametrize("kind", KINDS)
def test_plain_lesions_show_on_a_small_film(kind: str) -> None:
    lesions = draw_lesions(np.random.default_rng(8), kind, plain=True)
    mask = film(6, *lesions).masks[kind]
    assert mask.sum() > 30
    assert np.abs(change(6, *lesions)[mask]).mean() > 80
