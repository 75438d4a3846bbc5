"""Whether the picture of a record can be taught from, and what makes it the same as another.

The checks, in this order; the first that fails is the reason of the drop:

1. more bytes than `MOST_BYTES`, before they are read; more pixels than a film may have, by the
   picture's header alone, before one is decoded
2. no PNG or JPEG, or one that is damaged or cut short
3. a shorter side of less than `SHORTEST_SIDE`
4. nothing on it (`LEAST_CONTRAST`), strong colours (`COLOUR_SHARE`), or black and white with
   nothing between (`LEAST_HALFTONES`): a photograph, a chart, a drawing, a page of text

The three limits of the last check are far from what radiographs show: of 250 films drawn from four
public collections the least contrast was 16 levels, the least share of halftones 0.31, and none had
a coloured pixel. A picture that passes need not be a chest film; captions and concepts say that.

A picture is turned as its EXIF orientation says. One of 16 bits is windowed to 8 and encoded again:
the processors of language models cut values above 255 off, and would see a white film.
"""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from core.imaging.plain import PIXEL_LIMIT
from core.imaging.windowing import apply_window, window_of_pixels
from core.training.corpus.sample import Drop

MOST_BYTES = 40_000_000
"""Of an encoded picture. The largest film, 64 million pixels, has about as many as a JPEG."""
SHORTEST_SIDE = 128
"""Below it a rib is a pixel wide, and no vision tower of the trade takes as little."""
THUMBNAIL = 256
COLOUR_LEVELS = 48
"""Between the strongest and the weakest of red, green and blue. A tinted scan stays below."""
COLOUR_SHARE = 0.10
"""Arrows and letters in colour cover less of a film."""
LEAST_CONTRAST = 8.0
"""Standard deviation of grey levels, of 255."""
DARK, BRIGHT = 16, 239
LEAST_HALFTONES = 0.10
"""Share of the picture between `DARK` and `BRIGHT`."""
HASH_SIDE = 16
FORMATS = ("PNG", "JPEG")

Grey = npt.NDArray[np.uint8]
Colours = npt.NDArray[np.uint8]
_DAMAGED = (OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError,
            RuntimeError, struct.error, zlib.error, cv2.error)  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """A picture that can be taught from.

    Attributes
    ----------
    encoded : bytes
        As it was given, but for one of 16 bits.
    width, height : int
        As it is looked at, turned upright.
    pixels : bytes
        SHA-256 of the decoded pixels: the same film in another encoding without loss.
    shape : bytes
        Difference hash of 16 x 16 bits: of the same film at another size or quality nearly the
        same; see `core.training.corpus.likeness`.
    """

    encoded: bytes
    width: int
    height: int
    pixels: bytes
    shape: bytes


def look_at(encoded: bytes) -> Picture | Drop:
    """Decode a picture and judge it.

    Returns
    -------
    Picture or Drop
        ``TOO_LARGE``, ``UNREADABLE``, ``TOO_SMALL`` or ``NOT_RADIOGRAPH``.
    """
    if len(encoded) > MOST_BYTES:
        return Drop.TOO_LARGE
    try:
        with _quiet(), Image.open(io.BytesIO(encoded), formats=FORMATS) as image:
            if image.width * image.height > PIXEL_LIMIT:
                return Drop.TOO_LARGE
            deep = image.mode.startswith(("I", "F"))
            colours = _pixels(ImageOps.exif_transpose(image))
    except Image.DecompressionBombError:
        return Drop.TOO_LARGE
    except _DAMAGED:
        return Drop.UNREADABLE
    if min(colours.shape[:2]) < SHORTEST_SIDE:
        return Drop.TOO_SMALL
    small = _thumbnail(colours)
    if not radiograph_like(small):
        return Drop.NOT_RADIOGRAPH
    return Picture(
        encoded=_png(colours) if deep else encoded,
        width=int(colours.shape[1]),
        height=int(colours.shape[0]),
        pixels=_digest(colours),
        shape=difference_hash(_grey(colours)),
    )


def radiograph_like(colours: Colours) -> bool:
    """Whether a picture has the tones of a radiograph.

    Parameters
    ----------
    colours : ndarray, shape (rows, columns) or (rows, columns, 3), uint8
    """
    grey = _grey(colours)
    if grey.std() < LEAST_CONTRAST:
        return False
    if ((grey > DARK) & (grey < BRIGHT)).mean() < LEAST_HALFTONES:
        return False
    if colours.ndim == 2:
        return True
    spread = colours.max(axis=2).astype(np.int16) - colours.min(axis=2)
    return bool((spread > COLOUR_LEVELS).mean() <= COLOUR_SHARE)


def difference_hash(grey: Grey) -> bytes:
    """Return 256 bits that say where a picture grows brighter from left to right; 32 bytes.

    References
    ----------
    Krawetz 2013, "Kind of like that" (difference hash).
    """
    cells = cv2.resize(grey, (HASH_SIDE + 1, HASH_SIDE), interpolation=cv2.INTER_AREA)
    return np.packbits(cells[:, 1:] > cells[:, :-1]).tobytes()


# --- pixels -------------------------------------------------------------------------------------


def _pixels(image: Image.Image) -> Colours:
    """Return 8-bit levels, shape (rows, columns) of a grey picture, else (rows, columns, 3)."""
    if image.mode.startswith(("I", "F")):
        return _windowed(np.asarray(image))
    if image.mode in ("L", "1"):
        return np.asarray(image.convert("L"))
    colours = np.asarray(image.convert("RGB"))
    first = colours[..., 0]
    same = np.array_equal(first, colours[..., 1]) and np.array_equal(first, colours[..., 2])
    return np.ascontiguousarray(first) if same else colours


def _windowed(values: npt.NDArray[np.generic]) -> Grey:
    stored = np.clip(np.rint(values.astype(np.float64)), 0, 65535).astype(np.uint16)
    levels = apply_window(stored, window_of_pixels(stored)) * 255
    return np.rint(levels).astype(np.uint8)


def _thumbnail(colours: Colours) -> Colours:
    longest = max(colours.shape[:2])
    if longest <= THUMBNAIL:
        return colours
    scale = THUMBNAIL / longest
    size = (max(1, round(colours.shape[1] * scale)), max(1, round(colours.shape[0] * scale)))
    return np.asarray(cv2.resize(colours, size, interpolation=cv2.INTER_AREA))


def _grey(colours: Colours) -> Grey:
    return colours if colours.ndim == 2 else np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY))


def _digest(colours: Colours) -> bytes:
    digest = hashlib.sha256(repr(colours.shape).encode())
    digest.update(np.ascontiguousarray(colours).data)
    return digest.digest()


def _png(levels: Colours) -> bytes:
    return bytes(cv2.imencode(".png", levels)[1])


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back the warning of a large picture: its size is looked at in the next line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        yield
