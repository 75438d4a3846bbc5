"""Drills: films with a drawn lesion, spread over sizes and contrasts, kept whole or not at all."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from core.domain.finding import Laterality
from core.domain.reader import Reader
from core.domain.teaching import Reference, TeachingCase
from core.domain.teaching_errors import CaseRefusedError
from core.imaging.phantom import drill_films
from core.imaging.phantom.drill_films import Background, draw, film_background
from core.imaging.radiograph import decode_pixels
from core.imaging.windowing import Pixels
from dashboard.services.teaching import drills
from dashboard.services.teaching.cases import cases
from dashboard.services.teaching.drills import DrillWish, make_drills
from dashboard.workspace import Workspace
from tests.teaching_cases import normal_case


@cache
def background() -> Background:
    """One phantom for all tests: making it takes most of their time."""
    return drill_films.phantom_background(7, rows=256)


@pytest.fixture(autouse=True)
def one_phantom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drills, "phantom_background", lambda _seed: background())


def wish(**changes: object) -> DrillWish:
    values = {
        "finding": "nodule", "count": 6, "normals": 2, "size_mm": (12.0, 24.0),
        "contrast": (0.4, 1.0), "behind_heart": False, "background": "phantom", "seed": 5,
    }  # fmt: skip
    return DrillWish(**{**values, **changes})  # type: ignore[arg-type]


def pixels_of(place: Workspace, case: TeachingCase) -> Pixels:
    film = case.film
    return decode_pixels(place.blobs.get(film.pixel_blob_digest), film.rows, film.columns)


def test_a_drill_spreads_sizes_and_contrasts_and_mixes_normals_in(
    place: Workspace, reader: Reader
) -> None:
    steps: list[tuple[int, int]] = []
    made = make_drills(place, wish(), lambda done, all_: steps.append((done, all_)), reader=reader)
    assert steps == [(n, 6) for n in range(7)]
    drawn = [case.drill for case in made if case.drill and case.drill.finding]
    assert sorted(each.size_mm for each in drawn) == pytest.approx([12, 16, 20, 24])
    assert sorted(each.contrast for each in drawn) == pytest.approx([0.4, 0.6, 0.8, 1.0])
    assert sum(case.normal for case in made) == 2
    assert all(case.drill and case.reference is Reference.PHANTOM for case in made)
    # The level is shown before the commit: it must not tell who is who.
    assert len({case.level for case in made}) == 1
    assert cases(place) == () and set(cases(place, drills=True)) == set(made)


def test_the_region_is_where_the_film_was_changed(place: Workspace, reader: Reader) -> None:
    made = make_drills(place, wish(contrast=(1.0, 1.0)), lambda *_: None, reader=reader)
    bare = np.rint(background().grey * 4095).astype(np.int32)
    for case in made:
        changed = np.abs(pixels_of(place, case).astype(np.int32) - bare) > 40
        if case.normal:
            assert not changed.any() and case.regions == ()
            continue
        (region,) = case.regions
        drawn = np.zeros(bare.shape, np.uint8)
        cv2.fillPoly(drawn, [np.round(np.array(region.outline)).astype(np.int32)], 1)
        assert changed[drawn > 0].mean() > 0.6
        assert not changed[cv2.dilate(drawn, np.ones((9, 9), np.uint8)) == 0].any()
        (finding,) = (each for each in case.findings if each.present)
        middle = np.array(region.outline).mean(axis=0)[0] / case.film.columns
        assert finding.laterality is (Laterality.LEFT if middle > 0.5 else Laterality.RIGHT)


def test_behind_the_heart_is_in_its_shadow(place: Workspace, reader: Reader) -> None:
    rng = np.random.default_rng(1)
    heart = background().heart
    for _ in range(4):
        drawn = draw(background(), "nodule", 14.0, 1.0, rng, behind_heart=True)
        assert heart[drawn.mask].mean() > 0.95 and drawn.laterality == "left"
    made = make_drills(place, wish(behind_heart=True), lambda *_: None, reader=reader)
    assert {case.drill.behind_heart for case in made if case.drill and not case.normal} == {True}


def test_every_kind_can_be_drawn() -> None:
    rng = np.random.default_rng(2)
    for kind, (least, most) in drill_films.kinds().items():
        drawn = draw(background(), kind, 0.5 * (least + most), 1.0, rng)
        assert drawn.mask.any() and (drawn.laterality is None) == (kind == "edema")


def test_the_same_seed_draws_the_same_films(place: Workspace, reader: Reader) -> None:
    first, second = (make_drills(place, wish(), lambda *_: None, reader=reader) for _ in "ab")
    digests = [[case.film.pixel_blob_digest for case in made] for made in (first, second)]
    assert digests[0] == digests[1]
    assert len({case.film.key for case in (*first, *second)}) == 12


def test_lesions_are_drawn_into_normal_films_of_cases(
    place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CaseRefusedError, match="no teaching case is a normal film"):
        make_drills(place, wish(background="film"), lambda *_: None, reader=reader)
    normal_case(place)
    # The made film of the tests is an oval, in which nobody finds lungs.
    with pytest.raises(CaseRefusedError, match="both lungs"):
        make_drills(place, wish(background="film"), lambda *_: None, reader=reader)
    monkeypatch.setattr(drills, "film_background", lambda *_: background())
    made = make_drills(place, wish(background="film"), lambda *_: None, reader=reader)
    assert {case.drill.background for case in made if case.drill} == {"film"}


def test_a_film_is_reduced_and_keeps_its_scale() -> None:
    grey = cv2.resize(background().grey, None, fx=5.0, fy=5.0)
    found = film_background(np.asarray(grey, np.float32), (0.3, 0.3))
    assert found is not None
    assert found.grey.shape[0] == 1024
    assert found.spacing_mm == pytest.approx((0.375, 0.375))
    assert found.heart.any() and not (found.heart & found.lungs.both).any()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"finding": "hernia"}, "cannot be drawn"),
        ({"count": 0}, "1 to 60"),
        ({"count": 61}, "1 to 60"),
        ({"normals": 7}, "without a lesion"),
        ({"size_mm": (3.0, 20.0)}, "sizes of nodule"),
        ({"size_mm": (20.0, 10.0)}, "sizes of nodule"),
        ({"contrast": (0.0, 1.0)}, "contrasts"),
        ({"finding": "edema", "size_mm": (70.0, 90.0), "behind_heart": True}, "behind the heart"),
        ({"finding": "mass", "size_mm": (75.0, 75.0), "behind_heart": True}, "no room"),
        ({"background": "x"}, "no such background"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    place: Workspace, reader: Reader, changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(CaseRefusedError, match=reason):
        make_drills(place, wish(**changes), lambda *_: None, reader=reader)
    assert cases(place, drills=True) == ()
