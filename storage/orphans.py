"""What a power cut or a kill leaves in the folders: found, put aside, after a while removed.

Blobs are written before the rows that name them, so that no row is ever without its film; the
price is a blob without a row when everything stops in between.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from storage.blobs import BlobStore, is_digest
from storage.failures import in_one_sentence
from storage.named import Named
from storage.seal import PARTS, Seal
from storage.whole_file import PART, sync_folder

# An orphan is kept aside for this long: rows of an older database may be put back by hand, and a
# database URL may be mistyped. No film may be lost to either.
KEPT_SECONDS = 30 * 24 * 3600.0


@dataclass(frozen=True)
class Swept:
    """What a sweep did, counted in files."""

    parts: int = 0
    orphans: int = 0
    returned: int = 0
    expired: int = 0

    def __bool__(self) -> bool:
        return any((self.parts, self.orphans, self.returned, self.expired))


def sweep(blobs: BlobStore, seal: Seal, named: Named) -> Swept:
    """Remove half-written files, put blobs that no row names aside, put named ones back.

    Only while nobody else lives in the home folder: a film that is being stored has no row yet.

    Raises
    ------
    StorageUnavailableError
    """
    aside = _aside(blobs)
    with in_one_sentence():
        returned, expired = _look_through(aside, blobs, named)
        parts = _remove_parts(seal)
        orphans = 0
        for path in blobs.files():
            if path.name.startswith(PART):
                path.unlink()
                parts += 1
            elif is_digest(path.name) and path.name not in named:
                _put_aside(path, aside)
                orphans += 1
    return Swept(parts, orphans, returned, expired)


def orphans(blobs: BlobStore, named: Named, *, before: float) -> Iterator[Path]:
    """Blobs on the shelves that no row names and that were written before a time (seconds)."""
    for path in blobs.files():
        if is_digest(path.name) and path.name not in named:
            with in_one_sentence():
                if path.stat().st_mtime < before:
                    yield path


def _aside(blobs: BlobStore) -> Path:
    return blobs.folder.with_name("orphans")


def _put_aside(path: Path, aside: Path) -> None:
    if not aside.is_dir():
        aside.mkdir(mode=0o700)
        sync_folder(aside.parent)
    # Its time aside counts from now.
    os.utime(path)
    path.replace(aside / path.name)


def _look_through(aside: Path, blobs: BlobStore, named: Named) -> tuple[int, int]:
    """How many files aside went back to their shelf, and how many were removed for good."""
    returned = expired = 0
    if not aside.is_dir():
        return returned, expired
    for path in sorted(aside.iterdir()):
        if is_digest(path.name) and path.name in named:
            shelf = blobs.path(path.name).parent
            shelf.mkdir(exist_ok=True)
            path.replace(shelf / path.name)
            sync_folder(shelf)
            returned += 1
        elif path.stat().st_mtime < time.time() - KEPT_SECONDS:
            path.unlink()
            expired += 1
    return returned, expired


def _remove_parts(seal: Seal) -> int:
    if not seal.folder.is_dir():
        return 0
    found = [path for path in seal.folder.iterdir() if path.name.startswith(PARTS)]
    for path in found:
        path.unlink()
    return len(found)
