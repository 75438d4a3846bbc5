"""Checks of a text that is not English: nothing is concluded from words that nobody read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.domain.finding import Certainty, Finding, Laterality
from core.domain.report import Sections
from core.domain.study import Projection
from core.reporting.checks import open_checks
from core.reporting.drafting import compose
from core.reporting.phrases.catalogue import phrases
from core.reporting.phrases.statement import Form, Statement
from core.reporting.translation import sections_in
from tests.unit.reporting.drafting.drafts import figures, study
from tests.unit.reporting.test_checks import LEFT, RIGHT, scored

EFFUSION, NODULE = "pleural effusion", "nodule"
OWN_WORDS = "மார்பில் புதிதாக எதுவும் இல்லை."


def tamil(form: Form, *names: str, side: Laterality | None = None, open_side: bool = False) -> str:
    return phrases("ta").say(Statement(form, names, side, open_side))


def ids(
    text: str, impression: str, findings: Sequence[Finding] = (), language: str = "ta"
) -> list[str]:
    sections = Sections(findings=text, impression=impression)
    found = open_checks(sections, findings, has_prior=False, language=language)
    return [check.id for check in found]


SEEN_LEFT = tamil(Form.SEEN, EFFUSION, side=LEFT)
NAMED_LEFT = tamil(Form.NAMED, EFFUSION, side=LEFT)
NAMED_RIGHT = tamil(Form.NAMED, EFFUSION, side=RIGHT)
DENIED = tamil(Form.DENIED, EFFUSION)
OPEN = tamil(Form.SEEN, EFFUSION, open_side=True)
LIKELY = tamil(Form.LIKELY, EFFUSION, side=LEFT)
OTHER = tamil(Form.NAMED, NODULE, side=LEFT)


@pytest.mark.parametrize(
    ("text", "impression", "finding", "expected"),
    [
        # sentences of the file are known
        (SEEN_LEFT, NAMED_LEFT, scored(side=LEFT), []),
        (LIKELY, LIKELY, scored(side=LEFT), []),
        (OTHER, OTHER, scored(), ["omission:pleural effusion"]),
        (DENIED, OTHER, scored(), ["negation_conflict:pleural effusion"]),
        (NAMED_RIGHT, NAMED_RIGHT, scored(side=LEFT), ["side_conflict:pleural effusion"]),
        (OPEN, OPEN, scored(), ["side_placeholder"]),
        (SEEN_LEFT, NAMED_RIGHT, scored(side=LEFT),
         ["side_conflict:pleural effusion", "internal_contradiction:pleural effusion"]),
        (SEEN_LEFT, DENIED, scored(side=LEFT), ["internal_contradiction:pleural effusion"]),
        (f"{SEEN_LEFT} {DENIED}", NAMED_LEFT, scored(side=LEFT), ["disputed:pleural effusion"]),
        # other words are one check, and their silence is none
        (OWN_WORDS, OWN_WORDS, scored(), ["unread_text"]),
        (OWN_WORDS, OTHER, scored(), ["unread_text"]),
        (f"{OWN_WORDS} {SEEN_LEFT}", NAMED_LEFT, scored(side=LEFT), ["unread_text"]),
        (f"{OWN_WORDS} {DENIED}", OTHER, scored(),
         ["unread_text", "negation_conflict:pleural effusion"]),
        (OWN_WORDS, "", scored(), ["empty_impression", "unread_text"]),
        ("", "", scored(), ["empty_report"]),
        # English words in brackets are not English sentences; those that are, are read
        ("(pleural effusion) இல்லை", OTHER, scored(), ["unread_text"]),
        ("No pleural effusion ≥ 5 mm.", OTHER, scored(), ["negation_conflict:pleural effusion"]),
        ("Unchanged.", NAMED_LEFT, scored(side=LEFT), ["comparison_without_prior"]),
        (f"{SEEN_LEFT} No large effusion.", NAMED_LEFT, scored(side=LEFT), []),
        ("Left effusion. No left effusion.", NAMED_LEFT, scored(side=LEFT),
         ["disputed:pleural effusion"]),
    ],
)  # fmt: skip
def test_tamil_text(text: str, impression: str, finding: Finding, expected: list[str]) -> None:
    assert sorted(ids(text, impression, [finding])) == sorted(expected)


def test_the_check_names_the_language_and_takes_a_reason() -> None:
    [check] = open_checks(Sections("", "", "", OWN_WORDS, OTHER), (), has_prior=True, language="ta")
    assert check.message == (
        "The text is in Tamil, which the checks cannot read: compare findings and sides yourself."
    )
    assert not check.blocking and check.facts == {"language": "Tamil"}


def test_a_language_without_a_file_is_unread() -> None:
    assert ids("Kein Erguss.", "Kein Erguss.", [scored()], "de") == ["unread_text"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (OWN_WORDS, ["unread_script"]),
        (f"No nodule. {OWN_WORDS}", ["unread_script"]),
        ("No pleural effusion.", ["negation_conflict:pleural effusion"]),
        ("The heart of Mrs. தமிழ் is large; α and β are Greek.", ["omission:pleural effusion"]),
    ],
)
def test_another_script_in_an_english_report_is_not_read_as_silence(
    text: str, expected: list[str]
) -> None:
    assert ids(text, "As above.", [scored()], "en") == expected


def test_a_placeholder_of_one_language_is_open_in_any_other() -> None:
    assert "side_placeholder" in ids(OPEN, "As above.", language="en")
    assert "side_placeholder" in ids("[ side ] nodule.", OTHER, language="ta")
    assert "side_placeholder" in ids("[ இடது/வலது ] பக்கம்.", OTHER, language="ta")


@pytest.mark.parametrize("side", [None, *Laterality])
def test_a_tamil_draft_as_it_was_drafted_owes_nothing_but_its_sides(
    side: Laterality | None,
) -> None:
    names = [EFFUSION, NODULE, "lung opacity", "cardiomegaly"]
    sided = {name: None if name == "cardiomegaly" else side for name in names}
    found = [
        Finding(name, 0.9, 0.5, Certainty.PRESENT, laterality=sided[name], drafted=True)
        for name in names
    ]
    measured = {name: figures(name) for name in names}
    _, english, _ = compose(found, measured, study=study(), films=[Projection.PA])
    sections = sections_in(english, "en", "ta")
    checks = open_checks(sections, found, has_prior=False, language="ta")
    assert [check.kind for check in checks] == ([] if side else ["side_placeholder"])
