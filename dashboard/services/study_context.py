"""Gather what a conversation may know of one study; nobody's name is part of it."""

from __future__ import annotations

from core.models import registry
from core.reporting.identity import Identity
from core.reporting.study_context import StudyContext
from dashboard.services.edit_report import Review


def reader_context(review: Review) -> StudyContext:
    """The present report, signed or not, with the newest draft."""
    signed = review.signed[0] if review.signed else None
    return StudyContext(
        sections=signed.sections if signed else review.report.sections,
        signed=signed is not None,
        addenda=tuple(item.addendum for item in review.signed[1:]),
        report_language=signed.language if signed else review.report.language,
        draft=review.draft,
        measured=registry.measured_of(review.draft.scorer) if review.draft else None,
        has_prior=review.prior is not None,
    )


def patient_context(review: Review) -> StudyContext:
    """What was signed, and nothing of the model."""
    report, *addenda = review.signed
    return StudyContext(
        sections=report.sections,
        signed=True,
        addenda=tuple(item.addendum for item in addenda),
        report_language=report.language,
    )


def identity_words(review: Review) -> tuple[Identity, ...]:
    """Names, numbers and birth date of the patient, to be taken out of what a model is given."""
    study, patient = review.study, review.study.patient
    return (patient.name, patient.patient_id, study.accession_number, patient.birth_date)
