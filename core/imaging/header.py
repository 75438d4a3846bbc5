"""What a DICOM header says of patient, study and series, taken as it stands and never guessed."""

from __future__ import annotations

import datetime as dt
import hashlib
import re

from pydicom.dataset import Dataset

from core.domain.study import Patient, Projection
from core.imaging.radiograph import Header
from core.imaging.written import written

PHANTOM_MANUFACTURER = "Overread thorax phantom"
PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")

_UID = re.compile(r"[0-9]+(\.[0-9]+)+")
# 19570305, and 1957.03.05 as ACR-NEMA wrote it.
_DAY = re.compile(r"([0-9]{4})([.]?)([0-9]{2})\2([0-9]{2})(?![0-9])")


def read_header(dataset: Dataset) -> Header:
    """Identity, context and projection of one instance.

    Missing or malformed UIDs are replaced by ones derived from the content of the header (2.25
    root, PS3.5 B.2), so that an old file without them can still be read, twice as the same film.
    """
    return Header(
        patient=Patient(
            patient_id=written(dataset, "PatientID"),
            name=written(dataset, "PatientName"),
            birth_date=_date(written(dataset, "PatientBirthDate")),
            sex=written(dataset, "PatientSex").upper()[:1],
            age=written(dataset, "PatientAge")[:4],
        ),
        study_instance_uid=_uid(dataset, "StudyInstanceUID"),
        series_instance_uid=_uid(dataset, "SeriesInstanceUID"),
        sop_instance_uid=_uid(dataset, "SOPInstanceUID"),
        modality=modality_of(dataset),
        projection=projection_of(dataset),
        body_part=written(dataset, "BodyPartExamined").upper()[:16],
        accession_number=written(dataset, "AccessionNumber", 64),
        description=written(dataset, "StudyDescription") or written(dataset, "SeriesDescription"),
        indication=_indication(dataset),
        study_datetime=_datetime(written(dataset, "StudyDate"), written(dataset, "StudyTime")),
        phantom=written(dataset, "Manufacturer") == PHANTOM_MANUFACTURER,
    )


def modality_of(dataset: Dataset) -> str:
    """Modality (0008,0060) in capitals; empty where the file has none."""
    return written(dataset, "Modality").upper()[:16]


def projection_of(dataset: Dataset) -> Projection:
    """PA, AP or lateral from View Position (0018,5101), else from the view code's meaning."""
    position = written(dataset, "ViewPosition").upper()
    if position in ("PA", "AP"):
        return Projection(position)
    if position in ("LL", "RL", "LLD", "RLD", "LAT", "LATERAL"):
        return Projection.LATERAL
    codes = dataset.get("ViewCodeSequence") or ()
    for item in codes if not isinstance(codes, (str, bytes)) else ():
        meaning = written(item, "CodeMeaning").lower()
        if "postero-anterior" in meaning:
            return Projection.PA
        if "antero-posterior" in meaning:
            return Projection.AP
        if "lateral" in meaning:
            return Projection.LATERAL
    return Projection.UNKNOWN


def _indication(dataset: Dataset) -> str:
    reasons = (
        written(dataset, keyword)
        for keyword in (
            "ReasonForStudy",
            "ReasonForTheRequestedProcedure",
            "AdditionalPatientHistory",
        )
    )
    return next(filter(None, reasons), "")


def _uid(dataset: Dataset, keyword: str) -> str:
    uid = written(dataset, keyword)
    if _UID.fullmatch(uid) and len(uid) <= 64:
        return uid
    identity = [
        written(dataset, name)
        for name in ("PatientID", "PatientName", "StudyDate", "StudyTime", "AccessionNumber")
    ]
    seed = "|".join(identity)
    if keyword == "SOPInstanceUID" or not any(identity):
        # Nothing in the header tells such films apart: each is a study of its own.
        pixels = next((dataset[name].value for name in PIXEL_KEYWORDS if name in dataset), b"")
        seed += hashlib.sha256(pixels).hexdigest()
    number = int(hashlib.sha256(f"{keyword}|{uid}|{seed}".encode()).hexdigest()[:32], 16)
    return f"2.25.{number}"


def _date(text: str) -> dt.date | None:
    match = _DAY.match(text)
    if match is None:
        return None
    try:
        return dt.date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        return None


def _datetime(date: str, time: str) -> dt.datetime | None:
    day = _date(date)
    if day is None:
        return None
    digits = re.sub(r"[^0-9]", "", time.split(".")[0])[:6].ljust(6, "0")
    try:
        return dt.datetime.combine(day, dt.datetime.strptime(digits, "%H%M%S").time())
    except ValueError:
        return dt.datetime.combine(day, dt.time())
