"""The tooltip of a number says what it was measured on, from the figures alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.domain.finding import Certainty, Finding
from core.models.measured import Measured
from dashboard.components.findings_tooltip import tooltip

ENTRY: dict[str, Any] = {
    "positives": 20,
    "negatives": 132,
    "auroc": {"value": 0.73, "low": 0.59, "high": 0.85, "cases": 20},
    "certainties": {
        "val": {
            "present": {"had": 5, "films": 8},
            "uncertain": {"had": 4, "films": 30},
            "absent": {"had": 11, "films": 114},
        }
    },
}


def measured(entry: dict[str, Any]) -> Measured:
    return cast(Measured, SimpleNamespace(document={"findings": {"mass": entry}}))


def finding(certainty: Certainty, probability: float | None = 0.42) -> Finding:
    return Finding("mass", 0.61, 0.5, certainty, probability, 0.1, 0.2)


def test_a_finding_of_a_text_alone_has_no_number_to_explain() -> None:
    stated = Finding("mass", None, None, Certainty.PRESENT)
    assert tooltip(stated, measured(ENTRY)) == "Stated by the text alone: no model scored it."


def test_a_probability_names_its_point_its_films_and_what_present_meant() -> None:
    assert tooltip(finding(Certainty.PRESENT), measured(ENTRY)) == (
        "Probability 0.42 at a prevalence of 0.10; uncertain from 0.20, present from 0.50. "
        "Measured on 152 films of unseen NIH patients, 20 of them positive. "
        "AUROC 0.73 (95 % interval 0.59 to 0.85). "
        "Of the films called present, 5 in 8 had it."
    )


@pytest.mark.parametrize(
    ("certainty", "first"),
    [(Certainty.UNCERTAIN, "called uncertain, 4 in 30"), (Certainty.ABSENT, "absent, 11 in 114")],
)
def test_another_certainty_says_what_it_meant_before_present(
    certainty: Certainty, first: str
) -> None:
    words = tooltip(finding(certainty), measured(ENTRY))
    assert first in words and words.endswith("Of the films called present, 5 in 8 had it.")


def test_a_score_says_that_it_is_one() -> None:
    words = tooltip(finding(Certainty.UNCERTAIN, None), measured(ENTRY))
    said = (
        "Score 0.61, not calibrated; uncertain from 0.20, present from 0.50. Measured on 152 films"
    )
    assert words.startswith(said)


def test_a_number_does_not_read_as_the_point_that_it_misses() -> None:
    words = tooltip(finding(Certainty.UNCERTAIN, 0.4981), None)
    assert words.startswith("Probability 0.498 at a prevalence of 0.10; uncertain from 0.200, ")
    assert "present from 0.500." in words


def test_a_finding_that_is_never_uncertain_has_one_point() -> None:
    one = Finding("no finding", 0.61, 0.5398, Certainty.PRESENT, 0.6, 0.4, 0.5398)
    assert "prevalence of 0.40; present from 0.54. Not measured." in tooltip(one, None)


def test_what_was_not_measured_is_not_claimed() -> None:
    for known in (None, measured({}), measured({"positives": 0, "negatives": 0})):
        words = tooltip(finding(Certainty.PRESENT), known)
        assert words.endswith("present from 0.50. Not measured.")
    few = {**ENTRY, "auroc": None, "certainties": {"val": None}}
    words = tooltip(finding(Certainty.PRESENT), measured(few))
    assert words.endswith("unseen NIH patients, 20 of them positive.")


def test_a_certainty_that_no_measured_film_had_says_so() -> None:
    said = ENTRY["certainties"]
    none = {**ENTRY, "certainties": {"val": {**said["val"], "present": {"had": 0, "films": 0}}}}
    words = tooltip(finding(Certainty.PRESENT), measured(none))
    assert words.endswith("None of these films was called present.")
    words = tooltip(finding(Certainty.UNCERTAIN), measured(none))
    assert words.endswith("called uncertain, 4 in 30 had it.")


def test_few_positives_have_no_auroc() -> None:
    words = tooltip(finding(Certainty.ABSENT), measured({**ENTRY, "positives": 4}))
    assert "Measured on 136 films of unseen NIH patients, 4 of them positive: too few" in words
    assert "AUROC" not in words
