"""Look back at the conversation of a study: every question, its answer, and how far it is."""

from __future__ import annotations

from core.domain import model_errors
from core.domain.conversation import AnswerState, Exchange, Message, Role, state_of
from core.domain.conversation_errors import AnswerFailedError
from core.domain.errors import DraftFailedError, NotFoundError, OverreadError
from core.domain.import_errors import recorded
from core.domain.job import Job
from core.reporting.assistant.glossary import fold
from dashboard.services.request_draft import failure
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork

# Importing the module is what adds its errors to those that a row can name.
assert issubclass(model_errors.ModelMemoryError, OverreadError)


def history(place: Workspace, study_id: int, query: str = "") -> tuple[Exchange, ...]:
    """The conversation of a study, oldest first; only what holds every word of a query.

    Raises
    ------
    NotFoundError
    """
    with place.look() as look:
        look.studies.get(study_id)
        found = exchanges_of(look, study_id)
    words = fold(query).split()
    return tuple(item for item in found if all(word in _searched(item) for word in words))


def exchange(place: Workspace, question_id: int) -> Exchange:
    """One question as it stands now.

    Raises
    ------
    NotFoundError
    """
    with place.look() as look:
        question = look.conversations.get(question_id)
        if question.role is not Role.READER:
            raise NotFoundError(what="question")
        return _exchange(look, question, look.conversations.answer_to(question_id))


def answer_map(place: Workspace, map_id: int) -> tuple[str, bytes]:
    """The PNG of an answer's map, after its digest.

    Raises
    ------
    NotFoundError
    """
    with place.look() as look:
        digest = look.conversations.map_blob(map_id)
    return digest, place.blobs.get(digest)


def exchanges_of(unit: UnitOfWork, study_id: int) -> tuple[Exchange, ...]:
    """Every question of a study with its answer, within an open transaction."""
    messages = unit.conversations.of_study(study_id)
    answers = {item.question_id: item for item in messages if item.role is Role.MODEL}
    questions = (item for item in messages if item.role is Role.READER)
    return tuple(_exchange(unit, item, answers.get(item.id)) for item in questions)


def _exchange(unit: UnitOfWork, question: Message, answer: Message | None) -> Exchange:
    if answer is not None:
        error = recorded(answer.error_code, dict(answer.error_facts)) if answer.error_code else None
        return Exchange(question, state_of(answer, None), answer, answer.text, error)
    if question.job_id is None:
        return Exchange(question, AnswerState.ASKED)
    job = unit.jobs.get(question.job_id)
    state = state_of(None, job.state)
    failed = state is AnswerState.FAILED
    error = _failure(job) if failed else None
    return Exchange(question, state, None, unit.jobs.written(job.id), error)


def _failure(job: Job) -> OverreadError:
    """A job that failed before anything was written, as the error that ended it."""
    error = failure(job)
    return AnswerFailedError(**error.facts) if isinstance(error, DraftFailedError) else error


def _searched(item: Exchange) -> str:
    return fold(f"{item.question.text} {item.so_far}")
