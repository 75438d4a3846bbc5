"""What a DICOM header says of patient, study and series, taken as it stands and never guessed."""

from __future__ import annotations

import datetime as dt
import hashlib
import re

from pydicom.dataset import Dataset

from core.domain.study import Patient, Projection
from core.imaging.radiograph import Header

PHANTOM_MANUFACTURER = "Overread thorax phantom"

_TEXT_LIMIT = 1024
_UID = re.compile(r"^[0-9]+(\.[0-9]+)+$")


def read_header(dataset: Dataset) -> Header:
    """Identity, context and projection of one instance.

    Missing or malformed UIDs are replaced by ones derived from the content of the header (2.25
    root, PS3.5 B.2), so that an old file without them can still be read, twice as the same film.
    """
    return Header(
        patient=Patient(
            patient_id=_text(dataset, "PatientID"),
            name=_text(dataset, "PatientName"),
            birth_date=_date(_text(dataset, "PatientBirthDate")),
            sex=_text(dataset, "PatientSex").upper()[:1],
            age=_text(dataset, "PatientAge")[:4],
        ),
        study_instance_uid=_uid(dataset, "StudyInstanceUID"),
        series_instance_uid=_uid(dataset, "SeriesInstanceUID"),
        sop_instance_uid=_uid(dataset, "SOPInstanceUID"),
        modality=_text(dataset, "Modality").upper()[:16],
        projection=projection_of(dataset),
        body_part=_text(dataset, "BodyPartExamined").upper()[:16],
        accession_number=_text(dataset, "AccessionNumber")[:64],
        description=_text(dataset, "StudyDescription") or _text(dataset, "SeriesDescription"),
        indication=_indication(dataset),
        study_datetime=_datetime(_text(dataset, "StudyDate"), _text(dataset, "StudyTime")),
        phantom=_text(dataset, "Manufacturer") == PHANTOM_MANUFACTURER,
    )


def projection_of(dataset: Dataset) -> Projection:
    """PA, AP or lateral from View Position (0018,5101), else from the view code's meaning."""
    position = _text(dataset, "ViewPosition").upper()
    if position in ("PA", "AP"):
        return Projection(position)
    if position in ("LL", "RL", "LLD", "RLD", "LAT", "LATERAL"):
        return Projection.LATERAL
    for item in dataset.get("ViewCodeSequence") or ():
        meaning = _text(item, "CodeMeaning").lower()
        if "postero-anterior" in meaning:
            return Projection.PA
        if "antero-posterior" in meaning:
            return Projection.AP
        if "lateral" in meaning:
            return Projection.LATERAL
    return Projection.UNKNOWN


def _indication(dataset: Dataset) -> str:
    reasons = (
        _text(dataset, keyword)
        for keyword in (
            "ReasonForStudy",
            "ReasonForTheRequestedProcedure",
            "AdditionalPatientHistory",
        )
    )
    return next(filter(None, reasons), "")


def _text(dataset: Dataset, keyword: str) -> str:
    """A value as one line of text, control characters out, never longer than 1,024 characters."""
    value = dataset.get(keyword)
    line = "" if value is None else " ".join(str(value).split())
    return "".join(char for char in line if char.isprintable())[:_TEXT_LIMIT].strip()


def _uid(dataset: Dataset, keyword: str) -> str:
    uid = _text(dataset, keyword)
    if _UID.match(uid) and len(uid) <= 64:
        return uid
    identity = [
        _text(dataset, name)
        for name in ("PatientID", "PatientName", "StudyDate", "StudyTime", "AccessionNumber")
    ]
    seed = "|".join(identity)
    if keyword == "SOPInstanceUID" or not any(identity):
        # Nothing in the header tells such films apart: each is a study of its own.
        seed += hashlib.sha256(bytes(dataset.get("PixelData", b""))).hexdigest()
    number = int(hashlib.sha256(f"{keyword}|{uid}|{seed}".encode()).hexdigest()[:32], 16)
    return f"2.25.{number}"


def _date(text: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text[:8], "%Y%m%d").date()
    except ValueError:
        return None


def _datetime(date: str, time: str) -> dt.datetime | None:
    day = _date(date)
    if day is None:
        return None
    digits = re.sub(r"\D", "", time.split(".")[0])[:6].ljust(6, "0")
    try:
        return dt.datetime.combine(day, dt.datetime.strptime(digits, "%H%M%S").time())
    except ValueError:
        return dt.datetime.combine(day, dt.time())
