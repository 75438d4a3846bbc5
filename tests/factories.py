"""Films made by the tests: small, synthetic, no patient in them."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from core.imaging.decoder import DecodedFilm, decode

DX = "1.2.840.10008.5.1.4.1.1.1.1"


def film_pixels(rows: int = 96, columns: int = 80, seed: int = 0) -> np.ndarray:
    """A bright oval on a dark ground with noise, shape (rows, columns), uint16 of 12 bits."""
    y, x = np.mgrid[0:rows, 0:columns]
    oval = ((x / columns - 0.5) ** 2 + (y / rows - 0.5) ** 2) < 0.12
    noise = np.random.default_rng(seed).normal(0, 40, (rows, columns))
    return np.clip(1000 + 1800 * oval + noise, 0, 4095).astype(np.uint16)


def dicom_dataset(pixels: np.ndarray | None = None, **tags: object) -> Dataset:
    """A DX image; ``tags`` replace or add elements by keyword, ``None`` removes one."""
    pixels = film_pixels() if pixels is None else pixels
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = DX
    elements: dict[str, object] = {
        "SpecificCharacterSet": "ISO_IR 192",
        "SOPClassUID": DX,
        "SOPInstanceUID": generate_uid(),
        "StudyInstanceUID": generate_uid(),
        "SeriesInstanceUID": generate_uid(),
        "PatientName": "DOE^JANE",
        "PatientID": "4711",
        "PatientBirthDate": "19570305",
        "PatientSex": "F",
        "StudyDate": "20261120",
        "StudyTime": "091400",
        "AccessionNumber": "20-118",
        "Modality": "DX",
        "BodyPartExamined": "CHEST",
        "ViewPosition": "PA",
        "ReasonForStudy": "Cough.",
        "PhotometricInterpretation": "MONOCHROME2",
        "SamplesPerPixel": 1,
        "Rows": pixels.shape[0],
        "Columns": pixels.shape[1],
        "BitsAllocated": pixels.dtype.itemsize * 8,
        "BitsStored": 12 if pixels.dtype == np.uint16 else pixels.dtype.itemsize * 8,
        "HighBit": 11 if pixels.dtype == np.uint16 else pixels.dtype.itemsize * 8 - 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
        "WindowCenter": 2000,
        "WindowWidth": 3500,
        "ImagerPixelSpacing": [0.2, 0.2],
        "PixelData": pixels.tobytes(),
    }
    for keyword, value in (elements | tags).items():
        if value is not None:
            setattr(dataset, keyword, value)
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID", generate_uid())
    return dataset


def dicom_bytes(pixels: np.ndarray | None = None, **tags: object) -> bytes:
    """The file of :func:`dicom_dataset`."""
    target = io.BytesIO()
    dicom_dataset(pixels, **tags).save_as(target, enforce_file_format=True)
    return target.getvalue()


def image_bytes(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    """A PNG or JPEG file."""
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, kind)
    return target.getvalue()


class InThisProcess:
    """A decoder for processes that live too short to have processes of their own."""

    def decode(self, name: str, content: bytes) -> DecodedFilm:
        return decode(name, content)
