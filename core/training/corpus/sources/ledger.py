"""Our own signed reports with their frontal films, as an export writes them.

::

    ledger.jsonl           one line a study: {"schema": 1, "patient": "9f3c...", "split": "train",
                           "sections": {"findings": "...", "impression": "..."},
                           "images": ["<SHA-256 of the PNG>"]}
    images/<SHA-256>.png   8-bit grey, without any tag

A patient is a hash whose key was thrown away: it groups studies, and leads nowhere. Patients whose
split is ``holdout`` are frozen: a corpus has them in its validation, and never trains on them. A
line without a split is from before there was one, and is left to the corpus.

Beside these lie ``chat.jsonl``, ``preferences.jsonl``, ``labels.csv``, ``corrections.jsonl`` and
``manifest.json``, which a corpus is not made of; `dashboard.services.export_signed` says what they
hold.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from core.training.corpus.folder import TRAIN, VALIDATION
from core.training.corpus.sample import Record
from core.training.corpus.sources.pictures import picture
from core.training.corpus.sources.source import Refused, Source, needed, unreadable
from core.training.corpus.sources.tables import line_count

KIND = "ledger"
LEDGER, IMAGES = "ledger.jsonl", "images"
HOLDOUT = "holdout"
SCHEMA = 1
SECTIONS = ("findings", "impression")
MOST_LINE_CHARACTERS = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SPLITS = {TRAIN: TRAIN, HOLDOUT: VALIDATION, "": ""}


def open_ledger(folder: Path) -> Source:
    """Open an export of signed reports.

    Raises
    ------
    CorpusError
        If the list or the folder of images is not there.
    """
    path = needed(folder, LEDGER)
    needed(folder, IMAGES)

    def read(refused: Refused) -> Iterator[Record]:
        seen: set[str] = set()
        for study in _studies(path, refused):
            for digest in study["images"]:
                if digest in seen:
                    refused["duplicate_identifier"] += 1
                else:
                    seen.add(digest)
                    yield _record(folder, study, digest)

    return Source(KIND, folder.resolve().name, read, lambda: line_count(path))


def _studies(path: Path, refused: Refused) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            while line := lines.readline(MOST_LINE_CHARACTERS):
                study = _study(line)
                if study is not None:
                    yield study
                elif line.strip():
                    refused["json"] += 1
    except OSError as error:
        raise unreadable(path) from error


def _study(line: str) -> dict[str, Any] | None:
    """One study, or nothing where a line is not what the export writes."""
    try:
        study = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(study, dict) or study.get("schema") != SCHEMA:
        return None
    sections, images = study.get("sections"), study.get("images")
    sound = (
        isinstance(study.get("patient"), str)
        and isinstance(sections, dict)
        and all(isinstance(sections.get(name, ""), str) for name in SECTIONS)
        and study.get("split", "") in tuple(_SPLITS)
        and isinstance(images, list)
        and all(isinstance(each, str) and _DIGEST.fullmatch(each) for each in images)
    )
    return study if sound else None


def _record(folder: Path, study: dict[str, Any], digest: str) -> Record:
    image, size = picture(folder, folder / IMAGES / f"{digest}.png")
    parts = (study["sections"].get(name, "").strip() for name in SECTIONS)
    return Record(
        source=KIND,
        identifier=digest,
        group=study["patient"],
        image=partial(_checked, image, digest),
        image_bytes=size,
        caption="\n\n".join(part for part in parts if part),
        chest=True,
        split=_SPLITS[study.get("split", "")],
    )


def _checked(image: Callable[[], bytes], digest: str) -> bytes:
    encoded = image()
    if hashlib.sha256(encoded).hexdigest() != digest:
        raise OSError("the picture is not the one that was exported")
    return encoded
