"""Whether a film and its study are of one patient, and what each tells the other of them."""

from __future__ import annotations

from dataclasses import replace

from core.domain.errors import ConflictingPatientError, StatedPatientError
from core.domain.study import Patient, Study
from storage.unit_of_work import UnitOfWork


def require_same_patient(study: Study, patient: Patient, file: str) -> None:
    """Refuse a film whose patient contradicts what its study says.

    Raises
    ------
    ConflictingPatientError
        ``StatedPatientError`` where the contradiction is with what a person stated.
    """
    if not _another_patient(study.patient, patient):
        return
    if _another_patient(study.patient_of_files, patient):
        raise ConflictingPatientError(file=file)
    raise StatedPatientError(file=file)


def adopt(work: UnitOfWork, study: Study, *, own: Patient, filled: Patient) -> bool:
    """Fill what the study does not know of its patient; whether anything was written.

    A field that a person stated becomes the file's own once a file says the same.
    """
    patient, stated = study.patient, set(study.patient_stated)
    for name in study.open_fields:
        if getattr(own, name):
            patient = replace(patient, **{name: getattr(own, name)})
            stated.discard(name)
        elif not getattr(patient, name) and getattr(filled, name):
            patient = replace(patient, **{name: getattr(filled, name)})
            stated.add(name)
    patient = replace(patient, age=patient.age or own.age)
    if patient == study.patient and stated == study.patient_stated:
        return False
    work.studies.set_patient(study.id, patient, frozenset(stated))
    return True


def filled_patient(patient: Patient, stated: Patient) -> Patient:
    """One patient of two halves is nobody: a sender who contradicts the file fills nothing."""
    if _another_patient(patient, stated):
        return patient
    return replace(
        patient,
        patient_id=patient.patient_id or stated.patient_id,
        name=patient.name or stated.name,
        birth_date=patient.birth_date or stated.birth_date,
        sex=patient.sex or stated.sex,
    )


def _another_patient(one: Patient, other: Patient) -> bool:
    """Whether anything that both state of the patient differs."""
    stated = (
        (one.patient_id, other.patient_id),
        (one.name.casefold(), other.name.casefold()),
        (one.birth_date, other.birth_date),
    )
    return any(first and second and first != second for first, second in stated)
