"""The file in a home folder that says a restore is filling it; no server starts beside it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from core.domain.errors import RestoreError
from dashboard.workspace import RESTORING
from storage.failures import in_one_sentence
from storage.whole_file import replace_file, sync_folder


@dataclass(frozen=True)
class Mark:
    """One restore: its token is in the database too, as long as it is not whole.

    ``database`` is the URL without a password, ``snapshot`` the name of the backup. Once
    ``whole``, everything was checked, and only token and mark are still to go.
    """

    token: str
    database: str
    snapshot: str
    whole: bool = False

    def write(self, home: Path) -> None:
        with in_one_sentence():
            replace_file(home / RESTORING, json.dumps(asdict(self)).encode())


def read_mark(home: Path) -> Mark | None:
    """The mark in a home folder; ``None`` where no restore was begun.

    Raises
    ------
    RestoreError
        If it is damaged.
    StorageUnavailableError
    """
    with in_one_sentence():
        try:
            content = (home / RESTORING).read_bytes()
        except FileNotFoundError:
            return None
    try:
        return Mark(**json.loads(content))
    except (ValueError, TypeError) as error:
        reason = f"the file {RESTORING} in OVERREAD_HOME is damaged; choose another folder"
        raise RestoreError(reason=reason) from error


def remove_mark(home: Path) -> None:
    with in_one_sentence():
        (home / RESTORING).unlink(missing_ok=True)
        sync_folder(home)
