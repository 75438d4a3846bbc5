"""Films and maps as the viewer, the PDF and the model take them."""

from __future__ import annotations

import cv2
import numpy as np

from core.domain.study import Instance
from core.imaging.decoder import DecodedFilm
from core.imaging.radiograph import decode_pixels
from core.imaging.windowing import Grey, apply_window
from dashboard.workspace import Workspace


def pixels(place: Workspace, instance_id: int) -> tuple[Instance, bytes]:
    """An instance and its encoded pixels, ready to send.

    Raises
    ------
    NotFoundError
    """
    with place.look() as look:
        film = look.studies.film(instance_id)
    return film, place.blobs.get(film.pixel_blob_digest)


def grey(place: Workspace, film: Instance) -> Grey:
    """A film through its default window, float32 in [0, 1], dense tissue bright."""
    pixels = decode_pixels(place.blobs.get(film.pixel_blob_digest), film.rows, film.columns)
    return apply_window(pixels, film.window, monochrome1=film.monochrome1)


def preview(film: DecodedFilm, side: int = 240) -> bytes:
    """A small 8-bit PNG of a film that is not stored yet, at most about ``side`` pixels a side."""
    pixels = decode_pixels(film.pixel_blob, film.rows, film.columns)
    step = max(1, max(film.rows, film.columns) // side)
    grey = apply_window(pixels[::step, ::step], film.window, monochrome1=film.monochrome1)
    return cv2.imencode(".png", np.rint(grey * 255).astype(np.uint8))[1].tobytes()


def evidence(place: Workspace, evidence_id: int) -> tuple[str, bytes]:
    """The PNG of a map, after its digest.

    Raises
    ------
    NotFoundError
    """
    with place.look() as look:
        digest = look.drafts.evidence_blob(evidence_id)
    return digest, place.blobs.get(digest)
