"""Take a file in: check it, decode it once, store bytes and rows, ask for a draft."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError

from core.domain.errors import ConflictingInstanceError, ConflictingPatientError
from core.domain.job import JobPriority
from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.study import Instance, Projection, Source, Study, StudyStatus
from core.imaging.intake import read_file
from core.imaging.radiograph import Header, Radiograph, encode_pixels, pixel_digest
from core.reporting.wording import technique
from dashboard.services.request_draft import request_in
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class IntakeContext:
    """What the sender says of the files. It fills gaps and never overrules a header."""

    indication: str = ""
    projection: Projection = Projection.UNKNOWN
    patient_id: str = ""
    source: Source = Source.UPLOAD


@dataclass(frozen=True)
class Received:
    study_id: int
    study_instance_uid: str
    instance_id: int
    duplicate: bool


def receive_file(
    place: Workspace,
    name: str,
    content: bytes,
    *,
    reader: Reader,
    context: IntakeContext | None = None,
) -> Received:
    """Store one file as an instance of its study and queue the study's draft.

    The blobs are on the disk before rows refer to them, and all rows, the job's included, are one
    transaction.

    Raises
    ------
    IntakeError
        One of its children; no row is stored then.
    """
    context = context or IntakeContext()
    film = read_file(name, content)
    film = replace(film, header=_filled(film.header, context))
    blob, pixel_blob = place.blobs.put(content), place.blobs.put(encode_pixels(film.pixels))
    intake = _Intake(name, film, blob, pixel_blob, context)
    try:
        received = _store(place, intake)
    except IntegrityError:
        # Somebody stored the same film at the same moment; now it is there to be found.
        received = _store(place, intake)
    logger.info("reader %d sent a film of study %d", reader.id, received.study_id)
    return received


@dataclass(frozen=True)
class _Intake:
    name: str
    film: Radiograph
    blob_digest: str
    pixel_blob_digest: str
    context: IntakeContext


def _store(place: Workspace, intake: _Intake) -> Received:
    header, instance = intake.film.header, _instance(intake)
    with place.work() as work:
        known = work.studies.instance_by_uid(instance.sop_instance_uid)
        if known is not None:
            return _known(work, intake, *known)
        study = work.studies.by_uid(header.study_instance_uid)
        if study is None:
            study = work.studies.add(_study(intake))
            work.reports.create(study.id, Sections(indication=study.indication))
        elif _another_patient(study, header):
            raise ConflictingPatientError(file=intake.name)
        # First lock the report: a signature in progress must end before the film is judged by it.
        work.reports.get(study.id, lock=True)
        signed = work.signed.is_signed(study.id)
        added = work.studies.add_instance(study.id, replace(instance, after_signing=signed))
        if not signed:
            _queue(place, work, study.id, intake.context.source)
        return Received(study.id, study.study_instance_uid, added.id, duplicate=False)


def _known(work: UnitOfWork, intake: _Intake, stored: Instance, study_id: int) -> Received:
    """A film whose identifier is stored: the same film again, or a contradiction."""
    study = work.studies.get(study_id)
    header = intake.film.header
    same = stored.pixel_digest == pixel_digest(intake.film.pixels)
    if not same or stored.monochrome1 != intake.film.monochrome1:
        raise ConflictingInstanceError(file=intake.name)
    if study.study_instance_uid != header.study_instance_uid or _another_patient(study, header):
        raise ConflictingPatientError(file=intake.name)
    return Received(study_id, study.study_instance_uid, stored.id, duplicate=True)


def _queue(place: Workspace, work: UnitOfWork, study_id: int, source: Source) -> None:
    study = work.studies.get(study_id)
    work.reports.film_arrived(study_id, technique(study.chest_projections))
    priority = JobPriority.SAMPLE if source is Source.SAMPLE else JobPriority.INTAKE
    request_in(work, study, place.settings.model, priority)


def _filled(header: Header, context: IntakeContext) -> Header:
    """Gaps of the header filled from what the sender said."""
    patient = header.patient
    if not patient.patient_id:
        patient = replace(patient, patient_id=context.patient_id)
    unknown = header.projection is Projection.UNKNOWN
    return replace(
        header,
        patient=patient,
        projection=context.projection if unknown else header.projection,
        indication=header.indication or context.indication,
    )


def _another_patient(study: Study, header: Header) -> bool:
    """Whether anything that both state of the patient differs."""
    stored, sent = study.patient, header.patient
    stated = (
        (stored.patient_id, sent.patient_id),
        (stored.name.casefold(), sent.name.casefold()),
        (stored.birth_date, sent.birth_date),
    )
    return any(one and other and one != other for one, other in stated)


def _study(intake: _Intake) -> Study:
    header = intake.film.header
    return Study(
        id=0,
        study_instance_uid=header.study_instance_uid,
        patient=header.patient,
        accession_number=header.accession_number,
        description=header.description,
        indication=header.indication,
        study_datetime=header.study_datetime,
        received_at=dt.datetime.now(dt.UTC),
        source=Source.SAMPLE if header.phantom else intake.context.source,
        status=StudyStatus.WAITING,
    )


def _instance(intake: _Intake) -> Instance:
    film = intake.film
    return Instance(
        id=0,
        sop_instance_uid=film.header.sop_instance_uid,
        series_instance_uid=film.header.series_instance_uid,
        modality=film.header.modality,
        projection=film.header.projection,
        body_part=film.header.body_part,
        rows=film.pixels.shape[0],
        columns=film.pixels.shape[1],
        window=film.window,
        monochrome1=film.monochrome1,
        spacing_mm=film.spacing_mm,
        blob_digest=intake.blob_digest,
        pixel_digest=pixel_digest(film.pixels),
        pixel_blob_digest=intake.pixel_blob_digest,
        notes=film.notes,
    )
