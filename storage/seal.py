"""The key of the chain and its newest head, kept outside the database.

Whoever can rewrite the database alone can neither forge a link, for want of the key, nor drop the
newest links, since the head would no longer be found.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

import portalocker

from core.domain.errors import SignedRecordBrokenError
from core.domain.report import GENESIS
from storage.failures import in_one_sentence
from storage.whole_file import sync_folder

PARTS = (".key-", ".head-")


@dataclass(frozen=True)
class Head:
    """Number and digest of the newest signed version; zero and all zeros before the first."""

    sequence: int = 0
    digest: str = GENESIS


class Seal:
    """Key and head in one folder; the key is readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self) -> None:
        """Make a key if there is none; never replaces one, and never leaves half of one.

        Only for a chain without links: links whose key is gone must say so.
        """
        with in_one_sentence():
            self.folder.mkdir(parents=True, exist_ok=True)
            if self._key.exists():
                return
            fresh = self._written(secrets.token_bytes(32), ".key-")
            with contextlib.suppress(FileExistsError):
                os.link(fresh, self._key)
            fresh.unlink()
            sync_folder(self.folder)
            sync_folder(self.folder.parent)

    def key(self) -> bytes:
        """The 32 bytes of the HMAC key.

        Raises
        ------
        SignedRecordBrokenError
            If the key is gone or cut short.
        """
        with in_one_sentence():
            try:
                key = self._key.read_bytes()
            except FileNotFoundError:
                key = b""
        if len(key) != 32:
            raise SignedRecordBrokenError(where="the key of the chain is missing")
        return key

    def head(self) -> Head:
        """The newest head that is known here.

        Raises
        ------
        SignedRecordBrokenError
            If its file is damaged.
        StorageUnavailableError
            If its file cannot be read.
        """
        with in_one_sentence():
            try:
                content = self._head.read_bytes()
            except FileNotFoundError:
                return Head()
        try:
            head = json.loads(content)
            return Head(int(head["sequence"]), str(head["digest"]))
        except (ValueError, KeyError, TypeError) as error:
            raise SignedRecordBrokenError(where="the file of the newest head is damaged") from error

    def advance(self, head: Head) -> None:
        """Write the newest head, whole or not at all; an older one never replaces a newer.

        The lock holds between processes too: two of them may sign one after the other, and come
        here the other way round.
        """
        content = json.dumps({"sequence": head.sequence, "digest": head.digest})
        with in_one_sentence(), (self.folder / "lock").open("a") as file:
            portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE)
            if head.sequence <= self.head().sequence:
                return
            self._written(content.encode(), ".head-").replace(self._head)
            sync_folder(self.folder)

    def _written(self, content: bytes, prefix: str) -> Path:
        """A file of these bytes, on the disk, readable by its owner alone."""
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=prefix)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return Path(name)

    @property
    def _key(self) -> Path:
        return self.folder / "key"

    @property
    def _head(self) -> Path:
        return self.folder / "head.json"
