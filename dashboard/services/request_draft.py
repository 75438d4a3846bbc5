"""Ask for a draft: the same films, context and model are drafted once."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping

from core.domain.draft import Draft, Refusal
from core.domain.errors import (
    DraftFailedError,
    ModelError,
    ModelUnavailableError,
    NotFoundError,
    NothingToOverrideError,
    OverreadError,
)
from core.domain.import_errors import recorded
from core.domain.job import Job, JobKind, JobPriority, JobState
from core.domain.reader import Reader
from core.domain.report import canonical_json
from core.domain.study import Study
from core.models import registry
from core.models.writers_in_force import Writing
from core.reporting import caveats, drafting, text_caveats
from dashboard.services import writers
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

DRAFTING_VERSION = "3"
_SAME = 40
"""So many digits begin the key of a draft and of the same draft made once more: 160 bits."""

Made = Mapping[str, object]


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
    chosen = model or place.settings.model
    # Before the study is locked: the files of the model are looked at for it.
    made = made_with(place, chosen)
    with place.work() as work:
        study = work.studies.get(study_id)
        # One request at a time for a study, so that two at once find one job.
        work.reports.get(study_id, lock=True)
        if override_gate:
            _require_refusal(work, study, chosen)
        job = _request(work, study, chosen, made, JobPriority.READER, override_gate=override_gate)
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

    What was drafted is not drafted again, unless something was drafted after it, be it by another
    version of the same model: the review shows the newest draft, so that an older one that is
    wanted again is made anew. So is a text that was cut short. A draft made for comparison stays
    one.
    """
    made = made_with(place, model)
    return _request(work, study, model, made, priority, override_gate=override_gate)


def _request(
    work: UnitOfWork,
    study: Study,
    model: str,
    made: Made,
    priority: JobPriority,
    *,
    override_gate: bool,
) -> Job:
    key = key_of(study, made, override_gate=override_gate)
    before = work.jobs.of_key(key)
    if before is not None and before.state is JobState.DONE:
        newest = work.jobs.latest(study.id) or before
        # What was drafted against the gate serves whoever asks without.
        serves = is_of(newest, study, made) and (newest.override_gate or not override_gate)
        if serves and newest.state.open:
            return newest
        if serves and newest.state is JobState.DONE and not _cut_short(work, newest):
            return newest
        key = again(key, f"after {newest.id}")
    return work.jobs.request(study.id, key, model, priority, override_gate=override_gate)


def _cut_short(work: UnitOfWork, job: Job) -> bool:
    draft = work.drafts.of_job(job.id)
    return draft is not None and text_caveats.cut_short(draft)


def comparison_key(key: str) -> str:
    """The key of the same draft, asked for beside others and not for the report."""
    return hashlib.sha256(f"comparison {key}".encode()).hexdigest()


def again(key: str, why: str) -> str:
    """The key of the same draft made once more; by its beginning it is still told for that."""
    return key[:_SAME] + hashlib.sha256(f"{key} {why}".encode()).hexdigest()[_SAME:]


def is_of(job: Job, study: Study, made: Made) -> bool:
    """Whether a job drafts the study as it is, with just that; for comparison or not."""
    key = key_of(study, made, override_gate=job.override_gate)
    return job.key[:_SAME] in (key[:_SAME], comparison_key(key)[:_SAME])


def outdated(place: Workspace, study: Study, job: Job) -> bool:
    """Whether films, context, model, its active version or settings changed since a draft.

    Of a model that is gone nobody can tell.
    """
    try:
        return not is_of(job, study, made_with(place, job.model))
    except ModelUnavailableError:
        return False


def draft_key(place: Workspace, study: Study, model: str, *, override_gate: bool = False) -> str:
    """SHA-256 over all that a draft depends on.

    Raises
    ------
    ModelUnavailableError
        If there is no model of this name.
    """
    return key_of(study, made_with(place, model), override_gate=override_gate)


def made_with(place: Workspace, model: str, writing: Writing | None = None) -> Made:
    """What a draft depends on beside its study.

    Parameters
    ----------
    writing : Writing or None
        What of a model that writes was loaded; ``None`` asks what is active now.

    Raises
    ------
    ModelUnavailableError
        If there is no model of this name.
    """
    written = writers.written_by(place, model, writing) if writers.writes(place, model) else None
    entry = registry.entry(writers.classifier_beside(place, model) if written else model)
    made: dict[str, object] = {
        "model": entry.name,
        "digest": entry.digest,
        "measured": entry.measured.digest if entry.measured else "",
        "film_check": dict(registry.film_check_document()),
        "drafting": DRAFTING_VERSION,
    }
    if written:
        made |= {"writer": model, "written_by": dict(written)}
    return made


def key_of(study: Study, made: Made, *, override_gate: bool) -> str:
    """SHA-256 over a study and what it is drafted with."""
    context: dict[str, object] = {
        **made,
        "films": [(film.pixel_digest, film.projection.value) for film in study.instances],
        "indication": study.indication,
        "age": study.age,
        "override_gate": override_gate,
        "study": study.id,
    }
    return hashlib.sha256(canonical_json(context).encode()).hexdigest()


def file_under(place: Workspace, job: Job, made: Made) -> None:
    """File a job under what drafts it, where that is no longer what was active when it was asked.

    Raises
    ------
    NotFoundError
    """
    with place.work() as work:
        study = work.studies.get(job.study_id)
        # As a request does, so that none looks for this key meanwhile.
        work.reports.get(study.id, lock=True)
        if is_of(job, study, made):
            return
        key = key_of(study, made, override_gate=job.override_gate)
        if job.kind is JobKind.COMPARISON:
            key = comparison_key(key)
        taken = work.jobs.of_key(key) is not None
        work.jobs.file_under(job.id, again(key, f"as {job.id}") if taken else key)


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
