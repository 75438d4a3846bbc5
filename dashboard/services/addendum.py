"""Addenda: written like a report, signed as a further version of a signed one."""

from __future__ import annotations

import logging

from core.domain.errors import InvalidReportError, ReportNotSignedError, StaleReportError
from core.domain.reader import Reader
from core.domain.report import (
    SECTION_LIMIT,
    ReportStatus,
    Sections,
    SignedVersion,
    WorkingAddendum,
)
from dashboard.services.sign_report import advance_head, next_version
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)


def read_addendum(place: Workspace, study_id: int) -> WorkingAddendum:
    """What is written so far.

    Raises
    ------
    NotFoundError
    """
    with place.look() as look:
        look.studies.get(study_id)
        return look.addenda.get(study_id)


def save_addendum(
    place: Workspace, study_id: int, text: str, *, version: int, reader: Reader
) -> WorkingAddendum:
    """Keep what the reader typed, on top of ``version``.

    Raises
    ------
    NotFoundError, ReportNotSignedError, StaleReportError, InvalidReportError
    """
    if len(text) > SECTION_LIMIT or "\x00" in text:
        raise InvalidReportError(reason=f"an addendum has 1 to {SECTION_LIMIT} characters")
    with place.work() as work:
        _require_signed(work, study_id)
        saved = work.addenda.save(study_id, text, version)
    logger.info("reader %d saved an addendum of study %d", reader.id, study_id)
    return saved


def sign_addendum(
    place: Workspace, study_id: int, *, version: int, reader: Reader
) -> SignedVersion:
    """Sign the addendum as it was saved in exactly ``version``, and begin an empty one.

    Raises
    ------
    NotFoundError, ReportNotSignedError, StaleReportError, InvalidReportError
    """
    with place.work() as work:
        _require_signed(work, study_id)
        written = work.addenda.get(study_id)
        if written.version != version:
            text = {"addendum": written.text}
            raise StaleReportError(
                version=version, current=written.version, yours=text, theirs=text
            )
        signed = _append(place, work, study_id, written.text, reader)
        work.addenda.save(study_id, "", version)
    return _sealed(place, signed, reader)


def add_addendum(place: Workspace, study_id: int, text: str, *, reader: Reader) -> SignedVersion:
    """Sign a whole addendum at once, beside whatever is being written.

    Raises
    ------
    NotFoundError, ReportNotSignedError, InvalidReportError
    """
    with place.work() as work:
        _require_signed(work, study_id)
        signed = _append(place, work, study_id, text, reader)
    return _sealed(place, signed, reader)


def _append(
    place: Workspace, work: UnitOfWork, study_id: int, text: str, reader: Reader
) -> SignedVersion:
    text = text.strip()
    if not text or len(text) > SECTION_LIMIT or "\x00" in text:
        raise InvalidReportError(reason=f"an addendum has 1 to {SECTION_LIMIT} characters")
    study = work.studies.get(study_id)
    # An addendum is of the report's language.
    report = work.signed.versions(study_id)[0]
    version = next_version(
        study,
        reader,
        ReportStatus.ADDENDUM,
        {},
        Sections(),
        (),
        text,
        language=report.language,
    )
    return work.signed.append(version, place.seal.key(), None)


def _sealed(place: Workspace, signed: SignedVersion, reader: Reader) -> SignedVersion:
    advance_head(place, signed)
    logger.info(
        "reader %d added to study %d as number %d", reader.id, signed.study_id, signed.sequence
    )
    return signed


def _require_signed(work: UnitOfWork, study_id: int) -> None:
    # The report's row is the lock of everything that is written about a study.
    work.reports.get(study_id, lock=True)
    if not work.signed.is_signed(study_id):
        raise ReportNotSignedError()
