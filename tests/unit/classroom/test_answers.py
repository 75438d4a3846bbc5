"""What a browser sends as an answer."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain.finding import Laterality
from core.domain.teaching import Answer, AnsweredFinding, Mark
from core.domain.teaching_errors import AnswerRefusedError
from dashboard.classroom.answers import answer_values, read_answer
from dashboard.services.teaching.answers import MARKS_LIMIT

ANSWER = Answer(
    (AnsweredFinding("nodule", 0.8, Laterality.LEFT), AnsweredFinding("hernia", 0.2)),
    (Mark("nodule", 1.5, 2.0), Mark("nodule", 3.0, 4.0, 5.0, 6.0)),
    "கணு இடது",
)


def test_an_answer_goes_to_the_browser_and_back() -> None:
    assert read_answer(answer_values(ANSWER)) == ANSWER
    assert read_answer({}) == Answer()


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        {"impression": 3},
        {"impression": "x" * 4001},
        {"findings": {}},
        {"findings": [{"name": "nodule"}]},
        {"findings": [{"name": "nodule", "certainty": "much"}]},
        {"findings": [{"name": "nodule", "certainty": True}]},
        {"findings": [{"name": "nodule", "certainty": float("nan")}]},
        {"findings": [{"name": "nodule", "certainty": 10**400}]},
        {"findings": [{"name": "nodule", "certainty": 1, "laterality": "above"}]},
        {"findings": [{"name": "x" * 65, "certainty": 1}]},
        {"marks": ["nodule"]},
        {"marks": [{"finding": "nodule", "x": float("inf")}]},
    ],
)
def test_anything_else_is_refused(said: Any) -> None:
    with pytest.raises(AnswerRefusedError):
        read_answer(said)


def test_as_many_marks_as_a_case_may_have_are_read_and_more_have_their_own_sentence() -> None:
    mark = {"finding": "nodule", "x": 1, "y": 1}
    assert len(read_answer({"marks": [mark] * MARKS_LIMIT}).marks) == MARKS_LIMIT
    with pytest.raises(AnswerRefusedError, match="too many marks"):
        read_answer({"marks": [mark] * (MARKS_LIMIT + 1)})
