"""DICOM files in: check the header, decode the first frame, keep what the viewer needs."""

from __future__ import annotations

import io
import struct
import warnings
import zlib

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_dataset, read_preamble
from pydicom.tag import BaseTag
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from core.domain.errors import (
    FileTooLargeError,
    IntakeError,
    NoPixelsError,
    NotARadiographError,
    UnreadableFileError,
)
from core.imaging.frame import IN_COLOUR, brightness, first_frame
from core.imaging.grey_values import Scale, grey_values, has_voi_lut, header_window
from core.imaging.header import PIXEL_KEYWORDS, modality_of, read_header
from core.imaging.plain import check_pixels
from core.imaging.proportions import aspect_of, in_proportion, spacing_of
from core.imaging.radiograph import Radiograph
from core.imaging.windowing import shows_something, window_of_pixels
from core.imaging.written import one_line, written

# CR, DX and RG are projection radiographs by definition; RF and XA stations also make them, and
# OT and SC carry scanned films (PS3.3 C.7.3.1.1.1). A file that does not say is looked at.
RADIOGRAPH_MODALITIES = frozenset({"CR", "DX", "RG", "RF", "OT", "SC", ""})

# What a deflated data set may hold: the largest film, uncompressed, and a large header.
INFLATED_LIMIT_MB = 160

# A warning about a malformed value would carry the value, a name perhaps, into the log.
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE

# What pydicom, its plug-ins and numpy raise on damaged elements.
BROKEN = (
    InvalidDicomError,
    BytesLengthException,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    AssertionError,
    RuntimeError,
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
        with warnings.catch_warnings():
            # They would quote the header.
            warnings.simplefilter("ignore")
            dataset = _parse(name, content)
            _check(name, dataset)
            return _film(name, dataset)
    except IntakeError:
        raise
    except BROKEN as error:
        # pydicom reads lazily: a broken element shows wherever it is first asked for.
        raise UnreadableFileError(file=name, reason="its DICOM data are damaged") from error


def _film(name: str, dataset: Dataset) -> Radiograph:
    frame = first_frame(name, dataset, BROKEN)
    colour = frame.ndim == 3
    monochrome1 = dataset.PhotometricInterpretation == "MONOCHROME1" and not colour
    if colour:
        # What is asked of grey values (PS3.3 C.11.2) does not apply to colours.
        pixels, scale = brightness(frame).astype("u2"), Scale()
        baked, window = False, None
    else:
        pixels, scale = grey_values(frame, dataset, monochrome1=monochrome1)
        baked = has_voi_lut(dataset)
        window = None if baked else header_window(dataset, scale)
    del frame
    notes = _notes(dataset, colour=colour, baked=baked)
    if window is not None and not shows_something(pixels, window):
        window = None
        notes.append("The file's window shows nothing of its pixels; another one is used.")
    window = window or window_of_pixels(pixels)
    pixels, spacing, stretched = in_proportion(pixels, spacing_of(dataset), aspect_of(dataset))
    return Radiograph(
        pixels=pixels,
        window=window,
        monochrome1=monochrome1,
        spacing_mm=spacing,
        header=read_header(dataset),
        notes=tuple(filter(None, [*notes, stretched])),
    )


def _notes(dataset: Dataset, *, colour: bool, baked: bool) -> list[str]:
    frames = int(dataset.get("NumberOfFrames") or 1)
    overlays = any((group, 0x0010) in dataset for group in range(0x6000, 0x6020, 2))
    said = {
        f"The file holds {frames} frames; the first is shown.": frames > 1,
        IN_COLOUR: colour,
        "The file's own look-up table is applied to the pixels.": baked,
        "Marks that the file draws over the image (overlays) are not shown.": overlays,
    }
    return [note for note, true in said.items() if true]


def _parse(name: str, content: bytes) -> Dataset:
    stream = io.BytesIO(content)
    meta, start = _file_meta(stream)
    if meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        dataset = pydicom.dcmread(io.BytesIO(_inflated(name, content[start:])), force=True)
        dataset.file_meta = meta
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    else:
        stream.seek(0)
        dataset = pydicom.dcmread(stream, force=True)
    if not len(dataset):
        raise UnreadableFileError(file=name, reason="it ends with its header")
    if not dataset.file_meta.get("TransferSyntaxUID"):
        # Old exports leave it out; what the parser found is what the pixels are stored in.
        implicit, little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
    return dataset


def _file_meta(stream: io.BytesIO) -> tuple[FileMetaDataset, int]:
    """The File Meta Information (PS3.10 7.1), and where the data set starts."""

    def beyond(tag: BaseTag, _vr: str | None, _length: int) -> bool:
        return tag.group != 2

    read_preamble(stream, force=True)
    meta = FileMetaDataset(read_dataset(stream, False, True, stop_when=beyond))
    return meta, stream.tell()


def _inflated(name: str, deflated: bytes) -> bytes:
    """A deflated data set (PS3.5 A.5), unpacked only as far as a film can be long."""
    limit = INFLATED_LIMIT_MB * 2**20
    inflated = zlib.decompressobj(-zlib.MAX_WBITS).decompress(deflated, limit + 1)
    if len(inflated) > limit:
        raise FileTooLargeError(file=name, limit=f"{INFLATED_LIMIT_MB} MB when unpacked")
    return inflated


def _check(name: str, dataset: Dataset) -> None:
    """Refuse what is not a radiograph, and sizes that would not fit, before decoding."""
    modality = modality_of(dataset)
    if not any(keyword in dataset for keyword in PIXEL_KEYWORDS):
        kind = _kind(dataset)
        if "Rows" in dataset or "Image Storage" in kind:
            raise UnreadableFileError(file=name, reason="it ends before its pixels")
        raise NoPixelsError(file=name, kind=kind or modality or "no image")
    if modality not in RADIOGRAPH_MODALITIES:
        raise NotARadiographError(file=name, modality=modality)
    rows, columns = dataset.get("Rows"), dataset.get("Columns")
    if not rows or not columns:
        raise UnreadableFileError(file=name, reason="its header does not say how large it is")
    check_pixels(name, int(rows), int(columns))


def _kind(dataset: Dataset) -> str:
    """The name of what the file holds, by its SOP class."""
    uid = written(dataset, "SOPClassUID") or written(dataset.file_meta, "MediaStorageSOPClassUID")
    return one_line(UID(uid).name, 64)
