"""Which findings the scores of a film earn: certainty, side, and whether they become words."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain.errors import DraftFailedError
from core.domain.finding import Certainty, Laterality
from core.domain.study import Projection
from core.findings.vocabulary import CARDIOMEGALY, TERMS
from core.models.base import FilmReading, Interval
from core.reporting.drafting import findings_from
from tests.unit.reporting.drafting.drafts import codes, draft, figures, read


@pytest.mark.parametrize(
    ("auroc", "positives", "drafted"),
    [
        (Interval(0.8, 0.51, 0.9, 10), 10, True),
        (Interval(0.8, 0.50, 0.9, 10), 10, False),
        (Interval(0.9, 0.80, 0.9, 9), 9, False),
        (None, 60, False),
    ],
)
def test_a_word_is_earned_by_figures_better_than_chance(
    auroc: Interval | None, positives: int, drafted: bool
) -> None:
    found = read({"nodule": 0.9}, auroc=auroc, positives=positives)["nodule"]
    assert found.certainty is (Certainty.PRESENT if drafted else Certainty.UNCERTAIN)
    assert found.drafted is drafted
    _, sections, warnings = draft([found], auroc=auroc, positives=positives)
    assert bool(sections.impression) is drafted
    assert ("scored_but_not_earned" in codes(warnings)) is not drafted


@pytest.mark.parametrize(
    ("score", "certainty"),
    [
        (0.5, Certainty.PRESENT),
        (0.49, Certainty.UNCERTAIN),
        (0.2, Certainty.UNCERTAIN),
        (0.19, Certainty.ABSENT),
    ],
)
def test_certainty_by_the_two_points(score: float, certainty: Certainty) -> None:
    found = read({"nodule": score})["nodule"]
    assert found.certainty is certainty
    assert found.drafted == (certainty is not Certainty.ABSENT)
    assert found.operating_point == 0.5
    assert (found.probability, found.prevalence) == (None, None)


def test_points_are_on_the_shown_scale() -> None:
    found = read({"nodule": 0.9}, probabilities={"nodule": 0.3}, calibrated=True)["nodule"]
    assert found.certainty is Certainty.UNCERTAIN
    assert (found.score, found.shown, found.prevalence) == (0.9, 0.3, 0.1)


def test_a_probability_without_calibration_is_not_shown() -> None:
    found = read({"nodule": 0.9}, probabilities={"nodule": 0.3})["nodule"]
    assert (found.certainty, found.shown) == (Certainty.PRESENT, 0.9)


@pytest.mark.parametrize(
    ("score", "changes"), [(float("nan"), {}), (float("inf"), {}), (0.9, {"calibrated": True})]
)
def test_a_missing_number_is_an_error_not_a_negative(score: float, changes: Any) -> None:
    with pytest.raises(DraftFailedError, match="nodule"):
        read({"nodule": score}, **changes)


def test_order_is_by_region_then_by_value() -> None:
    scores = {CARDIOMEGALY: 0.9, "pneumothorax": 0.7, "nodule": 0.1, "edema": 0.4, "hernia": 0.95}
    assert list(read(scores)) == ["edema", "nodule", "pneumothorax", "hernia", CARDIOMEGALY]


def test_unknown_findings_and_findings_without_figures_are_left_out() -> None:
    reading = FilmReading({"nodule": 0.9, "mass": 0.9, "gallstone": 0.9}, {}, {})
    measured = {"nodule": figures("nodule"), "gallstone": figures("gallstone")}
    found = findings_from(reading, measured, projection=Projection.PA, age=63)
    assert [each.name for each in found] == ["nodule"]


@pytest.mark.parametrize("name", [term.name for term in TERMS if not term.worded])
def test_diagnoses_are_scored_but_never_words(name: str) -> None:
    found = read({name: 0.99})
    assert found[name].certainty is Certainty.PRESENT
    assert not found[name].drafted
    sentences, _, warnings = draft(list(found.values()))
    assert (sentences, codes(warnings)) == ((), ["scored_but_not_worded"])


@pytest.mark.parametrize(
    ("projection", "drafted"),
    [(Projection.PA, True), (Projection.AP, False), (Projection.UNKNOWN, False)],
)
def test_heart_size_is_drafted_on_pa_only(projection: Projection, drafted: bool) -> None:
    found = read({CARDIOMEGALY: 0.9, "nodule": 0.9}, projection=projection)
    assert (found[CARDIOMEGALY].drafted, found["nodule"].drafted) == (drafted, True)
    _, sections, warnings = draft(list(found.values()), films=[projection])
    assert ("cardiomegaly" in sections.findings) == drafted
    assert ("heart_size_not_drafted" in codes(warnings)) != drafted


@pytest.mark.parametrize(("age", "drafted"), [(15, False), (16, True), (None, True)])
def test_age(age: int | None, drafted: bool) -> None:
    assert read({"nodule": 0.9}, age=age)["nodule"].drafted == drafted


@pytest.mark.parametrize(
    ("side_accuracy", "name", "side"),
    [
        (None, "nodule", None),
        (Interval(0.95, 0.899, 0.99, 80), "nodule", None),
        (Interval(0.95, 0.90, 0.99, 80), "nodule", Laterality.LEFT),
        (Interval(0.95, 0.90, 0.99, 80), CARDIOMEGALY, None),
    ],
)
def test_a_side_is_earned(
    side_accuracy: Interval | None, name: str, side: Laterality | None
) -> None:
    found = read({name: 0.9}, sides={name: Laterality.LEFT}, side_accuracy=side_accuracy)
    assert found[name].laterality is side
