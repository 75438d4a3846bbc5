"""A phantom film as a DICOM object: Digital X-Ray Image, for presentation (PS3.3 A.26)."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from io import BytesIO
from typing import Final

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    PYDICOM_IMPLEMENTATION_UID,
    UID,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
)

from core.imaging.header import PHANTOM_MANUFACTURER
from core.imaging.phantom.film import PhantomFilm

PHANTOM_COMMENT: Final = "Simulated phantom, no patient"

_ORIENTATION = {"PA": ["L", "F"], "AP": ["L", "F"], "LATERAL": ["P", "F"]}
_POSITION = {"PA": "PA", "AP": "AP", "LATERAL": "LL"}
# Context groups 4010 (views) and, below, 4009 (regions) of PS3.16.
_VIEW_CODE = {
    "PA": ("272479007", "postero-anterior"),
    "AP": ("399348003", "antero-posterior"),
    "LATERAL": ("399173006", "left lateral"),
}
_SOURCE_DETECTOR_MM = {"PA": 1800.0, "AP": 1100.0, "LATERAL": 1800.0}


def phantom_uid(*parts: object) -> UID:
    """A UID under 2.25 (PS3.5 B.2) that is always the same for the same parts."""
    name = "overread thorax phantom/" + "/".join(str(part) for part in parts)
    return UID(f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, name).int}")


def to_dicom(
    film: PhantomFilm,
    *,
    patient_name: str,
    patient_id: str,
    birth_date: date,
    sex: str,
    study_instance_uid: str,
    series_instance_uid: str,
    sop_instance_uid: str,
    study_datetime: datetime,
    accession_number: str,
    indication: str,
    instance_number: int = 1,
) -> bytes:
    """Write a film as a DICOM file that names itself a phantom.

    Returns
    -------
    bytes
        A Part 10 file, explicit VR little endian, 12 bits stored in 16.
    """
    dataset = _file(sop_instance_uid)
    _patient(dataset, patient_name, patient_id, birth_date, sex, study_datetime)
    _study(dataset, study_instance_uid, series_instance_uid, study_datetime, accession_number)
    dataset.RequestedProcedureDescription = _description(film)
    dataset.ReasonForStudy = indication
    dataset.InstanceNumber = str(instance_number)
    dataset.SeriesNumber = str(instance_number)
    _equipment(dataset)
    _image(dataset, film, study_datetime)
    _geometry(dataset, film)
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _file(sop_instance_uid: str) -> Dataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = UID(sop_instance_uid)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = UID(sop_instance_uid)
    return dataset


def _patient(
    dataset: Dataset, name: str, patient_id: str, birth_date: date, sex: str, study: datetime
) -> None:
    dataset.PatientName = name
    dataset.PatientID = patient_id
    dataset.PatientBirthDate = birth_date.strftime("%Y%m%d")
    dataset.PatientSex = sex
    birthday_to_come = (study.month, study.day) < (birth_date.month, birth_date.day)
    dataset.PatientAge = f"{study.year - birth_date.year - birthday_to_come:03d}Y"
    dataset.PatientComments = PHANTOM_COMMENT
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = "None needed: no person was imaged"


def _study(dataset: Dataset, study: str, series: str, when: datetime, accession: str) -> None:
    dataset.StudyInstanceUID = UID(study)
    dataset.SeriesInstanceUID = UID(series)
    dataset.StudyID = accession[-16:]
    dataset.AccessionNumber = accession
    dataset.ReferringPhysicianName = ""
    dataset.StudyDescription = "Chest radiograph (phantom)"
    for prefix in ("Study", "Series", "Acquisition", "Content"):
        setattr(dataset, f"{prefix}Date", when.strftime("%Y%m%d"))
        setattr(dataset, f"{prefix}Time", when.strftime("%H%M%S"))


def _equipment(dataset: Dataset) -> None:
    dataset.Manufacturer = PHANTOM_MANUFACTURER
    dataset.ManufacturerModelName = "Voxel thorax"
    dataset.InstitutionName = ""
    dataset.SoftwareVersions = "1"
    dataset.DeviceSerialNumber = "0"


def _description(film: PhantomFilm) -> str:
    return f"Chest {'lateral' if film.projection == 'LATERAL' else film.projection}"


def _image(dataset: Dataset, film: PhantomFilm, when: datetime) -> None:
    rows, columns = film.pixels.shape
    dataset.Modality = "DX"
    dataset.PresentationIntentType = "FOR PRESENTATION"
    # Computed line integrals, not read from a detector: derived. No image of a patient came first.
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.DerivationDescription = "Computed from a voxel phantom"
    dataset.ImageComments = PHANTOM_COMMENT
    dataset.BurnedInAnnotation = "NO"
    dataset.LossyImageCompression = "00"
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.PresentationLUTShape = "IDENTITY"
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.PixelIntensityRelationship = "LOG"
    dataset.PixelIntensityRelationshipSign = -1
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "0", "1", "US"
    dataset.WindowCenter, dataset.WindowWidth = "2048", "4096"
    dataset.WindowCenterWidthExplanation = "NORMAL"
    dataset.AcquisitionDateTime = when.strftime("%Y%m%d%H%M%S")
    dataset.SmallestImagePixelValue = int(film.pixels.min())
    dataset.LargestImagePixelValue = int(film.pixels.max())
    dataset["SmallestImagePixelValue"].VR = "US"
    dataset["LargestImagePixelValue"].VR = "US"
    dataset.PixelData = film.pixels.astype("<u2").tobytes()
    dataset["PixelData"].VR = "OW"


def _geometry(dataset: Dataset, film: PhantomFilm) -> None:
    spacing = [f"{value:.6f}" for value in film.spacing_mm]
    lateral = film.projection == "LATERAL"
    dataset.BodyPartExamined = "CHEST"
    dataset.SeriesDescription = _description(film)
    dataset.ViewPosition = _POSITION[film.projection]
    dataset.PatientOrientation = _ORIENTATION[film.projection]
    dataset.ImageLaterality = "L" if lateral else "U"
    dataset.ImagerPixelSpacing = spacing
    dataset.DetectorType = "DIRECT"
    dataset.PositionerType = "NONE"
    dataset.DistanceSourceToDetector = str(_SOURCE_DETECTOR_MM[film.projection])
    dataset.KVP = "120"
    dataset.AnatomicRegionSequence = Sequence([_code("816094009", "Chest")])
    dataset.ViewCodeSequence = Sequence([_code(*_VIEW_CODE[film.projection])])
    dataset.AcquisitionContextSequence = Sequence()


def _code(value: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue = value
    code.CodingSchemeDesignator = "SCT"
    code.CodeMeaning = meaning
    return code
