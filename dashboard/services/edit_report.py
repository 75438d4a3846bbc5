"""Open and save the working text of a report."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from core.domain.draft import Draft
from core.domain.errors import (
    DatabaseUnavailableError,
    ReportSignedError,
    StorageUnavailableError,
)
from core.domain.job import GateOverride, Job
from core.domain.reader import Reader
from core.domain.report import Sections, SignedVersion, WorkingAddendum, WorkingReport
from core.domain.study import Study, StudyStatus
from core.reporting import caveats
from core.reporting.checks import Check, open_checks
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Review:
    """All that the review page shows of a study, read in one transaction.

    ``override`` is the act behind a draft that was made against the gate.
    """

    study: Study
    prior: Study | None
    report: WorkingReport
    job: Job | None
    draft: Draft | None
    signed: tuple[SignedVersion, ...]
    addendum: WorkingAddendum
    checks: tuple[Check, ...]
    override: GateOverride | None = None


def open_review(place: Workspace, study_id: int) -> Review:
    """Everything of one study.

    Raises
    ------
    NotFoundError
    """
    with place.look() as look:
        study = look.studies.get(study_id)
        report = look.reports.get(study_id)
        draft = look.drafts.latest(study_id)
        signed = look.signed.versions(study_id)
        prior = look.studies.prior(study)
        return Review(
            study=study,
            prior=prior,
            report=report,
            job=look.jobs.latest(study_id),
            draft=draft,
            signed=signed,
            addendum=look.addenda.get(study_id),
            checks=() if signed else checks_of(report.sections, draft, prior),
            override=override_behind(look, draft),
        )


def override_behind(work: UnitOfWork, draft: Draft | None) -> GateOverride | None:
    """Who had a draft made against the gate, and when; nothing for any other draft."""
    if draft is None or draft.id is None or not caveats.against_gate(draft):
        return None
    return work.overrides.behind(draft.id)


def checks_of(sections: Sections, draft: Draft | None, prior: Study | None) -> tuple[Check, ...]:
    """What stands between a text and its signature."""
    findings = draft.findings if draft else ()
    return open_checks(sections, findings, has_prior=prior is not None)


def mark_opened(place: Workspace, study_id: int, *, reader: Reader) -> None:
    """Remember when the study was first opened: the ledger's seconds start here.

    A film can be read although nothing can be stored now: the ledger then does without.
    """
    logger.info("reader %d opens study %d", reader.id, study_id)
    try:
        with place.work() as work:
            work.reports.mark_opened(study_id)
    except (DatabaseUnavailableError, StorageUnavailableError) as error:
        logger.warning("the opening of study %d was not noted: %s", study_id, error.code)


def read_report(place: Workspace, study_id: int) -> WorkingReport:
    """The working text; for a signed study, the text that was signed.

    Raises
    ------
    NotFoundError
    """
    with place.look() as look:
        report = look.reports.get(study_id)
        signed = look.signed.versions(study_id)
    if not signed:
        return report
    return WorkingReport(
        study_id, signed[0].sections, report.version, report.human_version, report.draft_id
    )


def save_report(
    place: Workspace, study_id: int, sections: Sections, *, version: int, reader: Reader
) -> WorkingReport:
    """Keep what the reader typed, on top of ``version``.

    Raises
    ------
    NotFoundError, StaleReportError, ReportSignedError
    """
    with place.work() as work:
        require_unsigned(work, study_id)
        report = work.reports.save(study_id, sections, version)
        work.studies.set_status(study_id, StudyStatus.IN_PROGRESS)
    logger.info("reader %d saved version %d of study %d", reader.id, report.version, study_id)
    return report


def require_unsigned(work: UnitOfWork, study_id: int) -> None:
    # Take the report's row first, so that a signature and a save cannot pass each other.
    work.reports.get(study_id, lock=True)
    if work.signed.is_signed(study_id):
        raise ReportSignedError()
