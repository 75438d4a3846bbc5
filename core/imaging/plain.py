"""PNG and JPEG films: photographs or exports of a radiograph, without a header."""

from __future__ import annotations

import hashlib
import io

import numpy as np
from PIL import Image

from core.domain.errors import FileTooLargeError, UnreadableFileError
from core.domain.study import Patient, Projection
from core.imaging.radiograph import Header, Radiograph
from core.imaging.windowing import Pixels, window_of_pixels

PIXEL_LIMIT = 64_000_000
MIN_SIDE = 64


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
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
            columns, rows = image.size
            _check_size(name, rows, columns)
            colour = image.mode not in ("1", "L", "I", "I;16", "I;16B", "F")
            pixels = _grey(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableFileError(file=name, reason="its image does not decode") from error
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


def _check_size(name: str, rows: int, columns: int) -> None:
    if rows * columns > PIXEL_LIMIT:
        raise FileTooLargeError(file=name, limit=f"{PIXEL_LIMIT // 1_000_000} million pixels")
    if min(rows, columns) < MIN_SIDE:
        raise UnreadableFileError(
            file=name, reason=f"the image is {columns} x {rows} pixels, too small to read"
        )


def _grey(image: Image.Image) -> Pixels:
    """Brightness as uint16: 16-bit images keep their values, others become 0 to 255."""
    if image.mode in ("I;16", "I;16B", "I", "F"):
        values = np.asarray(image).astype(np.float64)
        return np.clip(np.rint(values), 0, 65535).astype(np.uint16)
    return np.asarray(image.convert("L")).astype(np.uint16)


def _uid(digest: str, level: str) -> str:
    number = int(hashlib.sha256(f"{digest}:{level}".encode()).hexdigest()[:32], 16)
    return f"2.25.{number}"
