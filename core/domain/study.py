"""Patient, study, series, instance: the words of DICOM PS3.3 A.1."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Projection(StrEnum):
    """View position (0018,5101), reduced to what a reader of chest films distinguishes."""

    PA = "PA"
    AP = "AP"
    LATERAL = "LATERAL"
    UNKNOWN = "UNKNOWN"

    @property
    def frontal(self) -> bool:
        return self in (Projection.PA, Projection.AP)


class StudyStatus(StrEnum):
    """Where a study stands in the worklist."""

    WAITING = "waiting"
    DRAFTED = "drafted"
    IN_PROGRESS = "in_progress"
    SIGNED = "signed"


class Source(StrEnum):
    UPLOAD = "upload"
    FOLDER = "folder"
    SAMPLE = "sample"


@dataclass(frozen=True)
class Patient:
    """Identity as the header or the reader gave it; empty where neither did.

    ``name`` keeps the DICOM form (family^given^middle^prefix^suffix, PS3.5 6.2).
    """

    patient_id: str = ""
    name: str = ""
    birth_date: dt.date | None = None
    sex: str = ""
    age: str = ""

    @property
    def display_name(self) -> str:
        """Family, given: the first (alphabetic) component group without carets."""
        groups = [part for part in self.name.split("=") if part.strip("^ ")]
        if not groups:
            return ""
        parts = [part.strip() for part in groups[0].split("^")]
        given = " ".join(part for part in parts[1:] if part)
        return f"{parts[0]}, {given}" if parts[0] and given else parts[0] or given

    def age_at(self, day: dt.date | None) -> int | None:
        """Whole years at ``day``, from the birth date, else from the age string (0010,1010)."""
        if self.birth_date and day and day >= self.birth_date:
            before = (day.month, day.day) < (self.birth_date.month, self.birth_date.day)
            return day.year - self.birth_date.year - before
        number, unit = self.age[:-1], self.age[-1:].upper()
        if not (number.isascii() and number.isdecimal()) or unit not in "DWMY":
            return None
        return int(number) if unit == "Y" else int(number) // {"D": 365, "W": 52, "M": 12}[unit]


PATIENT_FIELDS = ("patient_id", "name", "birth_date", "sex")


@dataclass(frozen=True)
class Window:
    """Window centre and width in the units of the stored pixels (PS3.3 C.11.2.1.2)."""

    center: float
    width: float
    function: str = "LINEAR"


@dataclass(frozen=True)
class Instance:
    """One film: what the viewer and the model need to know of it, without its pixels.

    ``projection_from_file`` is false where the file states none: what stands there, if anything,
    a reader stated.
    """

    id: int
    sop_instance_uid: str
    series_instance_uid: str
    modality: str
    projection: Projection
    body_part: str
    rows: int
    columns: int
    window: Window
    monochrome1: bool
    spacing_mm: tuple[float, float] | None
    blob_digest: str
    pixel_digest: str
    pixel_blob_digest: str = ""
    notes: tuple[str, ...] = ()
    after_signing: bool = False
    projection_from_file: bool = True

    @property
    def of_chest(self) -> bool:
        """Whether Body Part Examined (0018,0015) is a chest, or is not stated."""
        part = self.body_part.upper()
        return not part or any(word in part for word in ("CHEST", "THORAX", "LUNG", "RIB"))


@dataclass(frozen=True)
class Study:
    """A study with its films, as pages, services and the API see it.

    ``patient_stated`` names the fields of the patient that a person stated, since no file does.
    """

    id: int
    study_instance_uid: str
    patient: Patient
    accession_number: str
    description: str
    indication: str
    study_datetime: dt.datetime | None
    received_at: dt.datetime
    source: Source
    status: StudyStatus
    instances: tuple[Instance, ...] = field(default=())
    patient_stated: frozenset[str] = frozenset()

    @property
    def patient_of_files(self) -> Patient:
        """The patient without what a person stated."""
        nobody = Patient()
        said = {name: getattr(nobody, name) for name in self.patient_stated}
        return replace(self.patient, **said)

    @property
    def open_fields(self) -> tuple[str, ...]:
        """Fields of the patient that no file states, so that a reader may."""
        return tuple(
            name
            for name in PATIENT_FIELDS
            if name in self.patient_stated or not getattr(self.patient, name)
        )

    @property
    def phantom(self) -> bool:
        return self.source is Source.SAMPLE

    @property
    def age(self) -> int | None:
        """In years at the study; where its date is not known, at its arrival."""
        return self.patient.age_at((self.study_datetime or self.received_at).date())

    @property
    def chest_projections(self) -> tuple[Projection, ...]:
        """Projections of the films that are, or may be, of a chest."""
        return tuple(film.projection for film in self.instances if film.of_chest)

    @property
    def frontals(self) -> tuple[Instance, ...]:
        """Films that may be frontal chest films as far as their headers tell, PA first.

        A plain image tells nothing of itself, so that it counts.
        """
        order = (Projection.PA, Projection.AP, Projection.UNKNOWN)
        films = [film for film in self.instances if film.projection in order and film.of_chest]
        return tuple(sorted(films, key=lambda film: order.index(film.projection)))
