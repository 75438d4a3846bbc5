"""Take a file in: check it, decode it once, store bytes and rows, ask for a draft."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from pydicom.uid import generate_uid
from sqlalchemy.exc import IntegrityError

from core.domain.errors import (
    ConflictingInstanceError,
    ConflictingPatientError,
    InvalidPatientError,
)
from core.domain.job import JobPriority
from core.domain.names import shown_name
from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.study import (
    PATIENT_FIELDS,
    Instance,
    Patient,
    Projection,
    Source,
    Study,
    StudyStatus,
)
from core.imaging.decoder import DecodedFilm
from core.imaging.intake import is_plain
from core.imaging.radiograph import Header
from core.reporting.phrases.catalogue import known_language
from dashboard.services.patient_identity import adopt, filled_patient, require_same_patient
from dashboard.services.state_patient import context_changed, stated_patient
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

# One for the study, one for the film; the rest for clients who send both at the same moment.
_MEETINGS = 4


@dataclass(frozen=True)
class IntakeContext:
    """What the sender says of the files. It fills gaps and never overrules a header.

    ``study_uid`` gathers plain images, which name no study themselves, in one study.
    """

    indication: str = ""
    projection: Projection = Projection.UNKNOWN
    patient_id: str = ""
    source: Source = Source.UPLOAD
    patient_name: str = ""
    birth_date: dt.date | None = None
    sex: str = ""
    study_uid: str = ""

    def __post_init__(self) -> None:
        if "\x00" in self.indication:
            raise InvalidPatientError(reason="the indication holds a NUL character")

    @property
    def patient(self) -> Patient:
        """Who the sender says the patient is; raises InvalidPatientError."""
        return stated_patient(self.patient_id, self.patient_name, self.birth_date, self.sex)


@dataclass(frozen=True)
class Received:
    """A film that is stored now, or was before; ``file`` is its name as shown."""

    study_id: int
    study_instance_uid: str
    instance_id: int
    duplicate: bool
    file: str = ""


Also = Callable[[UnitOfWork, Received], None]


def new_study_uid() -> str:
    """An identifier for plain images that belong to one study (PS3.5 B.2)."""
    return str(generate_uid(prefix=None))


def receive_file(
    place: Workspace,
    name: str,
    content: bytes,
    *,
    reader: Reader,
    context: IntakeContext | None = None,
    also: Also | None = None,
) -> Received:
    """Store one file as an instance of its study and queue the study's draft.

    The blobs are on the disk before rows refer to them, and all rows, the job's included, are one
    transaction.

    Parameters
    ----------
    also : callable, optional
        Called last within that transaction, so that what it notes of the film is true or undone.

    Raises
    ------
    IntakeError
        One of its children; no row is stored then.
    InvalidPatientError
        If the context's patient cannot be kept.
    """
    context, name = context or IntakeContext(), shown_name(name)
    stated = context.patient
    film = place.decoder.decode(name, content)
    intake = _Intake(
        name=name,
        film=film,
        header=_filled(film.header, context, stated, plain=is_plain(content)),
        plain=is_plain(content),
        blob_digest=place.blobs.put(content),
        pixel_blob_digest=place.blobs.put(film.pixel_blob),
        source=context.source,
    )
    received = _store_among_others(place, intake, also)
    logger.info("reader %d sent a film of study %d", reader.id, received.study_id)
    return received


@dataclass(frozen=True)
class _Intake:
    """A film on its way in: ``film.header`` is the file's own, ``header`` has its gaps filled."""

    name: str
    film: DecodedFilm
    header: Header
    plain: bool
    blob_digest: str
    pixel_blob_digest: str
    source: Source


def _store_among_others(place: Workspace, intake: _Intake, also: Also | None) -> Received:
    for _meeting in range(_MEETINGS):
        try:
            return _store(place, intake, also)
        except IntegrityError:
            # Somebody stored the same study or film at the same moment; now it is to be found.
            continue
    return _store(place, intake, also)


def _store(place: Workspace, intake: _Intake, also: Also | None) -> Received:
    with place.work() as work:
        received = _stored(place, work, intake)
        if also is not None:
            also(work, received)
        return received


def _stored(place: Workspace, work: UnitOfWork, intake: _Intake) -> Received:
    header, instance = intake.header, _instance(intake)
    known = work.studies.instance_by_uid(instance.sop_instance_uid)
    if known is not None:
        return _known(place, work, intake, *known)
    study = work.studies.by_uid(header.study_instance_uid)
    if study is None:
        study = work.studies.add(_study(intake))
        work.reports.create(
            study.id,
            Sections(indication=study.indication),
            language=known_language(place.settings.language),
        )
    # First lock the report: a signature in progress must end before the film is judged by it.
    work.reports.get(study.id, lock=True)
    signed = work.signed.is_signed(study.id)
    require_same_patient(study, header.patient, intake.name)
    if not signed:
        adopt(work, study, own=intake.film.header.patient, filled=header.patient)
    added = work.studies.add_instance(study.id, replace(instance, after_signing=signed))
    if not signed:
        context_changed(place, work, study.id, _PRIORITY[intake.source])
    return Received(study.id, study.study_instance_uid, added.id, False, intake.name)


def _known(
    place: Workspace, work: UnitOfWork, intake: _Intake, stored: Instance, study_id: int
) -> Received:
    """A film whose identifier is stored: the same film again, or a contradiction."""
    work.reports.get(study_id, lock=True)
    study = work.studies.get(study_id)
    header, film = intake.header, intake.film
    if stored.pixel_digest != film.pixel_digest or stored.monochrome1 != film.monochrome1:
        raise ConflictingInstanceError(file=intake.name)
    # A plain image names no study itself: it stays in the one to which it was put first.
    elsewhere = not intake.plain and study.study_instance_uid != header.study_instance_uid
    if elsewhere:
        raise ConflictingPatientError(file=intake.name)
    require_same_patient(study, header.patient, intake.name)
    if not work.signed.is_signed(study_id):
        # What the sender says now and nobody said before is kept with the film that is there.
        changed = adopt(work, study, own=intake.film.header.patient, filled=header.patient)
        if stored.projection is Projection.UNKNOWN is not header.projection:
            work.studies.state_projection(stored.id, header.projection)
            changed = True
        if changed:
            context_changed(place, work, study_id, _PRIORITY[intake.source])
    return Received(study_id, study.study_instance_uid, stored.id, True, intake.name)


_PRIORITY = {
    Source.UPLOAD: JobPriority.INTAKE,
    Source.FOLDER: JobPriority.BULK,
    Source.SAMPLE: JobPriority.SAMPLE,
}


def _filled(header: Header, context: IntakeContext, stated: Patient, *, plain: bool) -> Header:
    """Gaps of the header filled from what the sender said."""
    unknown = header.projection is Projection.UNKNOWN
    return replace(
        header,
        study_instance_uid=(plain and context.study_uid) or header.study_instance_uid,
        patient=filled_patient(header.patient, stated),
        projection=context.projection if unknown else header.projection,
        indication=header.indication or context.indication,
    )


def _study(intake: _Intake) -> Study:
    header, own = intake.header, intake.film.header.patient
    stated = {
        name for name in PATIENT_FIELDS if getattr(header.patient, name) and not getattr(own, name)
    }
    return Study(
        id=0,
        study_instance_uid=header.study_instance_uid,
        patient=header.patient,
        accession_number=header.accession_number,
        description=header.description,
        indication=header.indication,
        study_datetime=header.study_datetime,
        received_at=dt.datetime.now(dt.UTC),
        source=Source.SAMPLE if header.phantom else intake.source,
        status=StudyStatus.WAITING,
        patient_stated=frozenset(stated),
    )


def _instance(intake: _Intake) -> Instance:
    film, header = intake.film, intake.header
    return Instance(
        id=0,
        sop_instance_uid=header.sop_instance_uid,
        series_instance_uid=header.series_instance_uid,
        modality=header.modality,
        projection=header.projection,
        body_part=header.body_part,
        rows=film.rows,
        columns=film.columns,
        window=film.window,
        monochrome1=film.monochrome1,
        spacing_mm=film.spacing_mm,
        blob_digest=intake.blob_digest,
        pixel_digest=film.pixel_digest,
        pixel_blob_digest=intake.pixel_blob_digest,
        notes=film.notes,
        projection_from_file=film.header.projection is not Projection.UNKNOWN,
    )
