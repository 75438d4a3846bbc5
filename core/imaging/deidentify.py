"""A film as a DICOM object that tells nothing of its patient (DICOM PS3.15 E.2, basic profile).

Two nets, one behind the other. The profile's table says what is done with every attribute that it
lists; what it does not list is let through only with a value from the closed lists below, so that
no free text, date, number of a device or private element is left, in whatever element it stood.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    PYDICOM_IMPLEMENTATION_UID,
    ComputedRadiographyImageStorage,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
    generate_uid,
)

from core.domain.errors import UnreadableFileError
from core.domain.study import Window
from core.imaging.confidentiality import apply_basic_profile
from core.imaging.dicom import BROKEN
from core.imaging.file_size import check_size
from core.imaging.header import PHANTOM_MANUFACTURER
from core.imaging.intake import is_plain
from core.imaging.phantom.dicom_film import PHANTOM_COMMENT
from core.imaging.windowing import Pixels

BASIC_PROFILE: Final = ("113100", "Basic Application Confidentiality Profile")
CLEAN_PIXELS: Final = ("113101", "Clean Pixel Data Option")
METHOD: Final = "DICOM PS3.15 basic profile; Overread teaching case"

_ALLOWED: Mapping[str, Collection[str]] = {
    "Modality": {"CR", "DX", "RG", "RF", "XA", "OT", "SC"},
    "BodyPartExamined": {"CHEST", "THORAX", "LUNG", "RIB", "RIBS"},
    "ImageLaterality": {"L", "R", "U", "B"},
    "Laterality": {"L", "R"},
    "LossyImageCompression": {"00", "01"},
    "PixelIntensityRelationship": {"LIN", "LOG"},
    "DetectorType": {"DIRECT", "SCINTILLATOR", "STORAGE", "FILM"},
    "PositionerType": {"CARM", "COLUMN", "NONE"},
}
# Codes of PS3.16, context groups 4010 (views) and 4009 (regions).
_VIEWS: Mapping[str, tuple[str, str]] = {
    "PA": ("272479007", "postero-anterior"),
    "AP": ("399348003", "antero-posterior"),
    "LATERAL": ("399067008", "lateral"),
}
_POSITION = {"PA": "PA", "AP": "AP", "LATERAL": "LL"}
_CLASSES = (ComputedRadiographyImageStorage, DigitalXRayImageStorageForPresentation)
# Type 2 of the patient and study modules: there, and empty.
_EMPTY = (
    *("StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "StudyID"),
    *("PatientBirthDate", "PatientSex", "SeriesNumber", "Manufacturer"),
)


@dataclass(frozen=True)
class MaskedFilm:
    """The pixels that take the place of those of the file.

    ``pixels`` has shape (rows, columns), uint16, after the modality transformation; the window is
    in their units, ``spacing_mm`` is (row, column) distance at the detector. ``masked`` says
    whether anything was painted over, ``text_left`` whether text still stands in them.
    """

    pixels: Pixels
    window: Window
    monochrome1: bool
    spacing_mm: tuple[float, float] | None
    projection: str
    masked: bool
    text_left: bool


def deidentify(content: bytes, film: MaskedFilm, *, key: bytes) -> bytes:
    """Write a film anew without the identity that its file carries.

    Parameters
    ----------
    content : bytes
        The file that the film came in, DICOM or a plain image; its pixels are not read.
    key : bytes
        Of this case alone; with it goes the only way from the old UIDs to the new ones.

    Returns
    -------
    bytes
        A Part 10 file, explicit VR little endian, 16 bits, uncompressed, with an empty preamble.

    Raises
    ------
    UnreadableFileError, FileTooLargeError
        If the header of the file is damaged.
    """
    dataset = profiled(content, key)
    kept = _technical(dataset)
    _identity(kept, dataset, key)
    _statement(kept, film)
    _image(kept, film)
    if kept.SOPClassUID == DigitalXRayImageStorageForPresentation:
        _digital_xray(kept, dataset, film)
    buffer = io.BytesIO()
    kept.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def profiled(content: bytes, key: bytes) -> Dataset:
    """The header of a file after the basic profile; empty for a plain image.

    Raises
    ------
    UnreadableFileError, FileTooLargeError
    """
    check_size("film", len(content))
    if is_plain(content):
        return Dataset()
    try:
        with warnings.catch_warnings():
            # They would quote the header.
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(io.BytesIO(content), force=True, stop_before_pixels=True)
            dataset.decode()
            apply_basic_profile(dataset, key)
    except BROKEN as error:
        raise UnreadableFileError(file="film", reason="its DICOM data are damaged") from error
    return dataset


def _technical(dataset: Dataset) -> Dataset:
    """What may stay: values from closed lists, and nothing else."""
    kept = Dataset()
    for keyword, allowed in _ALLOWED.items():
        value = str(dataset.get(keyword) or "").strip().upper()
        if value in allowed:
            setattr(kept, keyword, value)
    return kept


def _identity(kept: Dataset, dataset: Dataset, key: bytes) -> None:
    """Class and UIDs, those of the file as the profile replaced them; names that are nobody's."""
    source = dataset.get("SOPClassUID")
    kept.SOPClassUID = source if source in _CLASSES else SecondaryCaptureImageStorage
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        fresh = generate_uid(None, [key.hex(), keyword])
        setattr(kept, keyword, dataset.get(keyword) or fresh)
    kept.PatientName = "Teaching^Case"
    # The series of random numbers of which a case's UIDs are made serves as its number.
    kept.PatientID = f"CASE-{str(kept.StudyInstanceUID)[-8:]}"
    for keyword in _EMPTY:
        setattr(kept, keyword, None if keyword == "SeriesNumber" else "")
    if str(dataset.get("Manufacturer")) == PHANTOM_MANUFACTURER:
        # A phantom says so wherever it goes.
        kept.Manufacturer, kept.ImageComments = PHANTOM_MANUFACTURER, PHANTOM_COMMENT
    kept.InstanceNumber = "1"
    kept.Modality = kept.get("Modality", "OT")
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = kept.SOPClassUID
    meta.MediaStorageSOPInstanceUID = kept.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    kept.file_meta = meta


def _statement(kept: Dataset, film: MaskedFilm) -> None:
    """What was done, as PS3.15 E.1.1 and PS3.3 C.7.1.1 ask to say it."""
    kept.PatientIdentityRemoved = "YES"
    kept.DeidentificationMethod = METHOD
    done = (BASIC_PROFILE, CLEAN_PIXELS) if film.masked else (BASIC_PROFILE,)
    kept.DeidentificationMethodCodeSequence = Sequence(
        [_code(value, meaning, "DCM") for value, meaning in done]
    )
    kept.LongitudinalTemporalInformationModified = "REMOVED"
    kept.BurnedInAnnotation = "YES" if film.text_left else "NO"


def _image(kept: Dataset, film: MaskedFilm) -> None:
    pixels = np.ascontiguousarray(film.pixels, dtype="<u2")
    kept.ImageType = ["DERIVED", "PRIMARY"]
    kept.SamplesPerPixel = 1
    kept.PhotometricInterpretation = "MONOCHROME1" if film.monochrome1 else "MONOCHROME2"
    kept.Rows, kept.Columns = pixels.shape
    kept.BitsAllocated, kept.BitsStored, kept.HighBit = 16, 16, 15
    kept.PixelRepresentation = 0
    kept.WindowCenter = f"{film.window.center:.10g}"
    kept.WindowWidth = f"{film.window.width:.10g}"
    kept.VOILUTFunction = film.window.function
    kept.RescaleIntercept, kept.RescaleSlope, kept.RescaleType = "0", "1", "US"
    kept.PresentationLUTShape = "INVERSE" if film.monochrome1 else "IDENTITY"
    if film.spacing_mm:
        kept.ImagerPixelSpacing = [f"{value:.10g}" for value in film.spacing_mm]
    if film.projection in _POSITION:
        kept.ViewPosition = _POSITION[film.projection]
        kept.PatientOrientation = ["P", "F"] if film.projection == "LATERAL" else ["L", "F"]
    if kept.SOPClassUID == SecondaryCaptureImageStorage:
        kept.ConversionType = "WSD"
    kept.PixelData = pixels.tobytes()
    kept["PixelData"].VR = "OW"


def _digital_xray(kept: Dataset, dataset: Dataset, film: MaskedFilm) -> None:
    """What the modules of a DX object ask for beyond that (PS3.3 A.26)."""
    kept.PresentationIntentType = "FOR PRESENTATION"
    kept.ImageLaterality = kept.get("ImageLaterality", "U")
    kept.LossyImageCompression = kept.get("LossyImageCompression", "00")
    kept.PixelIntensityRelationship = kept.get("PixelIntensityRelationship", "LOG")
    rising = dataset.get("PixelIntensityRelationshipSign") == 1
    kept.PixelIntensityRelationshipSign = 1 if rising else -1
    kept.AnatomicRegionSequence = Sequence([_code("816094009", "Chest", "SCT")])
    if film.projection in _VIEWS:
        kept.ViewCodeSequence = Sequence([_code(*_VIEWS[film.projection], "SCT")])
    kept.AcquisitionContextSequence = Sequence()


def _code(value: str, meaning: str, scheme: str) -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code
