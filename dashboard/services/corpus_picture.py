"""The one picture of a corpus that is looked at, made small enough for a page."""

from __future__ import annotations

import io

from PIL import Image, ImageOps

from core.imaging.plain import PIXEL_LIMIT

LONGEST_PX = 1024
"""Longer side of the picture on the page."""


def shown_jpeg(content: bytes) -> bytes | None:
    """Return a JPEG of a sample's picture; ``None`` where it cannot be shown.

    Its size is read from its head and checked before a pixel is decoded.
    """
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > PIXEL_LIMIT:
                return None
            # A JPEG is decoded at the smallest size that still serves.
            picture.draft("L", (LONGEST_PX, LONGEST_PX))
            shown = _eight_bits(ImageOps.exif_transpose(picture))
            shown.thumbnail((LONGEST_PX, LONGEST_PX))
            out = io.BytesIO()
            shown.save(out, "JPEG", quality=90)
            return out.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Sixteen bits are scaled to eight: a plain conversion would cut them off."""
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda grey: grey / 256).convert("L")
    return picture.convert("L")
