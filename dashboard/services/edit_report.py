"""Open and save the working text of a report."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from core.domain.draft import Draft
from core.domain.errors import (
    DatabaseUnavailableError,
    InvalidReportError,
    ReportSignedError,
    StorageUnavailableError,
)
from core.domain.job import GateOverride, Job
from core.domain.reader import Reader
from core.domain.report import (
    ENGLISH,
    Sections,
    SignedVersion,
    WorkingAddendum,
    WorkingReport,
)
from core.domain.study import Study, StudyStatus
from core.reporting import caveats
from core.reporting.checks import Check, open_checks
from core.reporting.phrases.catalogue import languages
from core.reporting.translation import in_language, sections_in
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Review:
    """All that the review page shows of a study, read in one transaction.

    ``override`` is the act behind a draft that was made against the gate. ``language`` is that of
    the report, signed or not; the draft is worded in it as far as it can be. While the study is
    read first, ``hidden`` is true and there is no draft here, nor a check that would tell of it.
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
    language: str = ENGLISH
    hidden: bool = False


def open_review(place: Workspace, study_id: int) -> Review:
    """Everything of one study.

    Raises
    ------
    NotFoundError
    """
    with place.look() as look:
        study = look.studies.get(study_id)
        report = look.reports.get(study_id)
        signed = look.signed.versions(study_id)
        language = signed[0].language if signed else report.language
        hidden = report.hidden and not signed
        latest = None if hidden else look.drafts.latest(study_id)
        draft = in_language(latest, language) if latest else None
        prior = look.studies.prior(study)
        return Review(
            study=study,
            prior=prior,
            report=report,
            job=look.jobs.latest(study_id),
            draft=draft,
            signed=signed,
            addendum=look.addenda.get(study_id),
            checks=() if signed else checks_of(report, draft, prior),
            override=override_behind(look, draft),
            language=language,
            hidden=hidden,
        )


def override_behind(work: UnitOfWork, draft: Draft | None) -> GateOverride | None:
    """Who had a draft made against the gate, and when; nothing for any other draft."""
    if draft is None or draft.id is None or not caveats.against_gate(draft):
        return None
    return work.overrides.behind(draft.id)


def checks_of(report: WorkingReport, draft: Draft | None, prior: Study | None) -> tuple[Check, ...]:
    """What stands between a text and its signature."""
    findings = draft.findings if draft else ()
    return open_checks(
        report.sections, findings, has_prior=prior is not None, language=report.language
    )


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
    return replace(report, sections=signed[0].sections, language=signed[0].language)


def save_report(
    place: Workspace,
    study_id: int,
    sections: Sections,
    *,
    version: int,
    reader: Reader,
    language: str | None = None,
) -> WorkingReport:
    """Keep what the reader typed, on top of ``version``.

    Parameters
    ----------
    language : str, optional
        Of the text; the report's own if it is not given.

    Raises
    ------
    NotFoundError, StaleReportError, ReportSignedError
    InvalidReportError
        If no report can be in the language.
    """
    require_language(language)
    with place.work() as work:
        require_unsigned(work, study_id)
        report = work.reports.save(study_id, sections, version, language=language)
        work.studies.set_status(study_id, StudyStatus.IN_PROGRESS)
    logger.info("reader %d saved version %d of study %d", reader.id, report.version, study_id)
    return report


def choose_language(
    place: Workspace, study_id: int, language: str, *, reader: Reader
) -> WorkingReport:
    """Say in which language a report is.

    As long as nobody has typed, what was drafted is put into that language; typed text is never
    touched, and only marked.

    Raises
    ------
    NotFoundError, ReportSignedError
    InvalidReportError
        If no report can be in the language.
    """
    require_language(language)
    with place.work() as work:
        require_unsigned(work, study_id)
        report = work.reports.get(study_id)
        if report.language != language:
            worded = sections_in(report.sections, report.language, language)
            if not work.reports.fill(study_id, worded, report.draft_id, language=language):
                work.reports.set_language(study_id, language)
        report = work.reports.get(study_id)
    logger.info("reader %d chose a language for study %d", reader.id, study_id)
    return report


def require_language(language: str | None) -> None:
    """Refuse a language that nothing here can be written in.

    Raises
    ------
    InvalidReportError
    """
    if language is not None and language not in languages():
        known = ", ".join(languages())
        raise InvalidReportError(reason=f"reports are written in one of the languages {known}")


def require_unsigned(work: UnitOfWork, study_id: int) -> None:
    # Take the report's row first, so that a signature and a save cannot pass each other.
    work.reports.get(study_id, lock=True)
    if work.signed.is_signed(study_id):
        raise ReportSignedError()
