"""A draft says what was scored and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.domain.draft import DraftSentence
from core.domain.finding import Certainty, Finding, Laterality
from core.domain.study import Projection
from core.findings.vocabulary import CARDIOMEGALY, URGENCY
from core.models.base import Interval
from core.reporting.drafting import compose
from core.reporting.wording import technique
from tests.unit.reporting.drafting.drafts import HIGH, WORDED, codes, draft, finding, study


@pytest.mark.parametrize(
    ("drafted", "in_findings", "in_impression"),
    [
        (finding("pleural effusion"), "There is a [side] pleural effusion.",
         "[side] pleural effusion."),
        (finding("pleural effusion", side=Laterality.LEFT),
         "There is a left pleural effusion.", "Left pleural effusion."),
        (finding("pleural effusion", side=Laterality.BILATERAL),
         "There are bilateral pleural effusions.", "Bilateral pleural effusions."),
        (finding("atelectasis", side=Laterality.BILATERAL),
         "There is bilateral atelectasis.", "Bilateral atelectasis."),
        (finding("nodule", Certainty.UNCERTAIN), "Possible [side] nodule.",
         "Possible [side] nodule."),
        (replace(finding("edema", Certainty.UNCERTAIN), probability=0.5),
         "Likely pulmonary edema.", "Likely pulmonary edema."),
        (replace(finding("edema", Certainty.UNCERTAIN), probability=0.49),
         "Possible pulmonary edema.", "Possible pulmonary edema."),
        (finding("edema"), "There is pulmonary edema.", "Pulmonary edema."),
        (finding(CARDIOMEGALY, Certainty.UNCERTAIN), "Possible cardiomegaly.",
         "Possible cardiomegaly."),
    ],
)  # fmt: skip
def test_templates(drafted: Finding, in_findings: str, in_impression: str) -> None:
    sentences, sections, _ = draft([drafted])
    assert sentences == (
        DraftSentence(in_findings, "findings", (drafted.name,), 7),
        DraftSentence(in_impression, "impression", (drafted.name,), 7),
    )
    assert (sections.findings, sections.impression) == (in_findings, in_impression)


def test_impression_ranks_certainty_then_urgency() -> None:
    names = ["pneumothorax", "edema", CARDIOMEGALY, "hernia"]
    found = [finding("pneumothorax", Certainty.UNCERTAIN), *map(finding, names[1:])]
    _, sections, _ = draft(found)
    assert sections.impression.splitlines() == [
        "Pulmonary edema.",
        "Cardiomegaly.",
        "Diaphragmatic hernia.",
        "Possible [side] pneumothorax.",
    ]


def test_urgency_names_every_worded_term_once() -> None:
    assert sorted(URGENCY) == sorted(WORDED)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, ""),
        ({"sensitivity_uncertain": HIGH}, "No pleural effusion or pneumothorax."),
        ({"sensitivity": HIGH}, ""),
        ({"sensitivity_uncertain": Interval(0.95, 0.89, 0.99, 60)}, ""),
        ({"sensitivity_uncertain": Interval(0.95, 0.93, 0.99, 29)}, ""),
        ({"sensitivity_uncertain": HIGH, "positives": 29}, ""),
    ],
)
def test_a_negative_is_earned(changes: Any, text: str) -> None:
    found = [finding(name, Certainty.ABSENT) for name in ("pleural effusion", "pneumothorax")]
    sentences, sections, warnings = draft(found, **changes)
    assert sections.findings == text
    assert sections.impression == ""
    assert [each.findings for each in sentences] == (
        [("pleural effusion", "pneumothorax")] if text else []
    )
    assert codes(warnings) == ["nothing_above_operating_point"]


def test_no_negative_denies_what_a_narrower_finding_states() -> None:
    found = [finding("consolidation"), finding("lung opacity", Certainty.ABSENT)]
    _, sections, _ = draft(found, sensitivity_uncertain=HIGH)
    assert sections.findings == "There is [side] consolidation."


@pytest.mark.parametrize(
    ("films", "denied"),
    [((Projection.PA, Projection.LATERAL), True), ((Projection.AP,), False),
     ((Projection.PA, Projection.AP), False)],
)  # fmt: skip
def test_heart_size_is_denied_on_pa_only(films: tuple[Projection, ...], denied: bool) -> None:
    absent = [finding(CARDIOMEGALY, Certainty.ABSENT)]
    _, sections, _ = draft(absent, films=films, sensitivity_uncertain=HIGH)
    assert sections.findings == ("No cardiomegaly." if denied else "")


def test_dictated_by_region_with_negatives_at_the_end_of_each() -> None:
    found = [
        finding("nodule"),
        finding("edema", Certainty.ABSENT),
        finding("pneumothorax", Certainty.ABSENT),
        finding(CARDIOMEGALY),
    ]
    _, sections, _ = draft(found, sensitivity_uncertain=HIGH)
    assert sections.findings == (
        "There is a [side] nodule. No pulmonary edema. No pneumothorax. There is cardiomegaly."
    )


@pytest.mark.parametrize(
    ("films", "age", "expected"),
    [
        ((Projection.LATERAL,), "063Y", ["not_a_frontal_chest_film"]),
        ((), "063Y", ["not_a_frontal_chest_film"]),
        ((Projection.PA,), "015Y", ["under_16"]),
        ((Projection.PA,), "", ["age_unknown"]),
        ((Projection.UNKNOWN,), "063Y", ["projection_not_stated"]),
    ],
)
def test_who_gets_no_draft(films: tuple[Projection, ...], age: str, expected: list[str]) -> None:
    sentences, sections, warnings = draft([finding("nodule")], films=films, age=age)
    assert codes(warnings) == expected
    silent = bool({"under_16", "not_a_frontal_chest_film"} & set(expected))
    assert (sentences == (), sections.findings + sections.impression == "") == (silent, silent)
    assert sections.indication == "Cough."


def test_comparison_is_the_prior_or_none() -> None:
    _, alone, _ = compose([], {}, study=study(), films=[Projection.PA])
    _, followed, _ = compose([], {}, study=study(), films=[Projection.PA], prior="Film of 2025.")
    assert (alone.comparison, followed.comparison) == ("None available.", "Film of 2025.")


@pytest.mark.parametrize(
    ("films", "text"),
    [
        ("PA", "Frontal chest radiograph, PA projection."),
        ("AP AP", "Frontal chest radiograph, AP projection."),
        ("PA LATERAL", "PA and lateral chest radiographs."),
        ("LATERAL PA AP", "PA, AP and lateral chest radiographs."),
        ("UNKNOWN", "Chest radiograph, projection not stated."),
        ("LATERAL UNKNOWN", "Chest radiographs, lateral; one projection not stated."),
        ("LATERAL", "Lateral chest radiograph."),
        ("", ""),
    ],
)
def test_technique_from_projections_alone(films: str, text: str) -> None:
    assert technique([Projection(name) for name in films.split()]) == text


@pytest.mark.parametrize(
    ("kind", "side", "text"),
    [
        ("consolidation", Laterality.LEFT, "There is a left lung opacity consistent with "),
        ("nodule", Laterality.RIGHT, "There is a right lung opacity consistent with a "),
        ("mass", Laterality.BILATERAL, "There are bilateral lung opacities consistent with "),
    ],
)
def test_an_opacity_and_what_it_is_are_one_statement(kind, side, text):
    found = [finding(name, Certainty.PRESENT, side) for name in ("lung opacity", kind)]
    sentences, _, _ = draft(found)
    dictated = [each for each in sentences if each.section == "findings"]
    named = "masses" if side is Laterality.BILATERAL else kind
    assert [each.text for each in dictated] == [f"{text}{named}."]
    assert dictated[0].findings == ("lung opacity", kind)


def test_two_kinds_of_opacity_or_another_side_are_stated_apart():
    opacity = finding("lung opacity", Certainty.PRESENT, Laterality.LEFT)
    right = finding("mass", Certainty.PRESENT, Laterality.RIGHT)
    left = finding("nodule", Certainty.PRESENT, Laterality.LEFT)
    other = finding("consolidation", Certainty.PRESENT, Laterality.LEFT)
    open_sides = [finding(name, Certainty.PRESENT) for name in ("lung opacity", "mass")]
    for found in ([opacity, right], [opacity, left, other], open_sides):
        assert not any("consistent with" in each.text for each in draft(found)[0])
