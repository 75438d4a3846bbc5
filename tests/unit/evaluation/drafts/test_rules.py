"""When an answer keeps the rule of its kind."""

from __future__ import annotations

import pytest

from core.evaluation.drafts.rules import kept
from core.evaluation.drafts.texts import Asked
from core.training.corpus.expected import answer_of, read_caption
from core.training.corpus.sample import Kind

LEFT = "Small left pleural effusion at the left base. No pneumothorax."
NORMAL = "No pleural effusion or pneumothorax."


def asked(kind: Kind, caption: str) -> Asked:
    return Asked("s", "g", kind.value, "?", answer_of(kind, read_caption(caption)), caption)


@pytest.mark.parametrize("kind", Kind)
def test_the_answer_of_the_corpus_keeps_its_rule(kind: Kind) -> None:
    sample = asked(kind, LEFT)
    assert kept(sample, sample.reference) is True


@pytest.mark.parametrize("kind", Kind)
def test_an_empty_answer_keeps_no_rule(kind: Kind) -> None:
    assert kept(asked(kind, LEFT), "") is False


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ("There is a pleural effusion.", True),
        ("Possible pleural effusion.", True),
        ("There is a pleural effusion and edema.", False),
        ("No pleural effusion.", False),
        ("Nothing to see here.", False),
    ],
)
def test_identify_wants_just_the_findings(answer: str, rule: bool) -> None:
    assert kept(asked(Kind.IDENTIFY, LEFT), answer) is rule


def test_a_normal_film_wants_a_denial() -> None:
    sample = asked(Kind.IDENTIFY, NORMAL)
    assert kept(sample, "No acute cardiopulmonary abnormality.") is True
    assert kept(sample, "Yes.") is False
    assert kept(sample, "There is a pneumothorax.") is False


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ("Left basal pleural effusion.", True),
        ("Right basal pleural effusion.", False),
        ("Left pleural effusion.", False),
        ("Pleural effusion at the base.", False),
    ],
)
def test_locate_wants_side_and_zone(answer: str, rule: bool) -> None:
    assert kept(asked(Kind.LOCATE, LEFT), answer) is rule


def test_explain_wants_the_finding_and_the_sense_of_its_definition() -> None:
    sample = asked(Kind.EXPLAIN, LEFT)
    definition = sample.reference.split(": ", 1)[1]
    assert kept(sample, f"There is a pleural effusion. {definition}") is True
    assert kept(sample, "There is a pleural effusion.") is False
    assert kept(sample, f"There is a pneumothorax. {definition.split(' ')[0]}") is False


def test_nothing_is_checked_where_a_caption_has_no_answer() -> None:
    assert kept(asked(Kind.LOCATE, NORMAL), "Left base.") is None
    assert kept(asked(Kind.EXPLAIN, "A radiograph."), "Anything.") is None
    assert kept(asked(Kind.DESCRIBE, "A radiograph."), "Anything.") is None
