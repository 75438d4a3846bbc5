"""Say whose films these are, and how they were taken, where no file does."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping

from core.domain.errors import (
    IdentityFromFileError,
    InvalidPatientError,
    NotFoundError,
    StalePatientError,
)
from core.domain.job import JobPriority
from core.domain.reader import Reader
from core.domain.study import PATIENT_FIELDS, Patient, Projection, Study
from core.reporting.wording import technique
from dashboard.services.edit_report import require_unsigned
from dashboard.services.request_draft import request_in
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

NAME_LIMIT = 200
ID_LIMIT = 64
OLDEST = dt.date(1870, 1, 1)
SEXES = ("", "F", "M", "O")
_JOINERS = {0x200C: None, 0x200D: None}


def stated_patient(
    patient_id: str = "", name: str = "", birth_date: dt.date | None = None, sex: str = ""
) -> Patient:
    """A patient as a person typed it: "Family, Given" becomes the form of DICOM (PS3.5 6.2).

    Raises
    ------
    InvalidPatientError
    """
    if len(patient_id) > ID_LIMIT or len(name) > NAME_LIMIT:
        raise InvalidPatientError(
            reason=f"an ID may have {ID_LIMIT} characters and a name {NAME_LIMIT}"
        )
    # Joiners belong to the spelling of many scripts; other control characters belong to no name.
    if not (patient_id + name).translate(_JOINERS).isprintable():
        raise InvalidPatientError(reason="name or ID holds control characters")
    if birth_date is not None and not OLDEST <= birth_date <= dt.date.today():
        raise InvalidPatientError(reason="the date of birth is too old or to come")
    if sex not in SEXES:
        raise InvalidPatientError(reason="the sex is one of F, M and O, or empty")
    family, _comma, given = (part.strip() for part in name.partition(","))
    return Patient(
        patient_id=" ".join(patient_id.split()),
        name=f"{family}^{given}" if given else family,
        birth_date=birth_date,
        sex=sex,
    )


def state_patient(
    place: Workspace,
    study_id: int,
    *,
    reader: Reader,
    patient: Patient | None = None,
    seen: Patient | None = None,
    projections: Mapping[int, Projection] | None = None,
) -> Study:
    """Keep what the reader states, and draft again where the model would see another context.

    Parameters
    ----------
    patient : Patient, optional
        All of it; what the files state must be as they state it.
    seen : Patient, optional
        Who stood there when the reader began.
    projections : mapping of instance number to Projection, optional

    Raises
    ------
    NotFoundError, ReportSignedError
    StalePatientError
        If somebody stated another patient meanwhile.
    IdentityFromFileError
        If the files state it themselves: a header is never overruled.
    """
    projections = projections or {}
    with place.work() as work:
        require_unsigned(work, study_id)
        study = work.studies.get(study_id)
        if seen is not None and seen != study.patient:
            raise StalePatientError()
        _require_open(study, patient, projections)
        if patient is not None:
            keep_stated(work, study, patient)
        for instance_id, projection in projections.items():
            work.studies.state_projection(instance_id, projection)
        newest = work.jobs.latest(study_id)
        # The films are the same: what a reader said of them holds, if it was needed at all.
        asked = newest is not None and newest.override_gate
        overridden = asked and bool(work.overrides.of_study(study_id))
        context_changed(place, work, study_id, JobPriority.READER, override_gate=overridden)
        study = work.studies.get(study_id)
    logger.info("reader %d stated patient or projection of study %d", reader.id, study_id)
    return study


def keep_stated(work: UnitOfWork, study: Study, patient: Patient) -> None:
    """Write a patient whose open fields are a person's word."""
    stated = {name for name in study.open_fields if getattr(patient, name)}
    work.studies.set_patient(study.id, patient, frozenset(stated))


def context_changed(
    place: Workspace,
    work: UnitOfWork,
    study_id: int,
    priority: JobPriority,
    *,
    override_gate: bool = False,
) -> None:
    """Raise the version, so that nothing approved before is signed, and ask for a draft."""
    study = work.studies.get(study_id)
    language = work.reports.get(study_id).language
    work.reports.context_changed(study_id, technique(study.chest_projections, language))
    request_in(place, work, study, place.settings.model, priority, override_gate=override_gate)


def _require_open(
    study: Study, patient: Patient | None, projections: Mapping[int, Projection]
) -> None:
    for name in PATIENT_FIELDS if patient is not None else ():
        differs = getattr(patient, name) != getattr(study.patient, name)
        if differs and name not in study.open_fields:
            raise IdentityFromFileError(what=_WORDS[name])
    films = {film.id: film for film in study.instances}
    for instance_id in projections:
        if instance_id not in films:
            raise NotFoundError(what="film")
        if films[instance_id].projection_from_file:
            raise IdentityFromFileError(what="projection")


_WORDS = {
    "patient_id": "patient's ID",
    "name": "patient's name",
    "birth_date": "date of birth",
    "sex": "patient's sex",
}
