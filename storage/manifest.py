"""What a backup folder holds, and how it says that it is whole.

``blobs/`` is shared by all backups in the folder; each has a sub-folder of its own with the
database, the list of its blobs, the key and the head of the chain. ``manifest.json`` names the
newest whole one. It is replaced in one step and written last: a folder without it is no backup.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from core.domain.errors import RestoreError
from storage.failures import in_one_sentence
from storage.whole_file import replace_file

NAME = "manifest.json"
FORMAT = 1
DATABASE, BLOB_LIST, KEY, HEAD = "database", "blobs.txt", "key", "head.json"


@dataclass(frozen=True)
class Manifest:
    """``files`` is SHA-256 by name in the folder ``snapshot``, ``made_at`` is UTC in ISO 8601."""

    version: str
    made_at: str
    database: str
    schema: str
    snapshot: str
    files: Mapping[str, str]
    blobs: int
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Put the manifest in its place, whole or not at all.

        Raises
        ------
        OSError
        """
        body = asdict(self)
        text = json.dumps({**body, "sha256": _digest(body)}, indent=1)
        replace_file(folder / NAME, text.encode())


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder; ``None`` where there is none.

    Raises
    ------
    RestoreError
        If it is damaged, or of a format that this version does not know.
    StorageUnavailableError
        If it cannot be read.
    """
    with in_one_sentence():
        try:
            content = (folder / NAME).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
    try:
        body = json.loads(content)
        digest = body.pop("sha256")
        if body["format"] != FORMAT:
            raise RestoreError(reason="it was made by a newer version of Overread")
        if digest != _digest(body):
            raise RestoreError(reason="its manifest is damaged")
        return Manifest(**body)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RestoreError(reason="its manifest is damaged") from error


def _digest(body: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
