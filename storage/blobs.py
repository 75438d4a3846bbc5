"""A store of bytes under their SHA-256. What is in it never changes; rows refer to it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from core.domain.errors import NotFoundError
from storage.failures import in_one_sentence
from storage.whole_file import replace_file, sync_folder

_DIGEST = re.compile("[0-9a-f]{64}")


def file_digest(path: Path) -> str:
    """SHA-256 of a file of any size, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class BlobStore:
    """Files under ``folder/ab/abcdef…``, each named by the SHA-256 of what it holds.

    Every method raises StorageFullError or StorageUnavailableError where the disk fails.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        """Store bytes and return their digest; storing the same bytes twice keeps one file.

        The file appears under its name only when it is whole and on the disk; when this returns,
        its name is on the disk as well.
        """
        digest = hashlib.sha256(content).hexdigest()
        path = self.path(digest)
        with in_one_sentence():
            if path.exists():
                # Another thread may have renamed it a moment ago and not synced it yet.
                sync_folder(path.parent)
                return digest
            self._make_shelf(path.parent)
            replace_file(path, content)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a digest.

        Raises
        ------
        NotFoundError
            If the file is gone from the folder.
        """
        with in_one_sentence():
            try:
                return self.path(digest).read_bytes()
            except FileNotFoundError as error:
                raise NotFoundError(what="stored film") from error

    def has(self, digest: str) -> bool:
        return self.path(digest).is_file()

    def sound(self, digest: str) -> bool:
        """Whether the bytes are there and still are what their name says."""
        path = self.path(digest)
        with in_one_sentence():
            return path.is_file() and file_digest(path) == digest

    def files(self) -> Iterator[Path]:
        """Every file on the shelves, whatever its name, one shelf in memory at a time."""
        if not self.folder.is_dir():
            return
        with in_one_sentence():
            for shelf in sorted(self.folder.iterdir()):
                if len(shelf.name) == 2 and shelf.is_dir():
                    yield from sorted(shelf.iterdir())

    def path(self, digest: str) -> Path:
        """Where the bytes of a digest lie, or would lie."""
        return self.folder / digest[:2] / digest

    def _make_shelf(self, shelf: Path) -> None:
        """A sub-folder whose own name is on the disk, or its films would be lost with it."""
        if shelf.is_dir():
            return
        missing = [folder for folder in (shelf, *shelf.parents) if not folder.exists()]
        shelf.mkdir(parents=True, exist_ok=True)
        for folder in missing:
            sync_folder(folder.parent)


def is_digest(name: str) -> bool:
    """Whether a file's name is that of a blob."""
    return _DIGEST.fullmatch(name) is not None
