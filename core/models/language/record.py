"""What was fetched, kept beside the files: from where, which revision, and each file's SHA-256."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECORD = "overread-fetched.json"
OWN_FILES = (RECORD, "overread-digests.json")
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class FetchedFile:
    size: int
    sha256: str


@dataclass(frozen=True)
class Record:
    """``complete`` once every file is here and was checked; the revision holds from the first byte.

    A later fetch of the same entry demands this revision where the entry itself names none.
    """

    repository: str
    revision: str
    size_bytes: int
    complete: bool
    files: Mapping[str, FetchedFile]


def read_record(folder: Path) -> Record | None:
    """Return what was fetched into a folder; ``None`` where nothing was, or it cannot be read."""
    path = folder / RECORD
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        document = json.loads(path.read_text(encoding="utf-8"))
        return Record(
            repository=str(document["repository"]),
            revision=str(document["revision"]),
            size_bytes=int(document["size_bytes"]),
            complete=bool(document["complete"]),
            files={
                str(name): FetchedFile(int(entry["size"]), str(entry["sha256"]))
                for name, entry in document["files"].items()
            },
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_record(folder: Path, record: Record) -> None:
    """Write what was fetched, in one step.

    Raises
    ------
    OSError
    """
    document = {
        "repository": record.repository,
        "revision": record.revision,
        "size_bytes": record.size_bytes,
        "complete": record.complete,
        "files": {
            name: {"size": file.size, "sha256": file.sha256} for name, file in record.files.items()
        },
    }
    replace_json(folder / RECORD, document)


def replace_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON file: the old content or the new one, never half of it.

    Raises
    ------
    OSError
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
