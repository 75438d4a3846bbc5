"""DICOM files in: check the header, decode the first frame, keep what the viewer needs."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.pixels.processing import apply_modality_lut, apply_rescale, apply_voi
from pydicom.pixels.utils import pixel_array
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from core.domain.errors import (
    FileTooLargeError,
    NoPixelsError,
    NotARadiographError,
    UnreadableFileError,
    UnsupportedEncodingError,
)
from core.domain.study import Window
from core.imaging.header import read_header
from core.imaging.plain import MIN_SIDE, PIXEL_LIMIT
from core.imaging.radiograph import Radiograph
from core.imaging.windowing import Pixels, window_of_pixels

# CR, DX and RG are projection radiographs by definition; RF and XA stations also make them, and
# OT and SC carry scanned films (PS3.3 C.7.3.1.1.1).
RADIOGRAPH_MODALITIES = frozenset({"CR", "DX", "RG", "RF", "OT", "SC", ""})

# A warning about a malformed value would carry the value, a name perhaps, into the log.
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE

Values = npt.NDArray[np.float64]

# What pydicom and numpy raise on damaged elements, beside their own InvalidDicomError.
_BROKEN = (
    InvalidDicomError,
    OSError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    struct.error,
    zlib.error,
)


def read_dicom(name: str, content: bytes) -> Radiograph:
    """Decode one DICOM file.

    Parameters
    ----------
    name : str
        The file's name, for messages alone.
    content : bytes
        All of the file, with or without preamble.

    Raises
    ------
    UnreadableFileError, NoPixelsError, NotARadiographError, UnsupportedEncodingError,
    FileTooLargeError
    """
    try:
        dataset = _parse(name, content)
        _check(name, dataset)
        values, notes = _first_frame(name, dataset)
        values, baked = _modality_and_voi_lut(dataset, values)
        if not np.isfinite(values).all():
            raise ValueError
        pixels, offset, step = _to_uint16(values)
    except _BROKEN as error:
        # pydicom reads lazily: a broken element shows wherever it is first asked for.
        raise UnreadableFileError(file=name, reason="its DICOM data are damaged") from error
    notes += ["The file's own look-up table is applied to the pixels."] if baked else []
    window = None if baked else _header_window(dataset, offset, step)
    monochrome1 = str(dataset.get("PhotometricInterpretation", "")) == "MONOCHROME1"
    return Radiograph(
        pixels=pixels,
        window=window or window_of_pixels(pixels),
        monochrome1=monochrome1,
        spacing_mm=_spacing(dataset),
        header=read_header(dataset),
        notes=tuple(notes),
    )


def _parse(name: str, content: bytes) -> Dataset:
    dataset = pydicom.dcmread(io.BytesIO(content), force=True)
    if not len(dataset):
        raise UnreadableFileError(file=name, reason="its DICOM header is empty")
    if "TransferSyntaxUID" not in dataset.file_meta:
        # Old exports leave it out; what the parser found is what the pixels are stored in.
        implicit = dataset.original_encoding[0]
        dataset.file_meta.TransferSyntaxUID = (
            ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        )
    return dataset


def _check(name: str, dataset: Dataset) -> None:
    """Refuse what is not a radiograph, and sizes that would not fit, before decoding."""
    modality = str(dataset.get("Modality", "") or "").strip().upper()
    if "PixelData" not in dataset:
        kind = getattr(dataset.get("SOPClassUID"), "name", "") or modality or "no image"
        raise NoPixelsError(file=name, kind=kind)
    if modality not in RADIOGRAPH_MODALITIES:
        raise NotARadiographError(file=name, modality=modality)
    rows, columns = int(dataset.get("Rows", 0) or 0), int(dataset.get("Columns", 0) or 0)
    if rows * columns > PIXEL_LIMIT:
        raise FileTooLargeError(file=name, limit=f"{PIXEL_LIMIT // 1_000_000} million pixels")
    if min(rows, columns) < MIN_SIDE:
        raise UnreadableFileError(
            file=name, reason=f"the image is {columns} x {rows} pixels, too small to read"
        )


def _first_frame(name: str, dataset: Dataset) -> tuple[Values, list[str]]:
    notes = []
    frames = int(dataset.get("NumberOfFrames", 1) or 1)
    try:
        frame = pixel_array(dataset, index=0)
    except (RuntimeError, NotImplementedError) as error:
        syntax = dataset.file_meta.TransferSyntaxUID
        if syntax.is_compressed:
            raise UnsupportedEncodingError(file=name, encoding=syntax.name) from error
        raise UnreadableFileError(file=name, reason="its pixels do not decode") from error
    except _BROKEN as error:
        reason = "its pixels are cut short or damaged"
        raise UnreadableFileError(file=name, reason=reason) from error
    if frames > 1:
        notes.append(f"The file holds {frames} frames; the first is shown.")
    if frame.ndim == 3:
        notes.append("The image was in colour; its brightness is shown.")
        # Rec. 601 luma, the weights JPEG itself uses.
        frame = np.rint(frame[..., :3].astype(np.float64) @ np.array([0.299, 0.587, 0.114]))
    return frame.astype(np.float64), notes


def _modality_and_voi_lut(dataset: Dataset, values: Values) -> tuple[Values, bool]:
    """Apply rescale or the modality LUT, then a VOI LUT if the file brings one.

    Returns the values and whether a VOI LUT was applied: a window of the header would then be an
    alternative view (PS3.3 C.11.2.1.1), not a second step.
    """
    if "ModalityLUTSequence" in dataset and dataset.ModalityLUTSequence:
        values = np.asarray(apply_modality_lut(values.astype(np.int64), dataset), dtype=np.float64)
    else:
        values = np.asarray(apply_rescale(values, dataset), dtype=np.float64)
    if dataset.get("VOILUTSequence"):
        looked_up = apply_voi(values.astype(np.int64), dataset, index=0)
        return np.asarray(looked_up, dtype=np.float64), True
    return values, False


def _to_uint16(values: Values) -> tuple[Pixels, float, float]:
    """Shift, and where needed scale, into uint16: ``value = offset + step * pixel``.

    Integer films that already fit keep their values, so that the viewer shows the file's numbers.
    """
    low, high = float(values.min()), float(values.max())
    whole = bool(np.all(values == np.rint(values)))
    if whole and low >= 0 and high <= 65535:
        return values.astype(np.uint16), 0.0, 1.0
    if whole and high - low <= 65535:
        return (values - low).astype(np.uint16), low, 1.0
    step = max((high - low) / 65535, 1e-12)
    return np.rint((values - low) / step).astype(np.uint16), low, step


def _header_window(dataset: Dataset, offset: float, step: float) -> Window | None:
    """The first window of the header (0028,1050), in the units of the stored pixels."""
    try:
        center = _first(dataset.get("WindowCenter"))
        width = _first(dataset.get("WindowWidth"))
    except (TypeError, ValueError):
        return None
    if center is None or width is None or not np.isfinite([center, width]).all() or width < 1:
        return None
    function = str(dataset.get("VOILUTFunction", "LINEAR") or "LINEAR").upper()
    if function not in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
        function = "LINEAR"
    window = Window(center=(center - offset) / step, width=width / step, function=function)
    return window if np.isfinite([window.center, window.width]).all() else None


def _first(value: object) -> float | None:
    if value is None or value == "":
        return None
    if isinstance(value, (list, pydicom.multival.MultiValue)):
        return float(value[0]) if len(value) else None
    return float(str(value))


def _spacing(dataset: Dataset) -> tuple[float, float] | None:
    """Millimetres between rows and columns: calibrated if given, else at the detector."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing"):
        try:
            row, column = (float(value) for value in dataset.get(keyword) or ())
        except (TypeError, ValueError):
            continue
        if 0 < row < 10 and 0 < column < 10:
            return row, column
    return None
