"""Ask for a draft: the same films, context and model are drafted once."""

from __future__ import annotations

import hashlib
import logging

from core.domain.draft import Draft, Refusal
from core.domain.errors import (
    DraftFailedError,
    ModelError,
    NotFoundError,
    NothingToOverrideError,
    OverreadError,
)
from core.domain.import_errors import recorded
from core.domain.job import Job, JobPriority, JobState
from core.domain.reader import Reader
from core.domain.report import canonical_json
from core.domain.study import Study
from core.models import registry
from core.reporting import caveats, drafting, text_caveats
from dashboard.services import writers
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

DRAFTING_VERSION = "3"


def request_draft(
    place: Workspace,
    study_id: int,
    *,
    reader: Reader,
    model: str | None = None,
    override_gate: bool = False,
) -> Job:
    """Queue a draft of a study ahead of samples and bulk; asking twice runs once.

    Parameters
    ----------
    override_gate : bool
        Draft also a film that does not pass as a frontal chest film. The act is stored with the
        reader's name and the time. What headers say of age and projection is never overridden.

    Raises
    ------
    NotFoundError, ModelUnavailableError
    NothingToOverrideError
        If headers or age refuse the study, or its newest draft met no refusal of the film.
    """
    logger.info("reader %d asks for a draft of study %d", reader.id, study_id)
    with place.work() as work:
        study = work.studies.get(study_id)
        # One request at a time for a study, so that two at once find one job.
        work.reports.get(study_id, lock=True)
        chosen = model or place.settings.model
        if override_gate:
            _require_refusal(work, study, chosen)
        job = request_in(
            place, work, study, chosen, JobPriority.READER, override_gate=override_gate
        )
        if override_gate:
            logger.info("reader %d overrides the gate for study %d", reader.id, study_id)
            work.overrides.add(study_id, job.id, reader)
        return job


def _require_refusal(work: UnitOfWork, study: Study, model: str) -> None:
    """Only what the film check has refused, or has not answered yet, can be overridden."""
    job, draft = work.jobs.latest(study.id, model), work.drafts.latest(study.id, model)
    answered = draft is not None and job is not None and job.state is JobState.DONE
    refused = draft is not None and (draft.refusal is Refusal.FILM or caveats.against_gate(draft))
    if drafting.refusal_by_headers(study) or (answered and not refused):
        raise NothingToOverrideError()


def request_in(
    place: Workspace,
    work: UnitOfWork,
    study: Study,
    model: str,
    priority: JobPriority,
    *,
    override_gate: bool = False,
) -> Job:
    """Queue the draft in a transaction that is open already.

    What was drafted is not drafted again, unless something was drafted after it: the review shows
    the newest draft, so that an older one that is wanted again is made anew. So is a text that was
    cut short. A draft made for comparison stays one.
    """
    key = draft_key(place, study, model, override_gate=override_gate)
    made = work.jobs.of_key(key)
    if made is not None and made.state is JobState.DONE:
        newest = work.jobs.latest(study.id) or made
        if newest.model == model and newest.state.open:
            return newest
        whole = newest.state is JobState.DONE and not _cut_short(work, newest)
        if newest.model == model and whole:
            return newest
        key = hashlib.sha256(f"{key} after {newest.id}".encode()).hexdigest()
    return work.jobs.request(study.id, key, model, priority, override_gate=override_gate)


def _cut_short(work: UnitOfWork, job: Job) -> bool:
    draft = work.drafts.of_job(job.id)
    return draft is not None and text_caveats.cut_short(draft)


def comparison_key(key: str) -> str:
    """The key of the same draft, asked for beside others and not for the report."""
    return hashlib.sha256(f"comparison {key}".encode()).hexdigest()


def draft_key(place: Workspace, study: Study, model: str, *, override_gate: bool = False) -> str:
    """SHA-256 over all that a draft depends on.

    Raises
    ------
    ModelUnavailableError
        If there is no model of this name.
    """
    written = writers.written_by(place, model) if writers.writes(place, model) else None
    entry = registry.entry(writers.classifier_beside(place, model) if written else model)
    films = [(film.pixel_digest, film.projection.value) for film in study.instances]
    context: dict[str, object] = {
        "films": films,
        "indication": study.indication,
        "age": study.age,
        "model": entry.name,
        "digest": entry.digest,
        "measured": entry.measured.digest if entry.measured else "",
        "film_check": dict(registry.film_check_document()),
        "override_gate": override_gate,
        "drafting": DRAFTING_VERSION,
        "study": study.id,
    }
    if written:
        context |= {"writer": model, "written_by": dict(written)}
    return hashlib.sha256(canonical_json(context).encode()).hexdigest()


def draft_state(
    place: Workspace, study_id: int, model: str | None = None
) -> tuple[Job | None, Draft | None]:
    """The newest job of a study and its newest draft.

    Raises
    ------
    NotFoundError
    """
    with place.look() as look:
        look.studies.get(study_id)
        return look.jobs.latest(study_id, model), look.drafts.latest(study_id, model)


def written_so_far(place: Workspace, job_id: int) -> str:
    """The text that a model has written for a job so far; empty where none is written.

    Raises
    ------
    NotFoundError
    """
    with place.look() as look:
        return look.jobs.written(job_id)


def cancel_draft(place: Workspace, job_id: int, *, reader: Reader) -> None:
    """Ask a queued or running draft to stop."""
    logger.info("reader %d cancels job %d", reader.id, job_id)
    with place.work() as work:
        work.jobs.cancel(job_id)


def failure(job: Job) -> OverreadError:
    """A failed job as the error that ended it."""
    reason = job.error_reason or "the worker stopped"
    # A row keeps one fact of its error, whichever its sentence names.
    facts = {"model": job.model, "reason": reason, "seconds": reason, "server": reason}
    error = recorded(job.error_code, facts)
    return error if isinstance(error, ModelError) else DraftFailedError(reason=reason)


def finished_draft(place: Workspace, study_id: int, model: str | None = None) -> Draft | Job:
    """The draft, or the job that is still making it.

    Raises
    ------
    NotFoundError
        If no draft was ever asked for.
    ModelError
        If the newest job failed.
    """
    job, draft = draft_state(place, study_id, model)
    if job is None:
        raise NotFoundError(what="draft")
    if job.state.open:
        return job
    if job.state is JobState.FAILED:
        raise failure(job)
    if draft is None:
        raise NotFoundError(what="draft")
    return draft
