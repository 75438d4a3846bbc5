"""Blobs from one store to another: hashed on their way, on the disk before they count."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from storage.blobs import BlobStore
from storage.failures import in_one_sentence
from storage.whole_file import PART, sync_folder

logger = logging.getLogger(__name__)

_CHUNK = 1024 * 1024
_TOLD_EVERY = 1_000


class ChangedBlobError(Exception):
    """A blob is missing in the store it comes from, or is not what its name says."""


def copy_missing(source: BlobStore, target: BlobStore, digests: Iterable[str]) -> int:
    """Copy what the target does not hold as it should be; returns how many files that were.

    A file that is there already is read and hashed: one that has changed is replaced.

    Parameters
    ----------
    digests
        Sorted, so that each shelf is put on the disk once.

    Raises
    ------
    ChangedBlobError
        At the first one that cannot be copied as it is; those before it stay.
    StorageFullError, StorageUnavailableError
    """
    copied, changed, shelf = 0, 0, None
    with in_one_sentence():
        for digest in digests:
            path = target.path(digest)
            if target.sound(digest):
                continue
            changed += path.exists()
            if shelf != path.parent:
                _close(shelf)
                shelf = path.parent
                shelf.mkdir(parents=True, exist_ok=True, mode=0o700)
            _copy(source.path(digest), path, digest)
            copied += 1
            if copied % _TOLD_EVERY == 0:
                logger.info("%d films and maps copied", copied)
        _close(shelf)
    if changed:
        logger.warning("%d copies had changed since they were made and were replaced", changed)
    return copied


def _copy(source: Path, target: Path, digest: str) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=PART)
    try:
        with os.fdopen(handle, "wb") as copy:
            if _hashed(source, copy) != digest:
                raise ChangedBlobError
            copy.flush()
            os.fsync(copy.fileno())
        Path(name).replace(target)
    except FileNotFoundError as error:
        raise ChangedBlobError from error
    finally:
        Path(name).unlink(missing_ok=True)


def _hashed(source: Path, copy: IO[bytes]) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            copy.write(chunk)
    return digest.hexdigest()


def _close(shelf: Path | None) -> None:
    if shelf is not None:
        sync_folder(shelf)
        sync_folder(shelf.parent)
