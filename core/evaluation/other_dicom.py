"""Pictures of a folder of DICOM files, also those that intake would refuse by their modality.

A gate is tried on what a header may hide: a file of another modality is read as if its header
called it a secondary capture.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pydicom

from core.domain.errors import IntakeError, NotARadiographError
from core.imaging.dicom import BROKEN, read_dicom
from core.imaging.windowing import apply_window
from core.models.preprocessing import Grey


@dataclass(frozen=True)
class Picture:
    """A decoded picture; ``shows`` is the modality and body part that the manifest states."""

    file: str
    shows: str
    grey: Grey


def dicom_pictures(folder: Path) -> Iterator[Picture]:
    """Every file of ``manifest.csv`` (``file, modality, body_part``) that can be decoded."""
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as lines:
        for line in csv.DictReader(lines):
            grey = _grey(folder / line["file"])
            if grey is not None and min(grey.shape) >= 16:
                shows = f"{line['modality'] or 'unknown'} {line['body_part']}".strip()
                yield Picture(line["file"], shows, grey)


def _grey(path: Path) -> Grey | None:
    content = path.read_bytes()
    try:
        try:
            film = read_dicom(path.name, content)
        except NotARadiographError:
            film = read_dicom(path.name, _as_capture(content))
    except (IntakeError, *BROKEN):
        return None
    return apply_window(film.pixels, film.window, monochrome1=film.monochrome1)


def _as_capture(content: bytes) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(content), force=True)
    dataset.Modality = "OT"
    target = io.BytesIO()
    dataset.save_as(target, enforce_file_format=False)
    return target.getvalue()
