"""A film as it comes out of a file: pixels, how to show them, and what its header says."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
from dataclasses import dataclass

import numpy as np

from core.domain.study import Patient, Projection, Window
from core.imaging.windowing import Grey, Pixels, apply_window


@dataclass(frozen=True)
class Header:
    """What the file says of patient, study and series; empty where it says nothing."""

    patient: Patient
    study_instance_uid: str
    series_instance_uid: str
    sop_instance_uid: str
    modality: str
    projection: Projection
    body_part: str = ""
    accession_number: str = ""
    description: str = ""
    indication: str = ""
    study_datetime: dt.datetime | None = None
    phantom: bool = False


@dataclass(frozen=True)
class Radiograph:
    """One film, decoded.

    ``pixels`` has shape (rows, columns), uint16, after the modality transformation. ``spacing_mm``
    is (row, column) distance at the detector. ``notes`` are sentences for the reader.
    """

    pixels: Pixels
    window: Window
    monochrome1: bool
    spacing_mm: tuple[float, float] | None
    header: Header
    notes: tuple[str, ...] = ()

    def grey(self) -> Grey:
        """The film through its own window, float32 in [0, 1], dense tissue bright."""
        return apply_window(self.pixels, self.window, monochrome1=self.monochrome1)


def encode_pixels(pixels: Pixels) -> bytes:
    """Pixels as the viewer takes them: little-endian uint16, row by row, gzip.

    The speed of level 1 matters more than the last tenth of size; the time stamp is left out so
    that the same pixels give the same bytes.
    """
    return gzip.compress(np.ascontiguousarray(pixels, dtype="<u2").data, 1, mtime=0)


def decode_pixels(blob: bytes, rows: int, columns: int) -> Pixels:
    """Undo :func:`encode_pixels`; shape (rows, columns), uint16."""
    return np.frombuffer(gzip.decompress(blob), dtype="<u2").reshape(rows, columns)


def pixel_digest(pixels: Pixels) -> str:
    """SHA-256 over shape and values, so that two files of one film compare equal."""
    digest = hashlib.sha256(f"{pixels.shape[0]}x{pixels.shape[1]}:".encode())
    digest.update(np.ascontiguousarray(pixels, dtype="<u2").data)
    return digest.hexdigest()
