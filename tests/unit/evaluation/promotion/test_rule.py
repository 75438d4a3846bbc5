"""The rule of promotion on made numbers: what is accepted, lost, and underpowered."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.promotion.paired import Compared, figures_alone, finding_figures
from core.evaluation.promotion.rule import (
    FEWEST,
    LEAST,
    MARGIN,
    MOST_MARGIN,
    FindingFigures,
    Outcome,
    Rule,
    overall,
)

NAME = "pneumothorax"


def films(positives: int, negatives: int, **changes: int) -> Compared:
    """Two versions alike, but that the new one misses, finds or invents so many more."""
    labels = np.arange(positives + negatives) < positives
    old, new = labels.copy(), labels.copy()
    old[: changes.get("found", 0)] = False
    new[positives - changes.get("missed", 0) : positives] = False
    new[len(new) - changes.get("invented", 0) :] = True
    rng = np.random.default_rng(0)
    scores = tuple(call + rng.normal(0, 0.3, len(labels)) for call in (old, new))
    patients = np.array([f"p{n}" for n in range(len(labels))])
    return Compared(labels, old, new, patients, (scores[0], scores[1]))


def judged(name: str = NAME, rule: Rule | None = None, **made: int) -> FindingFigures:
    compared = films(made.pop("positives", 90), made.pop("negatives", 200), **made)
    return finding_figures(name, compared, rule or Rule())


def test_alike_on_enough_patients_is_accepted() -> None:
    found = judged()
    assert found.outcome is Outcome.ACCEPTED
    difference = found.figures["sensitivity"].difference
    assert difference is not None and difference.value == 0
    assert difference.low == pytest.approx(-0.0409, abs=1e-3), "Wilson, no loss among 90"


def test_alike_on_few_patients_is_no_proof() -> None:
    assert judged(positives=60).outcome is Outcome.UNDERPOWERED
    assert judged(positives=74).outcome is Outcome.ACCEPTED
    assert judged(positives=LEAST - 1).outcome is Outcome.UNDERPOWERED
    assert judged(negatives=LEAST - 1).outcome is Outcome.UNDERPOWERED


def test_a_loss_is_lost() -> None:
    assert judged(missed=30).outcome is Outcome.LOST
    assert judged(invented=60).outcome is Outcome.LOST


def test_a_gain_is_accepted_and_a_small_loss_is_open() -> None:
    assert judged(found=40).outcome is Outcome.ACCEPTED
    assert judged(missed=3).outcome is Outcome.UNDERPOWERED


def test_where_neither_finds_anything_nothing_was_shown() -> None:
    both = films(90, 200, found=90, missed=90)
    calls = Compared(both.labels, both.old, both.new, both.patients)
    assert finding_figures(NAME, calls, Rule()).outcome is Outcome.UNDERPOWERED
    assert judged(found=90).outcome is Outcome.ACCEPTED, "what never found it is easily followed"
    assert judged(found=90, invented=60).outcome is Outcome.LOST


def test_a_wider_margin_and_more_positives_decide_otherwise() -> None:
    assert judged(positives=60, rule=Rule(0.10)).outcome is Outcome.ACCEPTED
    assert judged(rule=Rule(least=100)).outcome is Outcome.UNDERPOWERED
    assert Rule().strict and Rule(MOST_MARGIN, FEWEST).strict and Rule().margin == MARGIN
    assert not Rule(0.11).strict and not Rule(least=FEWEST - 1).strict and not Rule(0.0).strict


def test_films_of_one_patient_are_one_witness() -> None:
    many = films(90, 200)
    one = np.array([f"p{n // 30}" for n in range(290)])
    alike = Compared(many.labels, many.old, many.new, one, many.scores)
    assert finding_figures(NAME, alike, Rule()).outcome is Outcome.UNDERPOWERED


def test_a_swap_within_one_patient_is_no_certainty() -> None:
    """30 positive films of 2 patients, one gained and one lost of the same patient."""
    labels = np.arange(230) < 30
    old, new = labels.copy(), labels.copy()
    old[0] = new[1] = False
    patients = np.array([f"p{n % 2}" if n < 30 else f"p{n}" for n in range(230)])
    patients[:2] = "p0"
    found = finding_figures(NAME, Compared(labels, old, new, patients), Rule())
    difference = found.figures["sensitivity"].difference
    assert difference is not None and difference.value == 0 and difference.low < -0.5
    assert found.patients == 2 and found.patients_without == 200
    assert found.outcome is Outcome.UNDERPOWERED


def test_patients_count_and_not_films() -> None:
    many = films(90, 200)
    for side in (many.labels, ~many.labels):
        patients = many.patients.copy()
        patients[side] = np.array([f"q{n % (LEAST - 1)}" for n in range(side.sum())])
        few = Compared(many.labels, many.old, many.new, patients)
        found = finding_figures(NAME, few, Rule(MOST_MARGIN))
        assert min(found.patients, found.patients_without) == LEAST - 1
        assert found.outcome is Outcome.UNDERPOWERED


def test_without_the_finding_as_many_patients_are_asked_for() -> None:
    assert judged(negatives=73).outcome is Outcome.UNDERPOWERED
    assert judged(negatives=74).outcome is Outcome.ACCEPTED


def test_what_only_the_new_version_reads_is_judged() -> None:
    found = figures_alone(NAME, films(90, 200), Rule())
    assert found.outcome is Outcome.UNDERPOWERED
    pair = found.figures["sensitivity"]
    assert pair.old is None and pair.new is not None and pair.difference is None
    assert figures_alone("hernia", films(90, 200), Rule()).outcome is None


def test_a_finding_that_is_not_critical_is_measured_and_not_judged() -> None:
    found = judged("hernia", missed=80)
    assert found.outcome is None and found.figures["sensitivity"].difference is not None


def test_the_worst_critical_finding_decides() -> None:
    good, open_, bad = judged(), judged(positives=60), judged(missed=30)
    assert overall({"nodule": good}) is Outcome.ACCEPTED
    assert overall({"nodule": good, "mass": open_}) is Outcome.UNDERPOWERED
    assert overall({"nodule": good, "mass": open_, NAME: bad}) is Outcome.LOST
    assert overall({"hernia": judged("hernia")}) is Outcome.UNDERPOWERED, "nothing was shown"
    assert overall({}) is Outcome.UNDERPOWERED


def test_without_films_nothing_is_shown() -> None:
    found = judged(positives=0, negatives=0)
    assert found.outcome is Outcome.UNDERPOWERED and not found.figures


def test_texts_are_judged_without_a_ranking() -> None:
    both = films(90, 200, missed=30)
    calls = Compared(both.labels, both.old, both.new, both.patients)
    found = finding_figures(NAME, calls, Rule())
    assert found.outcome is Outcome.LOST and set(found.figures) == {"sensitivity", "specificity"}
