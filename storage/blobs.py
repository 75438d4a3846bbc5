"""A store of bytes under their SHA-256. What is in it never changes; rows refer to it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from core.domain.errors import NotFoundError


def sync_folder(folder: Path) -> None:
    """Put the entries of a folder on the disk: a renamed file is only safe after this (POSIX)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class BlobStore:
    """Files under ``folder/ab/abcdef…``, each named by the SHA-256 of what it holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes) -> str:
        """Store bytes and return their digest; storing the same bytes twice keeps one file.

        The file appears under its name only when it is whole and on the disk.
        """
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if path.exists():
            return digest
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
            sync_folder(path.parent)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a digest.

        Raises
        ------
        NotFoundError
            If the file is gone from the folder.
        """
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError as error:
            raise NotFoundError(what="stored film") from error

    def sound(self, digest: str) -> bool:
        """Whether the bytes are there and still are what their name says."""
        path = self._path(digest)
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest
