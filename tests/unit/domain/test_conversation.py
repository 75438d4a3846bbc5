"""What a question may be, and how far an answer is."""

from __future__ import annotations

import datetime as dt

import pytest

from core.domain.conversation import (
    QUESTION_LIMIT,
    AnswerState,
    Audience,
    Message,
    Role,
    question_text,
    state_of,
)
from core.domain.conversation_errors import InvalidQuestionError
from core.domain.job import JobState


def answer(ending: AnswerState) -> Message:
    now = dt.datetime.now(dt.UTC)
    return Message(1, Role.MODEL, "x", "en", Audience.READER, now, ending=ending)


def test_a_question_is_kept_without_its_blanks() -> None:
    assert question_text("  Where is it?\nAnd why? ") == "Where is it?\nAnd why?"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("  ", "empty"),
        ("x" * (QUESTION_LIMIT + 1), "longer than 2000"),
        ("a\x00b", "control characters"),
        ("a\x1b[2Jb", "control characters"),
    ],
)
def test_what_is_no_question_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidQuestionError, match=reason):
        question_text(text)


@pytest.mark.parametrize(
    ("written", "job", "state"),
    [
        (None, JobState.QUEUED, AnswerState.ASKED),
        (None, JobState.RUNNING, AnswerState.ANSWERING),
        (None, JobState.CANCELLED, AnswerState.STOPPED),
        (None, JobState.FAILED, AnswerState.FAILED),
        # A job that says it is done without an answer has lost it.
        (None, JobState.DONE, AnswerState.FAILED),
        (answer(AnswerState.ANSWERED), JobState.RUNNING, AnswerState.ANSWERED),
        (answer(AnswerState.STOPPED), JobState.CANCELLED, AnswerState.STOPPED),
        (answer(AnswerState.FAILED), JobState.DONE, AnswerState.FAILED),
    ],
)
def test_what_is_written_down_counts_before_what_its_job_says(
    written: Message | None, job: JobState, state: AnswerState
) -> None:
    assert state_of(written, job) is state
    assert state.open == (state in (AnswerState.ASKED, AnswerState.ANSWERING))
