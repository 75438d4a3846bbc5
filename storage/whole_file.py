"""A file written in one step: the old content or the new one, never half of it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

PART = ".part-"
"""Prefix of a file that is still being written."""


def sync_folder(folder: Path) -> None:
    """Put the entries of a folder on the disk: a renamed file is only safe after this (POSIX)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file for its owner alone; it and its name are on the disk when this returns.

    Raises
    ------
    OSError
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=PART)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
    sync_folder(path.parent)
