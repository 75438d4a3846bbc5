"""Pictures of a folder of DICOM files, also those that intake would refuse by their modality.

A gate is tried on what a header may hide: a file of another modality is read as if its header
called it a secondary capture.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pydicom

from core.domain.errors import (
    N_,
    IntakeError,
    NoPixelsError,
    NotARadiographError,
    UnsupportedEncodingError,
)
from core.imaging.dicom import BROKEN, read_dicom
from core.imaging.windowing import apply_window
from core.models.preprocessing import Grey

UNKNOWN = N_("unknown")
"""Stands for a modality that the manifest does not state."""
SAME_PIXELS = N_("same pixels as another file")
UNREADABLE = N_("cannot be read")

_REASONS: Mapping[type[IntakeError], str] = {
    NoPixelsError: N_("holds no image"),
    UnsupportedEncodingError: N_("encoded in a way that cannot be decoded"),
}


@dataclass(frozen=True)
class Picture:
    """A decoded picture; ``shows`` is the modality and body part that the manifest states."""

    file: str
    shows: str
    grey: Grey


@dataclass(frozen=True)
class LeftOut:
    """A file that gave no picture to try the gate on, and why not."""

    file: str
    reason: str


def dicom_pictures(folder: Path) -> Iterator[Picture | LeftOut]:
    """Every file of ``manifest.csv`` (``file, modality, body_part``), decoded or left out."""
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as lines:
        for line in csv.DictReader(lines):
            shows = f"{line['modality'] or UNKNOWN} {line['body_part']}".strip()
            yield _picture(folder / line["file"], line["file"], shows)


def _picture(path: Path, file: str, shows: str) -> Picture | LeftOut:
    content = path.read_bytes()
    try:
        try:
            film = read_dicom(path.name, content)
        except NotARadiographError:
            film = read_dicom(path.name, _as_capture(content))
    except IntakeError as error:
        return LeftOut(file, _REASONS.get(type(error), UNREADABLE))
    except BROKEN:
        return LeftOut(file, UNREADABLE)
    grey = apply_window(film.pixels, film.window, monochrome1=film.monochrome1)
    return Picture(file, shows, grey)


def _as_capture(content: bytes) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(content), force=True)
    dataset.Modality = "OT"
    target = io.BytesIO()
    dataset.save_as(target, enforce_file_format=False)
    return target.getvalue()
