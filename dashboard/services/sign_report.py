"""Sign: checks, one immutable version, and its corrections, all in one transaction."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.domain.draft import Draft
from core.domain.errors import (
    FilmsChangedError,
    InvalidReportError,
    OpenChecksError,
    StaleReportError,
    StorageUnavailableError,
)
from core.domain.reader import Reader
from core.domain.reading import REASON_LIMIT, Reading, Reason
from core.domain.report import (
    Override,
    ReportStatus,
    Sections,
    SignedVersion,
    WorkingReport,
)
from core.domain.study import Study, StudyStatus
from dashboard.services.corrections import corrections_between, takes_over
from dashboard.services.edit_report import checks_of, override_behind, require_unsigned
from dashboard.services.offer_draft import show_in_worklist
from dashboard.workspace import Workspace
from storage.seal import Head
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Resolution:
    """The reader's answer to one check: the text was fixed, or it stands for a reason."""

    check: str
    action: Literal["fix", "override"]
    reason: str = ""


def sign(
    place: Workspace,
    study_id: int,
    *,
    version: int,
    reader: Reader,
    resolutions: Sequence[Resolution] = (),
    films: Sequence[int] | None = None,
    reason: Reason = Reason.UNSTATED,
    reason_text: str = "",
) -> SignedVersion:
    """Sign the text of exactly ``version``.

    Parameters
    ----------
    films
        Numbers of the films that were shown; ``None`` where the caller shows none.
    reason, reason_text
        Why the draft was changed; kept only where the text is signed against a draft.

    Raises
    ------
    NotFoundError, ReportSignedError, InvalidReportError
    FilmsChangedError
        If the study has other films by now.
    StaleReportError
        If the text is no longer the one the reader saw.
    OpenChecksError
        With the open checks in its facts.
    """
    why = _why(reason, reason_text)
    with place.work() as work:
        require_unsigned(work, study_id)
        study, report = work.studies.get(study_id), work.reports.get(study_id)
        if films is not None and set(films) != {film.id for film in study.instances}:
            raise FilmsChangedError()
        _require_version(report, version)
        latest = work.drafts.latest(study_id)
        # What the reader has not seen can neither be open nor have been used.
        shown = None if report.hidden else latest
        overrides = _resolve(work, study, report, shown, resolutions)
        draft = _used(work, report, shown)
        provenance = _provenance(work, draft)
        unsigned = next_version(
            study,
            reader,
            ReportStatus.FINAL,
            provenance,
            report.sections,
            overrides,
            language=report.language,
        )
        signed = work.signed.append(unsigned, place.seal.key(), draft.id if draft else None)
        _write_ledger(work, signed, draft or _read_beside(report, latest), report, why)
        if report.hidden and latest is not None:
            show_in_worklist(work, study, latest)
        work.studies.set_status(study_id, StudyStatus.SIGNED, signed_by=reader.name)
    advance_head(place, signed)
    logger.info("reader %d signed study %d as number %d", reader.id, study_id, signed.sequence)
    return signed


def advance_head(place: Workspace, signed: SignedVersion) -> None:
    """Move the head file on; the signature stands, whether or not that can be written now."""
    try:
        place.seal.advance(Head(signed.sequence, signed.digest))
    except StorageUnavailableError as error:
        logger.error("the newest head was not written, verify catches up: %s", error.code)


def _used(work: UnitOfWork, report: WorkingReport, shown: Draft | None) -> Draft | None:
    """The draft that the signed text grew from, if it did."""
    if report.draft_id:
        return work.drafts.get(report.draft_id)
    return shown if shown is not None and takes_over(report, shown) else None


def _read_beside(report: WorkingReport, latest: Draft | None) -> Draft | None:
    """The draft that a text written first is held against, though nothing was taken from it."""
    return latest if report.read_first and latest is not None and latest.sentences else None


def _provenance(work: UnitOfWork, draft: Draft | None) -> dict[str, str]:
    """The model that a signed text grew from, and who had it draft against the gate, if so."""
    if draft is None:
        return {}
    provenance = {"model": draft.model.name, "digest": draft.model.digest}
    # Left out otherwise, as in all versions that were signed before there were any.
    if version := draft.versions.get("writer_version"):
        provenance["version"] = version
    act = override_behind(work, draft)
    # Left out otherwise, as in all versions that were signed before there was a gate.
    if act is not None:
        provenance["gate_overridden_by"] = act.reader
        provenance["gate_overridden_at"] = act.at.isoformat()
    return provenance


def _require_version(report: WorkingReport, version: int) -> None:
    if report.version != version:
        text = report.sections.as_dict()
        raise StaleReportError(version=version, current=report.version, yours=text, theirs=text)


def _resolve(
    work: UnitOfWork,
    study: Study,
    report: WorkingReport,
    draft: Draft | None,
    resolutions: Sequence[Resolution],
) -> tuple[Override, ...]:
    """Match open checks with the reader's reasons.

    Raises
    ------
    OpenChecksError
        If a check has no reason, or is one that no reason can settle.
    """
    checks = checks_of(report, draft, work.studies.prior(study))
    reasons = {
        item.check: item.reason.strip()
        for item in resolutions
        if item.action == "override" and item.reason.strip()
    }
    still_open = [check for check in checks if check.blocking or check.id not in reasons]
    if still_open:
        raise OpenChecksError(count=len(still_open), checks=still_open)
    return tuple(Override(check.id, reasons[check.id]) for check in checks)


def next_version(
    study: Study,
    reader: Reader,
    status: ReportStatus,
    provenance: Mapping[str, str],
    sections: Sections,
    overrides: tuple[Override, ...],
    addendum: str = "",
    *,
    language: str,
) -> SignedVersion:
    """A version that still waits for its place in the chain."""
    films = [film for film in study.instances if not film.after_signing]
    return SignedVersion(
        sequence=0,
        study_id=study.id,
        number=0,
        status=status,
        sections=sections,
        addendum=addendum,
        signed_by=reader.name,
        signed_at=dt.datetime.now(dt.UTC),
        identity=identity_of(study),
        image_digests=tuple(film.blob_digest for film in films),
        pixel_digests=tuple(film.pixel_blob_digest for film in films),
        provenance=provenance,
        overrides=overrides,
        previous_digest="",
        language=language,
    )


def identity_of(study: Study) -> dict[str, str]:
    """Whose report it is, as it goes into the signed content; and what of that a person stated."""
    patient = study.patient
    # Left out where it is empty, as in all versions that were signed before it was known.
    stated = {"stated": ", ".join(sorted(study.patient_stated))} if study.patient_stated else {}
    return stated | {
        "patient_name": patient.name,
        "patient_id": patient.patient_id,
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else "",
        "sex": patient.sex,
        "accession_number": study.accession_number,
        "study_instance_uid": study.study_instance_uid,
    }


def _write_ledger(
    work: UnitOfWork,
    signed: SignedVersion,
    draft: Draft | None,
    report: WorkingReport,
    why: tuple[Reason, str],
) -> None:
    """Corrections and reading against the draft that the reader saw, or set aside unseen."""
    if draft is None:
        return
    times = work.reports.times(signed.study_id)
    work.ledger.add(
        corrections_between(draft, signed.sections, signed.language),
        study_id=signed.study_id,
        sequence=signed.sequence,
        reader=signed.signed_by,
        model=draft.model.name,
        seconds_open=times.seconds_open(signed.signed_at),
        created_at=signed.signed_at,
        language=signed.language,
    )
    work.readings.add(
        Reading(
            sequence=signed.sequence,
            study_id=signed.study_id,
            phantom=work.studies.get(signed.study_id).phantom,
            reader=signed.signed_by,
            model=draft.model.name,
            model_digest=draft.model.digest,
            seconds_reading=times.seconds_reading(signed.signed_at),
            seconds_editing=times.seconds_editing,
            reason=why[0],
            reason_text=why[1],
            before_reveal=signed.sections if report.hidden else report.before_reveal,
            created_at=signed.signed_at,
            before_language=signed.language if report.hidden else report.before_language,
        )
    )


def _why(reason: Reason, text: str) -> tuple[Reason, str]:
    """The reason as it is kept.

    Raises
    ------
    InvalidReportError
    """
    text = text.strip()
    if len(text) > REASON_LIMIT or "\x00" in text:
        raise InvalidReportError(
            reason=f"a reason has at most {REASON_LIMIT} characters and no NUL character"
        )
    return reason, text
