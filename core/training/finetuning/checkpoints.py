"""Checkpoints of a run: whole or not there, and the newest whole one is gone on from.

The trainer writes a checkpoint file by file. A list of its files and their sizes, written last and
flushed after them, says that all of it is there; what has none was cut off and is taken away.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from core.models.language.record import replace_json

WHOLE = "whole.json"
MOST_BYTES = 1_000_000
_PREFIX = "checkpoint-"
_LEFT_OUT = ("training_args.bin", "README.md")
"""Pickled, and a page for a hub; neither is read again."""


def seal(folder: Path) -> None:
    """Say that a checkpoint is whole.

    Raises
    ------
    OSError
    """
    for name in _LEFT_OUT:
        (folder / name).unlink(missing_ok=True)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != WHOLE)
    for path in files:
        with path.open("rb") as file:
            os.fsync(file.fileno())
    replace_json(
        folder / WHOLE, {str(path.relative_to(folder)): path.stat().st_size for path in files}
    )


def newest(folder: Path) -> tuple[int, Path] | None:
    """Return step and folder of the newest checkpoint that is whole."""
    for step, path in sorted(_checkpoints(folder), reverse=True):
        if _is_whole(path):
            return step, path
    return None


def drop_unfinished(folder: Path) -> None:
    """Take away what was cut off while it was written."""
    for _step, path in _checkpoints(folder):
        if not _is_whole(path):
            shutil.rmtree(path)


def _checkpoints(folder: Path) -> list[tuple[int, Path]]:
    found = []
    for path in folder.glob(f"{_PREFIX}*"):
        number = path.name[len(_PREFIX) :]
        if number.isdigit() and path.is_dir():
            found.append((int(number), path))
    return found


def _is_whole(folder: Path) -> bool:
    path = folder / WHOLE
    try:
        if path.stat().st_size > MOST_BYTES:
            return False
        sizes = json.loads(path.read_text(encoding="utf-8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError, TypeError):
        return False
