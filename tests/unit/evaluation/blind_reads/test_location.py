"""Marks against regions: hits, distances, and clicks that hit nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.teaching import Mark, Region, TrueFinding
from core.evaluation.blind_reads.location import locate
from tests.unit.evaluation.blind_reads.made import EFFUSION, PRESENT, SQUARE, case_of

CASE = case_of(PRESENT, regions=[Region(EFFUSION, SQUARE)])
CRESCENT = ((0.0, 0.0), (10.0, 0.0), (10.0, 60.0), (60.0, 60.0), (60.0, 70.0), (0.0, 70.0))


@pytest.mark.parametrize(
    ("mark", "hit", "distance"),
    [
        (Mark(EFFUSION, 20, 20), True, 0.0),
        (Mark(EFFUSION, 30, 30), True, 0.0),  # on the outline
        (Mark(EFFUSION, 40, 20), False, 5.0),  # 10 columns of 0.5 mm
        (Mark(EFFUSION, 20, 40), False, 20.0),  # 10 rows of 2 mm
        (Mark(EFFUSION, 15, 15, 10, 10), True, 0.0),  # centre inside
        (Mark(EFFUSION, 0, 0, 100, 100), False, 41.23),  # the whole film points at nothing
        (Mark(EFFUSION, 31, 10, 20, 20), False, 5.5),
        (Mark("pneumothorax", 20, 20), False, None),
    ],
)
def test_a_mark_hits_what_it_points_at(mark: Mark, hit: bool, distance: float | None) -> None:
    found = locate(CASE, [mark])
    assert (found.marks[0].hit, found.marks[0].distance) == (hit, distance)
    judged = mark.finding == EFFUSION  # of a pneumothorax the reference says nothing
    false = int(judged and not hit)
    assert (found.located, found.locatable, found.false_marks) == (int(hit), 1, false)


def test_without_spacing_distances_are_pixels() -> None:
    case = case_of(PRESENT, regions=[Region(EFFUSION, SQUARE)], spacing_mm=None)
    (mark,) = locate(case, [Mark(EFFUSION, 20, 40)]).marks
    assert (mark.distance, mark.in_mm) == (10.0, False)


def test_a_box_around_a_crescent_hits_it_though_its_centre_does_not() -> None:
    case = case_of(PRESENT, regions=[Region(EFFUSION, CRESCENT)])
    assert locate(case, [Mark(EFFUSION, 2, 2, 55, 65)]).located == 1
    assert locate(case, [Mark(EFFUSION, 30, 30)]).located == 0


def test_several_marks_in_one_region_count_once_and_cost_nothing() -> None:
    found = locate(CASE, [Mark(EFFUSION, 20, 20), Mark(EFFUSION, 21, 21), Mark(EFFUSION, 90, 90)])
    assert (found.located, found.false_marks) == (1, 1)


def test_a_broader_word_may_point_at_the_region() -> None:
    truth = TrueFinding("consolidation", True)
    case = case_of(truth, regions=[Region("consolidation", SQUARE)])
    assert locate(case, [Mark("lung opacity", 20, 20)]).located == 1


def test_where_the_case_draws_no_region_a_mark_is_not_judged() -> None:
    case = case_of(PRESENT, TrueFinding("nodule", False))
    found = locate(case, [Mark(EFFUSION, 20, 20), Mark("nodule", 20, 20)])
    assert [mark.distance for mark in found.marks] == [None, None]
    assert (found.locatable, found.false_marks) == (0, 1)


@given(st.floats(0, 100), st.floats(0, 100))
def test_a_click_is_at_a_distance_exactly_where_it_misses(x: float, y: float) -> None:
    (mark,) = locate(CASE, [Mark(EFFUSION, x, y)]).marks
    assert mark.distance is not None and mark.distance >= 0
    assert mark.hit <= (mark.distance == 0)
    assert mark.hit == (10 <= x <= 30 and 10 <= y <= 30) or mark.distance < 0.01
