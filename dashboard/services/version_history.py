"""The history of versions: who made what active and when, one line an act."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.models import versions
from dashboard.workspace import Workspace
from storage.failures import in_one_sentence

HISTORY = "history.jsonl"
MOST_HISTORY = 10_000_000
"""Bytes that are read, the newest ones."""


@dataclass(frozen=True)
class Act:
    """One line of the history. ``before`` and ``after`` are versions, empty for what was shipped;
    of calibrations both are the version that was active. A promotion names the SHA-256 of the file
    of its decision, and how often the version was compared up to it."""

    at: dt.datetime
    reader: str
    act: str
    model: str
    before: str
    after: str
    decision: str = ""
    tries: int = 0


def history(place: Workspace) -> tuple[Act, ...]:
    """Return who made what active and when, newest first; lines that are damaged are left out.

    Of a file that has grown too long, the newest acts.

    Raises
    ------
    StorageUnavailableError
    """
    path = place.settings.models / versions.VERSIONS / HISTORY
    if not path.is_file():
        return ()
    with in_one_sentence(), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - MOST_HISTORY))
        content = file.read(MOST_HISTORY)
    lines = content.decode("utf-8", errors="replace").splitlines()
    return tuple(act for line in reversed(lines) if (act := _act(line)) is not None)


def _act(line: str) -> Act | None:
    try:
        entry = json.loads(line)
        return Act(
            at=dt.datetime.fromisoformat(entry["at"]),
            reader=str(entry["reader"]),
            act=str(entry["act"]),
            model=str(entry["model"]),
            before=str(entry["before"]),
            after=str(entry["after"]),
            decision=str(entry.get("decision", "")),
            tries=int(entry.get("tries", 0)),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def append(path: Path, entry: Mapping[str, str | int]) -> None:
    """Add a line; a last one that was cut off is ended first, so that both stay apart.

    Raises
    ------
    OSError
    """
    line = json.dumps(entry, ensure_ascii=False).encode() + b"\n"
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else b"\n" + line
        file.write(line)
