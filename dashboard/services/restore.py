"""Put a backup back into an empty home folder: all of it, checked, or nothing."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from core.domain.errors import RestoreError, ServerRunningError, SignedRecordBrokenError
from core.settings import Settings
from dashboard.services.restore_mark import Mark, read_mark, remove_mark
from dashboard.services.verify_chain import verify_chain
from dashboard.services.verify_store import verify_store
from dashboard.workspace import Workspace, open_workspace
from storage.blobs import BlobStore, file_digest
from storage.claim import claimant, release
from storage.failures import in_one_sentence
from storage.manifest import BLOB_LIST, DATABASE, HEAD, KEY, Manifest, read_manifest
from storage.migrate import known_schemas, migrate
from storage.shelves import ChangedBlobError, copy_missing
from storage.snapshot import is_empty, is_remainder, put_back, take_away
from storage.whole_file import sync_folder

logger = logging.getLogger(__name__)


def restore(settings: Settings, folder: Path) -> int:
    """Restore a backup; returns the number of signed versions in it.

    Every digest is checked before anything is written, the chain of signed reports afterwards.

    Raises
    ------
    RestoreError
        With the reason; nothing is left behind.
    ServerRunningError
    StorageFullError, StorageUnavailableError, DatabaseUnavailableError
    """
    with in_one_sentence():
        manifest = _whole(folder)
    place = open_workspace(settings)
    try:
        if manifest.database != place.engine.dialect.name:
            reason = f"it is one of a {manifest.database} database, and the settings name another"
            raise RestoreError(reason=reason)
        with _home(place), place.occupancy.alone(0) as alone:
            if not alone:
                raise ServerRunningError()
            return _restore(place, folder, manifest)
    finally:
        place.engine.dispose()


def _restore(place: Workspace, folder: Path, manifest: Manifest) -> int:
    home = place.settings.home
    begun = read_mark(home)
    if begun is not None and begun.whole:
        # A stop came after the last check: only token and mark are left to take away.
        _finish(place, begun)
        if begun.snapshot == manifest.snapshot:
            return verify_chain(place)
    elif begun is not None:
        _undo_interrupted(place, begun)
    _require_empty(place)
    _check(folder, manifest)
    mark = Mark(secrets.token_hex(16), _database(place), manifest.snapshot)
    try:
        mark.write(home)
        _fill(place, folder, manifest, mark)
        count = verify_chain(place)
        _require_sound(place)
        mark = replace(mark, whole=True)
        mark.write(home)
    except SignedRecordBrokenError as error:
        _undo(place, mark)
        where = error.facts["where"]
        reason = f"its chain of signed reports is broken: {where}"
        raise RestoreError(reason=reason) from error
    except BaseException:
        _undo(place, mark)
        raise
    _finish(place, mark)
    logger.info("restored: %d films and maps, %d signed versions", manifest.blobs, count)
    return count


def _finish(place: Workspace, mark: Mark) -> None:
    """From here on it is a home like any other."""
    release(place.engine, mark.token)
    remove_mark(place.settings.home)


def _whole(folder: Path) -> Manifest:
    """The manifest of a backup that this version can read."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise RestoreError(reason="the folder holds no complete backup")
    if manifest.schema not in known_schemas():
        raise RestoreError(reason="it was made by a newer version of Overread")
    return manifest


@contextlib.contextmanager
def _home(place: Workspace) -> Iterator[None]:
    """A home folder that was not there before goes again if nothing came into it."""
    home = place.settings.home
    fresh = not home.exists()
    try:
        yield
    except BaseException:
        if fresh:
            with contextlib.suppress(OSError):
                (home / "lock").unlink(missing_ok=True)
                home.rmdir()
        raise


def _require_empty(place: Workspace) -> None:
    if not is_empty(place.engine):
        reason = "there is a database already"
        if is_remainder(place.engine):
            reason = "a -wal, -shm or -journal file of a former database lies there; move it away"
        raise RestoreError(reason=reason)
    with in_one_sentence():
        for folder in (place.blobs.folder, place.seal.folder):
            if folder.is_dir() and any(folder.iterdir()):
                raise RestoreError(reason="OVERREAD_HOME holds films or a chain already")


def _require_sound(place: Workspace) -> None:
    """What was restored, read back; broken references between rows came with the backup."""
    store = verify_store(place)
    if store.missing or store.changed or store.database.faults:
        raise RestoreError(reason="the disk did not keep what was written")
    if not store.sound:
        logger.warning("the backup holds %d broken references", store.database.violations)


def _check(folder: Path, manifest: Manifest) -> None:
    """Every byte of the backup against its digest, before anything is written."""
    logger.info("checking the backup")
    snapshot, blobs, count = folder / manifest.snapshot, BlobStore(folder / "blobs"), 0
    with in_one_sentence():
        for name, digest in manifest.files.items():
            path = snapshot / name
            if not path.is_file() or file_digest(path) != digest:
                raise RestoreError(reason=f"its file {name} is missing or changed")
        for digest in _listed(snapshot):
            if not blobs.sound(digest):
                raise RestoreError(reason="one of its films is missing or changed")
            count += 1
    if count != manifest.blobs or not {DATABASE, BLOB_LIST, KEY} <= manifest.files.keys():
        raise RestoreError(reason="it is not complete")


def _fill(place: Workspace, folder: Path, manifest: Manifest, mark: Mark) -> None:
    """Films, then the chain, then the database: without a database nobody takes it for a home."""
    snapshot = folder / manifest.snapshot
    logger.info("copying films and maps")
    try:
        copy_missing(BlobStore(folder / "blobs"), place.blobs, _listed(snapshot))
    except ChangedBlobError as error:
        raise RestoreError(reason="one of its films is missing or changed") from error
    with in_one_sentence():
        place.seal.folder.mkdir(parents=True, exist_ok=True)
        for name in (KEY, HEAD):
            if name in manifest.files:
                _copy(snapshot / name, place.seal.folder / name)
        sync_folder(place.seal.folder)
    logger.info("restoring the database")
    put_back(place.engine, snapshot / DATABASE, mark.token)
    migrate(place.engine)


def _undo_interrupted(place: Workspace, mark: Mark) -> None:
    """Take away what a power cut left of a restore, and nothing of another database."""
    if mark.database != _database(place):
        raise RestoreError(reason="an interrupted restore into another database is still here")
    if not is_empty(place.engine) and claimant(place.engine) != mark.token:
        reason = "the interrupted restore here did not fill this database; choose another folder"
        raise RestoreError(reason=reason)
    _undo(place, mark)


def _database(place: Workspace) -> str:
    return place.engine.url.render_as_string(hide_password=True)


def _undo(place: Workspace, mark: Mark) -> None:
    """Back to a home without a database; the films first, since a full disk needs their room."""
    for folder in (place.blobs.folder, place.seal.folder):
        shutil.rmtree(folder, ignore_errors=True)
    take_away(place.engine, mark.token)
    remove_mark(place.settings.home)


def _listed(snapshot: Path) -> Iterator[str]:
    with (snapshot / BLOB_LIST).open(encoding="ascii") as lines:
        for line in lines:
            yield line.strip()


def _copy(source: Path, target: Path) -> None:
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.write(source.read_bytes())
        file.flush()
        os.fsync(file.fileno())
