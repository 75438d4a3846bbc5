"""Conversations in the database: added, read back, and never changed; on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.domain.conversation import (
    AnswerState,
    AttentionMap,
    Audience,
    Evidence,
    Ground,
    Level,
    Message,
    Role,
)
from core.domain.draft import ModelIdentity
from core.domain.errors import NotFoundError
from core.domain.job import JobKind, JobPriority, JobState
from core.domain.reader import Reader
from dashboard.workspace import Workspace
from storage.migrate import migrate
from storage.named import named_digests
from tests.integration.conftest import draft_next, take_in

NOW = dt.datetime(2026, 11, 26, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def study(either: Workspace, reader: Reader) -> int:
    study_id = take_in(either, reader).study_id
    draft_next(either)
    return study_id


def question(study_id: int, words: str = "Where is it?") -> Message:
    return Message(
        study_id, Role.READER, words, "ta", Audience.PATIENT, NOW,
        reader="Dr. Test", level=Level.FULLER,
    )  # fmt: skip


def answer(to: Message) -> Message:
    return Message(
        to.study_id, Role.MODEL, "நுரையீரல் 🫁", "ta", Audience.PATIENT, NOW,
        question_id=to.id, model=ModelIdentity("m", "d" * 64), seconds=1.5,
        evidence=(Evidence(Ground.MAP, "nodule", 3), Evidence(Ground.GLOSSARY, "nodule")),
        maps=(AttentionMap(1, b"png"),), ending=AnswerState.STOPPED, prompt_digest="e" * 64,
        error_code="model_timeout", error_facts={"model": "m", "seconds": 3},
        versions={"torch": "2"},
    )  # fmt: skip


def test_a_question_and_its_answer_come_back_as_they_were(either: Workspace, study: int) -> None:
    with either.work() as work:
        asked = work.conversations.add(question(study))
        told = work.conversations.add(answer(asked), ["f" * 64])
    with either.look() as look:
        [first, second] = look.conversations.of_study(study)
        assert look.conversations.answer_to(asked.id or 0) == second
        assert look.conversations.map_blob(second.maps[0].id or 0) == "f" * 64
        assert "f" * 64 in set(named_digests(look.session))
    assert first == asked and first.level is Level.FULLER and first.reader == "Dr. Test"
    assert second == told and second.created_at == NOW and second.text == "நுரையீரல் 🫁"
    assert second.error_facts == {"model": "m", "seconds": 3}
    # The answer's own map is evidence, too.
    assert second.evidence[-1] == Evidence(Ground.ATTENTION, "", second.maps[0].id)
    assert [item.ground for item in second.evidence[:-1]] == [Ground.MAP, Ground.GLOSSARY]


def test_one_study_never_sees_the_messages_of_another(
    either: Workspace, study: int, reader: Reader
) -> None:
    other = take_in(either, reader, PatientID="other").study_id
    with either.work() as work:
        work.conversations.add(question(other))
    with either.look() as look:
        assert look.conversations.of_study(study) == ()


def test_a_question_has_one_answer(either: Workspace, study: int) -> None:
    with either.work() as work:
        asked = work.conversations.add(question(study))
        work.conversations.add(answer(asked), ["f" * 64])
    with pytest.raises(IntegrityError), either.work() as work:
        work.conversations.add(answer(asked), ["f" * 64])


@pytest.mark.parametrize("table", ["messages", "answer_maps"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id + 100", "DELETE FROM {}"])
def test_nothing_that_was_said_can_be_changed(
    either: Workspace, study: int, table: str, statement: str
) -> None:
    with either.work() as work:
        asked = work.conversations.add(question(study))
        work.conversations.add(answer(asked), ["f" * 64])
    with pytest.raises(DBAPIError, match="immutable"), either.engine.begin() as connection:
        connection.execute(text(statement.format(table)))


def test_a_job_that_answers_is_no_draft_of_the_study(either: Workspace, study: int) -> None:
    with either.work() as work:
        drafted = work.jobs.latest(study)
        job = work.jobs.request(study, "k" * 64, "m", JobPriority.READER, kind=JobKind.ANSWER)
        work.conversations.add(question(study))
        assert work.jobs.latest(study) == drafted
        assert work.jobs.newest([study])[study] == drafted
        assert work.jobs.get(job.id).kind is JobKind.ANSWER
        assert drafted is not None and drafted.kind is JobKind.DRAFT


def test_the_text_of_a_job_is_that_of_its_present_attempt(either: Workspace, study: int) -> None:
    with either.work() as work:
        job = work.jobs.request(study, "k" * 64, "m", JobPriority.READER, kind=JobKind.ANSWER)
        work.jobs.claim(dt.datetime.now(dt.UTC))
        work.jobs.advance(job.id, 0.5, "writing", "lost ")
        work.jobs.requeue(job.id)
    with either.work() as work:
        claimed = work.jobs.claim(dt.datetime.now(dt.UTC))
        assert claimed is not None and claimed.state is JobState.RUNNING
        work.jobs.advance(job.id, 0.5, "writing", "There ")
        work.jobs.advance(job.id, 0.5, "writing", "is.")
        assert work.jobs.written(job.id) == "There is."


def test_a_message_that_is_not_there(either: Workspace) -> None:
    with either.look() as look:
        for ask in (look.conversations.get, look.conversations.map_blob, look.conversations.of_job):
            with pytest.raises(NotFoundError):
                ask(77)


def test_the_tables_are_what_the_migrations_make(either: Workspace) -> None:
    """Rows and migrations cannot drift apart unseen."""
    from storage.conversation_tables import AnswerMapRow, MessageRow
    from storage.tables import JobEventRow, JobRow

    migrate(either.engine)
    made = inspect(either.engine)
    for row in (MessageRow, AnswerMapRow, JobRow, JobEventRow):
        table = row.__table__
        columns = {item["name"]: item["nullable"] for item in made.get_columns(str(table.name))}
        assert columns == {column.name: bool(column.nullable) for column in table.columns}
