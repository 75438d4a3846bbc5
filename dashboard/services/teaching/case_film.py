"""The film of a case: looked at for text, shown to the teacher, masked."""

from __future__ import annotations

import threading

import cv2
import numpy as np

from core.domain.study import Instance
from core.imaging.burned_in import Box, FoundText, find_text, paint_over
from core.imaging.radiograph import decode_pixels
from core.imaging.windowing import Pixels, apply_window
from dashboard.workspace import Workspace

PREVIEW_SIDE = 1024
_FILMS_KEPT = 16
# By the digest of the pixels and what was painted over: what a page asks again is not read again.
_found: dict[tuple[str, tuple[Box, ...]], tuple[FoundText, ...]] = {}
_lock = threading.Lock()


def pixels_of(place: Workspace, film: Instance) -> Pixels:
    """The pixels of a film as they are stored, shape (rows, columns), uint16."""
    return decode_pixels(place.blobs.get(film.pixel_blob_digest), film.rows, film.columns)


def masked(place: Workspace, film: Instance, boxes: tuple[Box, ...]) -> Pixels:
    """The pixels of a film with boxes painted over."""
    return paint_over(pixels_of(place, film), boxes)


def text_in(place: Workspace, film: Instance, boxes: tuple[Box, ...] = ()) -> tuple[FoundText, ...]:
    """Text in a film, with boxes painted over; a film takes some seconds the first time."""
    key = film.pixel_blob_digest, tuple(sorted(boxes))
    found = _found.get(key)
    if found is None:
        pixels = masked(place, film, boxes)
        found = find_text(pixels, film.window, monochrome1=film.monochrome1)
        with _lock:
            while len(_found) >= _FILMS_KEPT:
                del _found[next(iter(_found))]
            _found[key] = found
    return found


def preview(place: Workspace, film: Instance, boxes: tuple[Box, ...] = ()) -> tuple[bytes, float]:
    """An 8-bit PNG through the film's window, and how many film pixels one of its own is."""
    scale = max(1.0, max(film.rows, film.columns) / PREVIEW_SIDE)
    size = round(film.columns / scale), round(film.rows / scale)
    return _preview(place, film, boxes, size), scale


def _preview(
    place: Workspace, film: Instance, boxes: tuple[Box, ...], size: tuple[int, int]
) -> bytes:
    pixels = masked(place, film, boxes)
    grey = apply_window(pixels, film.window, monochrome1=film.monochrome1)
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".png", np.rint(small * 255).astype(np.uint8))[1].tobytes()
