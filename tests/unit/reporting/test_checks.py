"""Each open check opens in its situation, and only there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from core.domain.finding import Certainty, Finding, Laterality
from core.domain.report import Sections
from core.reporting.checks import SENTENCES, Check, open_checks

LEFT, RIGHT, BOTH = Laterality.LEFT, Laterality.RIGHT, Laterality.BILATERAL


def scored(
    name: str = "pleural effusion",
    certainty: Certainty = Certainty.PRESENT,
    side: Laterality | None = None,
    *,
    drafted: bool = True,
) -> Finding:
    return Finding(name, 0.9, 0.5, certainty, laterality=side, drafted=drafted)


def checks(
    findings_text: str,
    impression: str = "As above.",
    findings: Sequence[Finding] = (),
    *,
    has_prior: bool = False,
) -> tuple[Check, ...]:
    sections = Sections(findings=findings_text, impression=impression)
    return open_checks(sections, findings, has_prior=has_prior)


def ids(*arguments: Any, **keywords: bool) -> list[str]:
    return [check.id for check in checks(*arguments, **keywords)]


@pytest.mark.parametrize(
    ("text", "impression", "expected"),
    [
        ("", "", ["empty_report"]),
        (" \n", " . ", ["empty_report"]),
        ("Clear lungs.", "", ["empty_impression"]),
        ("", "No pneumothorax.", []),
        ("Clear lungs.", "Normal chest.", []),
        ("There is a [side] nodule.", "Nodule.", ["side_placeholder"]),
        ("Nodule.", "[ Side ] nodule.", ["side_placeholder"]),
        ("There is a left nodule.", "Left nodule.", []),
    ],
)
def test_the_text_alone(text: str, impression: str, expected: list[str]) -> None:
    assert ids(text, impression) == expected


@pytest.mark.parametrize(
    ("text", "impression", "blocking"),
    [("", "", [True]), ("[side] nodule.", "Nodule.", [True]), ("Clear.", "", [False])],
)
def test_blocking(text: str, impression: str, blocking: list[bool]) -> None:
    assert [check.blocking for check in checks(text, impression)] == blocking


@pytest.mark.parametrize(
    ("finding", "text", "expected"),
    [
        # mentioned, in any certainty
        (scored(), "There is an effusion.", []),
        (scored(), "Possible effusion.", []),
        # never mentioned
        (scored(), "Heart size is normal.", ["omission:pleural effusion"]),
        (scored(certainty=Certainty.UNCERTAIN), "Heart size is normal.", []),
        (scored(certainty=Certainty.ABSENT, drafted=False), "Heart size is normal.", []),
        (scored(drafted=False), "Heart size is normal.", []),
        (scored(), "No acute cardiopulmonary abnormality.", ["omission:pleural effusion"]),
        # a narrower finding states the broader one, not the other way round
        (scored("lung opacity"), "Left basal consolidation.", []),
        (scored("lung opacity"), "Possible pneumonia.", []),
        (scored("lung opacity"), "No consolidation.", ["omission:lung opacity"]),
        (scored("consolidation"), "Left basal opacity.", ["omission:consolidation"]),
        (scored("lung opacity"), "Atelectasis. Lungs are otherwise clear.", []),
        # denied
        (scored(), "No pleural effusion.", ["negation_conflict:pleural effusion"]),
        (scored("lung opacity"), "The lungs are clear.", ["negation_conflict:lung opacity"]),
        (scored("cardiomegaly"), "Heart size is normal.", ["negation_conflict:cardiomegaly"]),
        (scored(certainty=Certainty.UNCERTAIN), "No pleural effusion.", []),
        # denied on one side only
        (scored(side=LEFT), "No left effusion.", ["negation_conflict:pleural effusion"]),
        (scored(side=LEFT), "No right effusion.", ["omission:pleural effusion"]),
        (scored(), "No right effusion.", ["omission:pleural effusion"]),
        # sides
        (scored(side=LEFT), "Left effusion.", []),
        (scored(side=LEFT), "Effusion.", []),
        (scored(), "Left effusion.", []),
        (scored(side=LEFT), "Right effusion.", ["side_conflict:pleural effusion"]),
        (scored(side=LEFT), "Bilateral effusions.", ["side_conflict:pleural effusion"]),
        (scored(side=BOTH), "Right effusion and left effusion.", []),
        (scored(certainty=Certainty.UNCERTAIN, side=LEFT), "Right effusion.",
         ["side_conflict:pleural effusion"]),
    ],
)  # fmt: skip
def test_text_against_draft(finding: Finding, text: str, expected: list[str]) -> None:
    assert ids(text, "As above.", [finding]) == expected


@pytest.mark.parametrize(
    ("text", "has_prior", "expected"),
    [
        ("Unchanged cardiomegaly.", False, ["comparison_without_prior"]),
        ("Unchanged cardiomegaly.", True, []),
        ("No change in the effusion.", False, ["comparison_without_prior"]),
        ("Stable mediastinal contours.", False, ["comparison_without_prior"]),
        ("Cardiomegaly.", False, []),
    ],
)
def test_comparison_needs_a_prior(text: str, has_prior: bool, expected: list[str]) -> None:
    assert ids(text, has_prior=has_prior) == expected


@pytest.mark.parametrize(
    ("text", "impression", "expected"),
    [
        ("Left effusion.", "No effusion.", ["internal_contradiction:pleural effusion"]),
        ("No effusion.", "Left effusion.", ["internal_contradiction:pleural effusion"]),
        ("Left effusion.", "Right effusion.", ["internal_contradiction:pleural effusion"]),
        ("Left effusion.", "Possible effusion.", []),
        ("Bilateral effusions.", "Right effusion.", []),
        ("Left effusion.", "No right effusion.", []),
        ("No focal consolidation.", "Left basal opacity.", []),
    ],
)
def test_text_against_itself(text: str, impression: str, expected: list[str]) -> None:
    assert ids(text, impression) == expected


def test_an_identifier_outlives_other_words() -> None:
    before = checks("Clear lungs.", "Unchanged heart.", [scored()])
    after = checks("The heart is normal in size.", "Stable appearance.", [scored()])
    assert [c.id for c in before] == [c.id for c in after]
    assert before[-1].message != after[-1].message


def test_blocking_checks_come_first() -> None:
    found = checks("There is a [side] nodule. Unchanged.", "", [scored()])
    assert [check.blocking for check in found] == sorted(
        (check.blocking for check in found), reverse=True
    )


def test_message_is_its_filled_template() -> None:
    (check,) = checks("Right effusion.", "As above.", [scored(side=LEFT)])
    assert check.template == SENTENCES["side_conflict"]
    assert check.message == check.template.format(**check.facts)
    assert check.message == "pleural effusion: left in the draft, right in the text."
    assert check.finding == "pleural effusion"


@pytest.mark.parametrize(
    ("text", "impression", "expected"),
    [
        ("No effusion. Small left effusion.", "Left effusion.", ["disputed:pleural effusion"]),
        ("Left effusion.", "Left nodule. No nodule.", ["disputed:nodule"]),
        ("No left effusion. Small right effusion.", "Right effusion.", []),
        ("No large effusion. Small right effusion.", "Right effusion.", []),
    ],
)
def test_what_one_section_states_and_denies_is_asked_about(
    text: str, impression: str, expected: list[str]
) -> None:
    assert [one for one in ids(text, impression) if one.startswith("disputed")] == expected


def test_what_a_text_alone_stated_may_be_left_out_but_not_change_sides() -> None:
    """No number stands behind it: a reader who strikes it out owes nobody a reason."""
    alone = Finding("nodule", None, None, Certainty.PRESENT, laterality=LEFT, drafted=True)
    assert ids("No nodule.", findings=[alone]) == ids("Clear.", findings=[alone]) == []
    assert ids("Right nodule.", "Nodule.", [alone]) == ["side_conflict:nodule"]
