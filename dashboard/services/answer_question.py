"""Answer a question with a language model: what a worker runs, never a page."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from core.domain.conversation import (
    AnswerState,
    AttentionMap,
    Audience,
    Message,
    Role,
)
from core.domain.conversation_errors import AnswerFailedError, FilmNotForModelError
from core.domain.draft import ModelIdentity
from core.domain.errors import (
    N_,
    DraftCancelledError,
    DraftFailedError,
    ModelError,
    OverreadError,
)
from core.domain.job import Job, JobState
from core.domain.study import Instance
from core.explain.map_png import map_png
from core.models.drafter import Ending, Prompt, ReportDrafter, Sampling, WrittenText
from core.reporting.assistant.glossary import glossary
from core.reporting.conversation_prompt import conversation_prompt, prompt_digest
from dashboard.services import films
from dashboard.services.answer_film import answer_film
from dashboard.services.draft_study import Progress
from dashboard.services.edit_report import Review, open_review
from dashboard.services.study_context import identity_words, patient_context, reader_context
from dashboard.services.text_stream import Stream
from dashboard.workspace import Workspace


@dataclass(frozen=True)
class _Asked:
    """A question with all that the model is given for it."""

    question: Message
    review: Review
    prompt: Prompt


def answer_question(
    place: Workspace,
    job: Job,
    drafter: ReportDrafter,
    progress: Progress,
    stop: Callable[[], bool] = lambda: False,
    versions: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write the answer of a job, store it, and finish the job, in one transaction at the end.

    A failure of the model is an answer, too: it says what happened and keeps what was written.

    Parameters
    ----------
    progress : callable (fraction, stage)
        Called before the model begins; may raise DraftCancelledError.
    stop : callable
        Asked between tokens; once it says true, the answer ends where it is.
    versions : mapping of str to str
        What the answer names beside the digest of the model, finished or not.

    Raises
    ------
    NotFoundError
        If no question waits for this job.
    """
    started = time.perf_counter()
    asked = _gather(place, job)
    stream = Stream(place, job.id)
    shown: Instance | None = None
    try:
        progress(0.1, N_("reading the film"))
        # What a model sees of a film it could tell: a patient is told what was signed, only.
        if asked.question.audience is not Audience.PATIENT:
            shown = answer_film(asked.review)
        film = films.grey(place, shown) if shown else None
        progress(0.3, N_("writing"))
        sampling = Sampling(max_new_tokens=512, max_seconds=place.settings.writing_seconds)
        written = drafter.write(film, asked.prompt, sampling, stream.take, stop)
    except (DraftCancelledError, FilmNotForModelError, ModelError) as error:
        written = WrittenText(
            stream.text, Ending.STOPPED, time.perf_counter() - started, None, versions
        )
        _store(place, job, asked, drafter.identity, written, (), _of_an_answer(error))
        return
    written = replace(written, versions={**written.versions, **versions})
    _store(place, job, asked, drafter.identity, written, _maps(shown, written), None)


def _of_an_answer(error: OverreadError) -> OverreadError:
    """What a model says of a draft, said of an answer."""
    failed = isinstance(error, DraftFailedError)
    return AnswerFailedError(reason=error.facts["reason"]) if failed else error


def _gather(place: Workspace, job: Job) -> _Asked:
    with place.look() as look:
        question = look.conversations.of_job(job.id)
        said = look.conversations.of_study(job.study_id)
    review = open_review(place, job.study_id)
    for_patient = question.audience is Audience.PATIENT
    # A signed report is never unsigned, so that what was let in stays in.
    context = patient_context(review) if for_patient else reader_context(review)
    earlier = [item for item in said if item.id is not None and item.id < (question.id or 0)]
    prompt = conversation_prompt(
        context,
        earlier,
        question,
        language=glossary(question.language).name,
        identity=identity_words(review),
    )
    return _Asked(question, review, prompt)


def _store(
    place: Workspace,
    job: Job,
    asked: _Asked,
    model: ModelIdentity,
    written: WrittenText,
    maps: tuple[AttentionMap, ...],
    error: OverreadError | None,
) -> None:
    digests = [place.blobs.put(item.png) for item in maps]
    failed = error is not None and not isinstance(error, DraftCancelledError)
    stopped = error is not None or written.ending is Ending.STOPPED
    ending = AnswerState.STOPPED if stopped else AnswerState.ANSWERED
    question = asked.question
    answer = Message(
        study_id=question.study_id,
        role=Role.MODEL,
        text=written.text,
        language=question.language,
        audience=question.audience,
        level=question.level,
        whole_report=question.whole_report,
        question_id=question.id,
        model=model,
        maps=maps,
        seconds=written.seconds,
        ending=AnswerState.FAILED if failed else ending,
        error_code=error.code if error is not None and failed else "",
        error_facts=error.facts if error is not None and failed else {},
        prompt_digest=prompt_digest(asked.prompt),
        versions=dict(written.versions),
        created_at=dt.datetime.now(dt.UTC),
    )
    with place.work() as work:
        work.conversations.add(answer, digests)
        state = JobState.CANCELLED if stopped and not failed else JobState.DONE
        work.jobs.finish(job.id, state)


def _maps(film: Instance | None, written: WrittenText) -> tuple[AttentionMap, ...]:
    """Where the model looked while it wrote all of the answer, where it tells."""
    if film is None or written.attention is None or not written.text:
        return ()
    grid = written.attention.over(0, len(written.text))
    if not grid.any():
        return ()
    return (AttentionMap(film.id, map_png(grid, film.rows, film.columns)),)
