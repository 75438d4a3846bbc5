"""Scores by finding and by wording, and the sentences that tell them."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.finding import Laterality
from core.domain.teaching import Answer, AnsweredFinding, Mark, Reference, Region, TrueFinding
from core.evaluation.blind_reads.feedback import feedback
from core.evaluation.blind_reads.scoring import score
from core.findings.vocabulary import BY_NAME, NAMES, NO_FINDING
from tests.unit.evaluation.blind_reads.made import EFFUSION, PRESENT, SQUARE, case_of, picked

SIDES = st.sampled_from(list(Laterality))
REFERENCES = st.dictionaries(st.sampled_from(NAMES), st.booleans()).flatmap(
    lambda stated: st.tuples(
        *(
            st.builds(
                TrueFinding,
                st.just(name),
                st.just(present),
                SIDES if present and BY_NAME[name].sided else st.none(),
            )
            for name, present in stated.items()
        )
    )
)
ANSWERS = st.dictionaries(st.sampled_from(NAMES), st.floats(0, 1)).map(
    lambda given: tuple(AnsweredFinding(name, value) for name, value in given.items())
)


def _perfect(reference: tuple[TrueFinding, ...]) -> Answer:
    return Answer(
        tuple(
            AnsweredFinding(each.name, 1.0, each.laterality) for each in reference if each.present
        )
    )


@settings(max_examples=40)
@given(REFERENCES)
def test_a_perfect_answer_has_no_error(reference: tuple[TrueFinding, ...]) -> None:
    scored = score(case_of(*reference), _perfect(reference))
    assert scored.brier in (0, None) and (scored.brier is None) == (not reference)
    assert {each.outcome for each in scored.findings} <= {"hit", "rejected"}
    assert not [each for each in scored.findings if each.side_right is False]


@settings(max_examples=40)
@given(REFERENCES)
def test_who_picks_nothing_misses_everything(reference: tuple[TrueFinding, ...]) -> None:
    scored = score(case_of(*reference), Answer())
    outcomes = {each.name: each.outcome for each in scored.findings}
    assert outcomes == {each.name: "missed" if each.present else "rejected" for each in reference}


@settings(max_examples=40)
@given(REFERENCES, ANSWERS, st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(
    reference: tuple[TrueFinding, ...],
    answered: tuple[AnsweredFinding, ...],
    order: random.Random,
) -> None:
    shuffled = random.Random(order.random())
    turned = case_of(*shuffled.sample(reference, len(reference)))
    other = Answer(tuple(shuffled.sample(answered, len(answered))))
    assert score(case_of(*reference), Answer(answered)) == score(turned, other)


@pytest.mark.parametrize(
    ("certainty", "outcome", "brier"),
    [(0.75, "hit", 0.0625), (0.5, "hit", 0.25), (0.25, "missed", 0.5625), (0.0, "missed", 1.0)],
)
def test_half_is_the_line_between_present_and_absent(
    certainty: float, outcome: str, brier: float
) -> None:
    (found,) = score(case_of(PRESENT), picked(EFFUSION, certainty, Laterality.RIGHT)).findings
    assert (found.outcome, found.brier) == (outcome, brier)


def test_a_finding_that_the_reference_leaves_open_is_not_judged() -> None:
    case = case_of(PRESENT)
    scored = score(case, replace(picked("nodule", 0.8), marks=(Mark("nodule", 20, 20),)))
    found = {each.name: (each.outcome, each.brier) for each in scored.findings}
    assert found == {EFFUSION: ("missed", 1.0), "nodule": ("open", None)}
    assert scored.brier == 1.0 and scored.false_marks == 0
    assert "The reference says nothing of nodule: your call is not judged." in _said(
        case, picked("nodule", 0.8)
    )


def test_where_nothing_is_there_every_call_is_false() -> None:
    scored = score(case_of(TrueFinding(EFFUSION, False)), picked("nodule", 0.8))
    outcomes = {each.name: each.outcome for each in scored.findings}
    assert outcomes == {EFFUSION: "rejected", "nodule": "false"}


def test_what_is_picked_beside_the_reference_does_not_move_the_mean() -> None:
    case = case_of(PRESENT, TrueFinding("nodule", False))
    many = Answer(tuple(AnsweredFinding(name, 0.2) for name in NAMES if name != EFFUSION))
    assert score(case, Answer()).brier == 0.5
    assert score(case, many).brier == pytest.approx((1 + 0.04) / 2)


def test_a_broader_word_for_what_is_there_is_right() -> None:
    case = case_of(TrueFinding("consolidation", True, Laterality.LEFT))
    scored = score(case, picked("lung opacity", 0.9, Laterality.LEFT))
    outcomes = {each.name: (each.outcome, each.side_right) for each in scored.findings}
    assert outcomes == {"lung opacity": ("hit", True), "consolidation": ("missed", None)}


@pytest.mark.parametrize("side", [None, Laterality.LEFT, Laterality.BILATERAL])
def test_a_side_that_was_asked_is_right_or_wrong(side: Laterality | None) -> None:
    (found,) = score(case_of(PRESENT), picked(EFFUSION, 1.0, side)).findings
    assert found.outcome == "hit" and found.side_right is False


def test_a_case_without_a_firm_reference_is_not_scored() -> None:
    with pytest.raises(ValueError, match="not scored"):
        score(case_of(PRESENT, reference=Reference.SIGNED), Answer())


# --- wording ------------------------------------------------------------------------------------

NORMAL = case_of(TrueFinding(EFFUSION, False))
TAMIL = "மார்பு படம் பார்க்கப்பட்டது"


@pytest.mark.parametrize(
    ("impression", "worded", "unworded", "misworded"),
    [
        ("Right pleural effusion.", [EFFUSION], [], []),
        ("Possible pleural effusion.", [EFFUSION], [], []),
        ("Left pleural effusion.", [], [], [EFFUSION]),
        ("No pleural effusion.", [], [], [EFFUSION]),
        ("", [], [EFFUSION], []),
        ("Right pleural effusion. Pneumothorax.", [EFFUSION], [], []),
        ("Right pleural effusion. No acute abnormality otherwise.", [EFFUSION], [], []),
        ("No acute abnormality.", [], [EFFUSION], [NO_FINDING]),
        (TAMIL, [], [], []),
    ],
)
def test_the_impression_is_put_beside_the_reference(
    impression: str, worded: list[str], unworded: list[str], misworded: list[str]
) -> None:
    scored = score(case_of(PRESENT), Answer(impression=impression))
    found = list(scored.worded), list(scored.unworded), list(scored.misworded)
    assert found == (worded, unworded, misworded)


def test_that_nothing_is_there_may_be_worded() -> None:
    scored = score(NORMAL, Answer(impression="No acute abnormality. No effusion."))
    assert scored.worded == (EFFUSION, NO_FINDING) and not scored.misworded


# --- sentences ----------------------------------------------------------------------------------


def _said(case: object, answer: Answer) -> str:
    return " ".join(str(line) for line in feedback(case, answer, score(case, answer)))


def test_a_read_is_told_in_sentences() -> None:
    case = case_of(PRESENT, TrueFinding("nodule", False), regions=[Region(EFFUSION, SQUARE)])
    answer = Answer(
        (AnsweredFinding(EFFUSION, 0.75, Laterality.LEFT), AnsweredFinding("nodule", 0.6)),
        (Mark(EFFUSION, 50, 20),),
        "Nodule.",
    )
    said = _said(case, answer)
    assert "You saw pleural effusion, which is there (75 % sure)." in said
    assert "For pleural effusion you named the left side; it is on the right side." in said
    assert "You called nodule, which is not there (60 % sure)." in said
    assert "Your mark of pleural effusion lies 10 mm beside it." in said
    assert "Your impression does not mention pleural effusion." in said
    assert "Your impression states nodule, which is not there." in said
    assert "You missed pleural effusion, which is there." in _said(case, Answer())
    assert "You did not mark where pleural effusion is." in _said(case, Answer())
    assert "Nothing is there, and you called nothing." in _said(NORMAL, Answer())


@pytest.mark.parametrize(
    ("mark", "sentence"),
    [
        (Mark(EFFUSION, 12, 12), "You marked every place where something is."),
        (Mark(EFFUSION, 0, 0, 42, 42), "Your box of pleural effusion is too large"),
        (Mark("nodule", 20, 20), "The reference says nothing of nodule: your mark"),
        (Mark("pneumothorax", 20, 20), "You marked pneumothorax, which is not there."),
    ],
)
def test_a_mark_is_told_in_a_sentence(mark: Mark, sentence: str) -> None:
    absent = TrueFinding("pneumothorax", False)
    case = case_of(PRESENT, absent, regions=[Region(EFFUSION, SQUARE)])
    assert sentence in _said(case, Answer(marks=(mark,)))


def test_a_mark_of_a_broader_finding_marks_the_place() -> None:
    truth = TrueFinding("consolidation", True)
    case = case_of(truth, regions=[Region("consolidation", SQUARE)])
    said = _said(case, Answer(marks=(Mark("lung opacity", 20, 20),)))
    assert "You marked every place" in said and "You did not mark" not in said


def test_a_click_is_never_too_large() -> None:
    case = case_of(PRESENT, regions=[Region(EFFUSION, SQUARE)])
    said = _said(case, Answer(marks=(Mark(EFFUSION, 30.001, 20),)))
    assert "too large" not in said and "lies 0 mm beside it" in said


def test_a_read_that_was_scored_by_other_rules_is_still_told() -> None:
    case = case_of(PRESENT, TrueFinding("nodule", False))
    old = replace(score(case, Answer()), misworded=(EFFUSION, "nodule", "hernia"))
    said = " ".join(map(str, feedback(case, Answer(impression="Clear."), old)))
    assert said.count("was judged by earlier rules.") == 3


def test_of_an_opinion_only_the_differences_are_told() -> None:
    case = case_of(PRESENT, reference=Reference.SIGNED)
    said = [str(line) for line in feedback(case, picked("nodule"), None)]
    assert said == [
        "You called nodule; the signed report does not state it.",
        "The signed report states pleural effusion; you did not call it.",
    ]
    same = feedback(case, picked(EFFUSION, 1.0, Laterality.RIGHT), None)
    assert [str(line) for line in same] == [
        "Your findings do not differ from those of the signed report."
    ]


def test_a_read_that_came_too_late_says_so() -> None:
    (line,) = feedback(case_of(PRESENT), Answer(), None)
    assert "no score is kept" in str(line)
