"""A conversation beside a study: ask, be answered, look back.

The embedded assistant answers at once and in this process. A language model answers as a job of
the worker; its text streams through the job's events.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from core.domain.conversation import (
    AnswerState,
    Audience,
    Exchange,
    Level,
    Message,
    Role,
    question_text,
)
from core.domain.conversation_errors import AnswerPendingError, NotForPatientsYetError
from core.domain.draft import ModelIdentity
from core.domain.job import JobKind, JobPriority
from core.domain.reader import Reader
from core.reporting.assistant.glossary import FOLDER, glossary
from core.reporting.assistant.patient_answers import answer_patient
from core.reporting.assistant.plain_words import plain_report
from core.reporting.assistant.reader_answers import answer_reader
from core.reporting.assistant.said import Answer
from dashboard import language
from dashboard.services.answer_film import answer_film
from dashboard.services.answerers import ASSISTANT, require_answerer
from dashboard.services.conversation_history import exchanges_of
from dashboard.services.edit_report import Review, open_review
from dashboard.services.study_context import patient_context, reader_context
from dashboard.workspace import Workspace

logger = logging.getLogger(__name__)

ASSISTANT_VERSION = "1"


@dataclass(frozen=True)
class Asked:
    """A question as it is put.

    ``model`` names a language model; empty is the embedded assistant. ``whole_report`` asks for
    the signed report in plain words instead of a question of one's own.
    """

    text: str = ""
    audience: Audience = Audience.READER
    language: str = "en"
    level: Level = Level.SHORT
    model: str = ""
    whole_report: bool = False


def ask(place: Workspace, study_id: int, asked: Asked, *, reader: Reader) -> Exchange:
    """Keep a question, and answer it or have it answered.

    Raises
    ------
    NotFoundError
    InvalidQuestionError, UnknownLanguageError
    NotForPatientsYetError
        If the patient is to be told of a report that nobody has signed.
    FilmNotForModelError
        If a language model is to see a study that no model drafts, for its headers or the age.
    ModelUnavailableError
        If the model is none of those that may be asked.
    AnswerPendingError
        If a model is still writing about this study.
    """
    glossary(asked.language)
    audience = Audience.PATIENT if asked.whole_report else asked.audience
    text = "" if asked.whole_report else question_text(asked.text)
    review = open_review(place, study_id)
    if audience is Audience.PATIENT and not review.signed:
        raise NotForPatientsYetError()
    question = Message(
        study_id=study_id,
        role=Role.READER,
        text=text,
        language=asked.language,
        audience=audience,
        level=asked.level,
        whole_report=asked.whole_report,
        reader=reader.name,
        created_at=dt.datetime.now(dt.UTC),
    )
    logger.info("reader %d asks about study %d", reader.id, study_id)
    if asked.model and asked.model != ASSISTANT:
        require_answerer(place, asked.model)
        if audience is Audience.READER:
            answer_film(review)
        return _queue(place, question, asked.model)
    return _answer_now(place, review, question)


def stop_answer(place: Workspace, question_id: int, *, reader: Reader) -> None:
    """Ask the model that answers a question to stop; what it has written is kept.

    Raises
    ------
    NotFoundError
    """
    logger.info("reader %d stops the answer to question %d", reader.id, question_id)
    with place.work() as work:
        question = work.conversations.get(question_id)
        if question.job_id is not None and work.jobs.get(question.job_id).state.open:
            work.jobs.cancel(question.job_id)


def _queue(place: Workspace, question: Message, model: str) -> Exchange:
    with place.work() as work:
        # One question at a time about a study: the next one builds on this answer.
        work.reports.get(question.study_id, lock=True)
        if any(item.state.open for item in exchanges_of(work, question.study_id)):
            raise AnswerPendingError()
        # Every question is a new one, also in the same words: a job of its own.
        key = hashlib.sha256(uuid.uuid4().bytes).hexdigest()
        job = work.jobs.request(
            question.study_id, key, model, JobPriority.READER, kind=JobKind.ANSWER
        )
        kept = work.conversations.add(replace(question, job_id=job.id))
    return Exchange(kept, AnswerState.ASKED)


def _answer_now(place: Workspace, review: Review, question: Message) -> Exchange:
    started = time.perf_counter()
    with place.look() as look:
        before = look.conversations.of_study(question.study_id)
    said = _assistant(review, question, before)
    with place.work() as work:
        kept = work.conversations.add(question)
        answer = work.conversations.add(
            Message(
                study_id=question.study_id,
                role=Role.MODEL,
                text=said.text,
                language=question.language,
                audience=question.audience,
                level=question.level,
                whole_report=question.whole_report,
                question_id=kept.id,
                model=assistant_identity(question.language),
                evidence=said.evidence,
                seconds=time.perf_counter() - started,
                ending=AnswerState.ANSWERED,
                versions={"assistant": ASSISTANT_VERSION},
                created_at=dt.datetime.now(dt.UTC),
            )
        )
    return Exchange(kept, AnswerState.ANSWERED, answer, answer.text)


def _assistant(review: Review, question: Message, before: Sequence[Message]) -> Answer:
    """The embedded assistant's answer. A patient is told nothing that was said to a reader."""
    tongue = question.language
    if question.audience is Audience.READER:
        earlier = [item.text for item in before]
        context = reader_context(review)
        return answer_reader(
            context,
            question.text,
            language=tongue,
            earlier=earlier,
            translate=language.translate,
        )
    context = patient_context(review)
    if question.whole_report:
        return plain_report(context, language=tongue, level=question.level)
    earlier = [item.text for item in before if item.audience is Audience.PATIENT]
    return answer_patient(context, question.text, language=tongue, earlier=earlier)


@cache
def assistant_identity(tongue: str) -> ModelIdentity:
    """The assistant in one language; its weights are the words of its file."""
    digest = hashlib.sha256((FOLDER / f"{tongue}.toml").read_bytes()).hexdigest()
    return ModelIdentity(ASSISTANT, digest)
