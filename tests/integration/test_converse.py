"""A conversation beside a study: asked, answered at once or by a worker; on both databases."""

from __future__ import annotations

import datetime as dt

import pytest

from core.domain.conversation import AnswerState, Audience, Ground, Level
from core.domain.conversation_errors import (
    AnswerPendingError,
    InvalidQuestionError,
    NotForPatientsYetError,
    UnknownLanguageError,
)
from core.domain.errors import DraftCancelledError, DraftFailedError, NotFoundError
from core.domain.job import JobState
from core.domain.model_errors import ModelMemoryError, ModelTimeoutError
from core.domain.reader import Reader
from core.domain.report import Sections
from core.reporting.conversation_prompt import prompt_digest
from dashboard.services.addendum import add_addendum
from dashboard.services.answer_question import answer_question
from dashboard.services.answerers import ASSISTANT
from dashboard.services.conversation_history import exchange, history
from dashboard.services.converse import Asked, ask, stop_answer
from dashboard.services.edit_report import open_review
from dashboard.workspace import Workspace
from tests.integration import conversing
from tests.integration.conversing import WRITER, Writer, answer_next, question_id
from tests.integration.test_report_life_cycle import write_and_sign

study = conversing.study


def test_the_assistant_answers_at_once_and_is_remembered(
    either: Workspace, study: int, reader: Reader
) -> None:
    first = ask(either, study, Asked("What do you see?"), reader=reader)
    ask(either, study, Asked("Where is it?"), reader=reader)
    assert first.state is AnswerState.ANSWERED and first.answer is not None
    assert first.answer.model is not None and first.answer.model.name == ASSISTANT
    [one, two] = history(either, study)
    assert one.question == first.question and one.answer == first.answer
    assert one.question.reader == "Dr. Test"
    found = open_review(either, study).draft
    assert found is not None
    cited = {item.map_id for item in one.answer.evidence if item.ground is Ground.MAP}
    assert cited and cited <= {item.id for item in found.maps}
    assert two.so_far != one.so_far


def test_the_history_is_searched_in_questions_and_answers(
    either: Workspace, study: int, reader: Reader
) -> None:
    for words in ("What is a pneumothorax?", "What is the silhouette sign?", "நிமோனியா?"):
        ask(either, study, Asked(words), reader=reader)
    found = history(either, study, "SILHOUETTE")
    assert [item.question.text for item in found] == ["What is the silhouette sign?"]
    # A word of the answer, and two words that stand apart.
    assert len(history(either, study, "visceral")) == 1
    assert len(history(either, study, "border same density")) == 0
    assert len(history(either, study, "density border")) == 1
    assert len(history(either, study, "நிமோனியா")) == 1
    assert len(history(either, study, "  ")) == 3


def test_what_is_no_question_leaves_nothing_behind(
    either: Workspace, study: int, reader: Reader
) -> None:
    for asked, error in (
        (Asked("  "), InvalidQuestionError),
        (Asked("x" * 2001), InvalidQuestionError),
        (Asked("Why?", language="xx"), UnknownLanguageError),
        (Asked("Why?", audience=Audience.PATIENT), NotForPatientsYetError),
        (Asked(whole_report=True), NotForPatientsYetError),
    ):
        with pytest.raises(error):
            ask(either, study, asked, reader=reader)
    with pytest.raises(NotFoundError):
        ask(either, 999, Asked("Why?"), reader=reader)
    assert history(either, study) == ()


def test_a_patient_is_told_what_was_signed_and_nothing_else(
    either: Workspace, study: int, reader: Reader
) -> None:
    ask(either, study, Asked("Is there a mass?"), reader=reader)
    write_and_sign(either, study, reader, Sections(
        findings="Small left pleural effusion. Heart size is normal.", impression="Effusion.",
    ))  # fmt: skip
    add_addendum(either, study, "No pneumothorax.", reader=reader)
    told = ask(either, study, Asked(whole_report=True, level=Level.FULLER), reader=reader)
    assert told.question.audience is Audience.PATIENT and told.question.whole_report
    assert "not part of the report" in told.so_far
    assert "fluid around the lung, on the left" in told.so_far
    assert "no sign of air between" in told.so_far
    asked = Asked("What is cardiomegaly?", Audience.PATIENT)
    assert "no sign of an enlarged heart" in ask(either, study, asked, reader=reader).so_far
    # The report itself is what it was.
    assert open_review(either, study).signed[0].sections.impression == "Effusion."


def test_a_language_model_answers_as_a_job_with_the_whole_conversation(
    either: Workspace, study: int, reader: Reader
) -> None:
    writer = Writer()
    ask(either, study, Asked("What do you see?"), reader=reader)
    asked = ask(either, study, Asked("And where?", model=WRITER), reader=reader)
    assert asked.state is AnswerState.ASKED and asked.answer is None
    with pytest.raises(AnswerPendingError):
        ask(either, study, Asked("And why?", model=WRITER), reader=reader)
    answer_next(either, writer)
    found = exchange(either, question_id(asked))
    assert found.state is AnswerState.ANSWERED and found.so_far == writer.text
    assert found.answer is not None and found.answer.model == writer.identity
    assert found.answer.versions == {"torch": "2"}
    [prompt] = writer.prompts
    assert found.answer.prompt_digest == prompt_digest(prompt)
    assert len(prompt.turns) == 3 and prompt.turns[-1].text == "And where?"
    # A further question has the answer in its conversation.
    ask(either, study, Asked("And why?", model=WRITER), reader=reader)
    answer_next(either, writer)
    assert [turn.text for turn in writer.prompts[1].turns][3:] == [writer.text, "And why?"]
    # The draft of the study is still its draft.
    review = open_review(either, study)
    assert review.job is not None and review.job.state is JobState.DONE and review.draft


def test_the_text_comes_piece_by_piece(
    either: Workspace, study: int, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.services.text_stream.PIECE_SECONDS", 0.0)
    seen: list[tuple[AnswerState, str]] = []
    asked = ask(either, study, Asked("Where?", model=WRITER), reader=reader)

    def look() -> bool:
        now = exchange(either, question_id(asked))
        seen.append((now.state, now.so_far))
        return False

    answer_next(either, Writer("one two three"), look)
    assert seen == [
        (AnswerState.ANSWERING, ""),
        (AnswerState.ANSWERING, "one"),
        (AnswerState.ANSWERING, "one two"),
    ]


def test_a_stopped_answer_keeps_what_was_written(
    either: Workspace, study: int, reader: Reader
) -> None:
    asked = ask(either, study, Asked("Where?", model=WRITER), reader=reader)
    words = iter([False, False, True])
    answer_next(either, Writer("one two three"), lambda: next(words))
    found = exchange(either, question_id(asked))
    assert found.state is AnswerState.STOPPED and found.so_far == "one two"
    with either.look() as look:
        assert look.jobs.get(found.question.job_id or 0).state is JobState.CANCELLED


def test_an_answer_that_has_not_begun_is_stopped_at_once(
    either: Workspace, study: int, reader: Reader
) -> None:
    asked = ask(either, study, Asked("Where?", model=WRITER), reader=reader)
    stop_answer(either, question_id(asked), reader=reader)
    assert exchange(either, question_id(asked)).state is AnswerState.STOPPED
    # Nothing is pending any more; stopping what has ended changes nothing.
    second = ask(either, study, Asked("Why?", model=WRITER), reader=reader)
    answer_next(either, Writer())
    stop_answer(either, question_id(second), reader=reader)
    assert exchange(either, question_id(second)).state is AnswerState.ANSWERED


@pytest.mark.parametrize(
    "error", [ModelMemoryError(model="double"), ModelTimeoutError(model="double", seconds=240)]
)
def test_a_failure_is_an_answer_that_says_what_happened(
    either: Workspace, study: int, reader: Reader, error: ModelMemoryError
) -> None:
    asked = ask(either, study, Asked("Where?", model=WRITER), reader=reader)
    answer_next(either, Writer("half a", error=error))
    found = exchange(either, question_id(asked))
    assert found.state is AnswerState.FAILED and found.so_far == "half a"
    assert type(found.error) is type(error) and str(found.error) == str(error)
    # The conversation goes on.
    assert ask(either, study, Asked("Why?"), reader=reader).state is AnswerState.ANSWERED


def test_what_a_model_says_of_a_draft_is_said_of_an_answer(
    either: Workspace, study: int, reader: Reader
) -> None:
    asked = ask(either, study, Asked("Where?", model=WRITER), reader=reader)
    answer_next(either, Writer(error=DraftFailedError(reason="it is too long")))
    found = exchange(either, question_id(asked))
    assert str(found.error) == "The answer could not be written: it is too long."


def test_a_cancel_before_the_model_begins(either: Workspace, study: int, reader: Reader) -> None:
    asked = ask(either, study, Asked("Where?", model=WRITER), reader=reader)
    with either.work() as work:
        job = work.jobs.claim(dt.datetime.now(dt.UTC))
    assert job is not None

    def cancelled(_fraction: float, _stage: str) -> None:
        raise DraftCancelledError

    answer_question(either, job, Writer(), cancelled)
    found = exchange(either, question_id(asked))
    assert found.state is AnswerState.STOPPED and found.so_far == "" and found.error is None
