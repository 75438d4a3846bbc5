"""The first frame of a DICOM image, as stored values of one sample a pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    JPEG2000TransferSyntaxes,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
    RLELossless,
)

from core.domain.errors import FileTooLargeError, UnreadableFileError, UnsupportedEncodingError
from core.imaging.codestream import stated_size
from core.imaging.plain import PIXEL_LIMIT, luma
from core.imaging.written import one_line

Stored = npt.NDArray[Any]

IN_COLOUR = "The image was in colour; its brightness is shown."

_STATING_SIZE = (*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes, *JPEG2000TransferSyntaxes)
_ENCAPSULATED = b"\xfe\xff\x00\xe0"


def first_frame(name: str, dataset: Dataset, broken: tuple[type[Exception], ...]) -> Stored:
    """Decode the first frame.

    Parameters
    ----------
    broken : tuple of exception types
        What the libraries raise on damaged data; here it means that pixels are damaged.

    Returns
    -------
    ndarray
        Shape (rows, columns) with stored values, integer or float, bits that belong to no value
        cleared; or shape (rows, columns, 3), red, green and blue.

    Raises
    ------
    UnsupportedEncodingError, UnreadableFileError, FileTooLargeError
    """
    _fill_gaps(dataset)
    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        available = get_decoder(syntax).is_available
    except NotImplementedError:
        available = False
    if not available:
        raise UnsupportedEncodingError(file=name, encoding=one_line(syntax.name, 64))
    if syntax.is_encapsulated:
        _check_stated_size(name, dataset)
    elif "PixelData" in dataset:
        _check_length(name, dataset)
    try:
        frame: Stored = pixel_array(dataset, index=0, correct_unused_bits=False)
        if dataset.PhotometricInterpretation == "PALETTE COLOR":
            frame = apply_color_lut(frame, dataset)
    except broken as error:
        coding = f" ({syntax.name})" if syntax.is_encapsulated else ""
        reason = f"its pixels{coding} are damaged or cut short"
        raise UnreadableFileError(file=name, reason=reason) from error
    frame = np.ascontiguousarray(frame, dtype=frame.dtype.newbyteorder("="))
    if frame.ndim == 2 and (not syntax.is_encapsulated or syntax == RLELossless):
        return _used_bits(frame, dataset)
    return frame


def brightness(frame: Stored) -> Stored:
    """Luma of a frame in colour, shape (rows, columns); a grey frame as it is."""
    return frame if frame.ndim == 2 else luma(frame[..., :3])


def _fill_gaps(dataset: Dataset) -> None:
    """Elements that describe the pixels, required by the standard and sometimes left out.

    What is put in is what nearly every radiograph states: one sample, unsigned, dense tissue
    bright, as many bits as lie in the file.
    """
    if "SamplesPerPixel" not in dataset:
        dataset.SamplesPerPixel = 1
    if "PhotometricInterpretation" not in dataset:
        dataset.PhotometricInterpretation = "RGB" if dataset.SamplesPerPixel == 3 else "MONOCHROME2"
    if "BitsAllocated" not in dataset and "PixelData" in dataset:
        samples = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel
        dataset.BitsAllocated = 16 if len(dataset.PixelData) >= 2 * samples else 8
    if "PixelData" in dataset:
        if not 0 < (dataset.get("BitsStored") or 0) <= dataset.BitsAllocated:
            dataset.BitsStored = dataset.BitsAllocated
        if "PixelRepresentation" not in dataset:
            dataset.PixelRepresentation = 0
    if dataset.SamplesPerPixel != 1 and "PlanarConfiguration" not in dataset:
        dataset.PlanarConfiguration = 0


def _check_stated_size(name: str, dataset: Dataset) -> None:
    """A compressed frame must be of the size of the header, which has been checked."""
    pixels = dataset.PixelData
    syntax = dataset.file_meta.TransferSyntaxUID
    if not pixels.startswith(_ENCAPSULATED):
        raise UnreadableFileError(
            file=name, reason=f"its pixels are said to be {syntax.name} and are not"
        )
    if syntax not in _STATING_SIZE:
        return
    frames = int(dataset.get("NumberOfFrames") or 1)
    stated = stated_size(get_frame(pixels, 0, number_of_frames=frames))
    if stated is None:
        return
    rows, columns = stated
    if rows * columns > PIXEL_LIMIT:
        raise FileTooLargeError(file=name, limit=f"{PIXEL_LIMIT // 1_000_000} million pixels")
    if rows and (rows, columns) != (dataset.Rows, dataset.Columns):
        raise UnreadableFileError(
            file=name,
            reason=f"its header says {dataset.Columns} x {dataset.Rows} pixels, "
            f"its image {columns} x {rows}",
        )


def _check_length(name: str, dataset: Dataset) -> None:
    samples = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel
    if dataset.PhotometricInterpretation == "YBR_FULL_422":
        samples = samples * 2 // 3
    expected = (samples * dataset.BitsAllocated + 7) // 8
    if len(dataset.PixelData) < expected:
        raise UnreadableFileError(
            file=name,
            reason=f"its pixels are cut short ({len(dataset.PixelData):,} of {expected:,} bytes)",
        )


def _used_bits(frame: Stored, dataset: Dataset) -> Stored:
    """Values without the bits of the cell that belong to none (PS3.5 8.1.1).

    Overlays used to be kept there, and some stations leave their memory's former content. A value
    that lies in the upper bits, as High Bit allowed before 2001, is moved down, but only if bits
    above the stored ones are in use: High Bit is often misstated.
    """
    if frame.dtype.kind not in "iu":
        return frame
    bits, allocated = int(dataset.BitsStored), frame.dtype.itemsize * 8
    if bits >= allocated:
        return frame
    cells = frame.view(f"u{frame.dtype.itemsize}")
    high = int(dataset.get("HighBit") or 0)
    shift = high + 1 - bits if bits <= high < allocated else 0
    if shift and int(cells.max()) >> bits:
        cells >>= cells.dtype.type(shift)
    cells &= cells.dtype.type((1 << bits) - 1)
    if frame.dtype.kind == "i":
        # Up and down again: the right shift of a signed value repeats its sign bit.
        frame <<= frame.dtype.type(allocated - bits)
        frame >>= frame.dtype.type(allocated - bits)
    return frame
