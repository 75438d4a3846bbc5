"""PNG and JPEG films: photographs or exports of a radiograph, without a header."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from core.domain.errors import FileTooLargeError, UnreadableFileError
from core.domain.study import Patient, Projection
from core.imaging.radiograph import Header, Radiograph
from core.imaging.windowing import Pixels, window_of_pixels

PIXEL_LIMIT = 64_000_000
MIN_SIDE = 64

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_TEXT = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_GREY_MODES = frozenset({"1", "L", "I", "I;16", "I;16B", "F"})
_STRIP_ROWS = 256


def read_plain(name: str, content: bytes) -> Radiograph:
    """Decode a PNG or JPEG film to 16-bit grey.

    The size is read from the file's head and checked before a pixel is decoded. Identifiers are
    made from the content (PS3.5 B.2 allows UUID-derived UIDs), so that the same file sent twice is
    the same instance.

    Raises
    ------
    UnreadableFileError, FileTooLargeError
    """
    try:
        with Image.open(io.BytesIO(_without_text(content)), formats=("PNG", "JPEG")) as image:
            columns, rows = image.size
            check_pixels(name, rows, columns)
            colour = image.mode not in _GREY_MODES
            # A camera writes the picture as it was held, and beside it how to turn it.
            pixels = _grey(ImageOps.exif_transpose(image))
    except Image.DecompressionBombError as error:
        raise _too_large(name) from error
    except (OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError,
            RuntimeError) as error:  # fmt: skip
        reason = "its image is damaged or cut short"
        raise UnreadableFileError(file=name, reason=reason) from error
    digest = hashlib.sha256(content).hexdigest()
    notes = ["Plain image: projection, spacing and patient are not in the file."]
    if colour:
        notes.append("The image was in colour; its brightness is shown.")
    return Radiograph(
        pixels=pixels,
        window=window_of_pixels(pixels),
        monochrome1=False,
        spacing_mm=None,
        header=Header(
            patient=Patient(),
            study_instance_uid=_uid(digest, "study"),
            series_instance_uid=_uid(digest, "series"),
            sop_instance_uid=_uid(digest, "instance"),
            modality="OT",
            projection=Projection.UNKNOWN,
        ),
        notes=tuple(notes),
    )


def check_pixels(name: str, rows: int, columns: int) -> None:
    """Refuse a film that is too large to hold or too small to read.

    Raises
    ------
    FileTooLargeError, UnreadableFileError
    """
    if rows * columns > PIXEL_LIMIT:
        raise _too_large(name)
    if min(rows, columns) < MIN_SIDE:
        raise UnreadableFileError(
            file=name, reason=f"the image is {columns} x {rows} pixels, too small to read"
        )


def luma(colours: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Brightness of red, green and blue by Rec. 601, the weights that JPEG itself uses.

    Parameters
    ----------
    colours : ndarray, shape (rows, columns, 3), uint8 or uint16

    Returns
    -------
    ndarray, shape (rows, columns), of the same type
    """
    grey = np.empty(colours.shape[:2], dtype=colours.dtype)
    weights = np.array([299, 587, 114], dtype=np.uint32)
    for top in range(0, grey.shape[0], _STRIP_ROWS):
        strip = colours[top : top + _STRIP_ROWS]
        grey[top : top + _STRIP_ROWS] = (strip @ weights + 500) // 1000
    return grey


def _too_large(name: str) -> FileTooLargeError:
    return FileTooLargeError(file=name, limit=f"{PIXEL_LIMIT // 1_000_000} million pixels")


def _without_text(content: bytes) -> bytes:
    """A PNG file without its text chunks, which may unpack to any size; others as they are."""
    if not content.startswith(_PNG):
        return content
    kept, at = [_PNG], len(_PNG)
    while at + 12 <= len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4], "big")
        if content[at + 4 : at + 8] not in _PNG_TEXT:
            kept.append(content[at:end])
        at = end
    return b"".join(kept)


def _grey(image: Image.Image) -> Pixels:
    """Brightness as uint16: 16-bit images keep their values, others become 0 to 255."""
    if image.mode in ("I;16", "I;16B", "I", "F"):
        values: npt.NDArray[Any] = np.asarray(image)
        if values.dtype.kind != "u":
            values = np.clip(np.rint(values), 0, 65535)
        return values.astype(np.uint16)
    if image.has_transparency_data and image.mode != "L":
        # What cannot be seen in the picture is background, whatever colour lies below.
        ground = Image.new("RGBA", image.size, (0, 0, 0, 255))
        image = Image.alpha_composite(ground, image.convert("RGBA"))
    grey: Pixels = np.asarray(image.convert("L")).astype(np.uint16)
    return grey


def _uid(digest: str, level: str) -> str:
    number = int(hashlib.sha256(f"{digest}:{level}".encode()).hexdigest()[:32], 16)
    return f"2.25.{number}"
