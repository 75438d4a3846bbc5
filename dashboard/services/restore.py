"""Put a backup back into an empty home folder: all of it, checked, or nothing."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from core.domain.errors import RestoreError, ServerRunningError, SignedRecordBrokenError
from core.settings import Settings
from dashboard.services.verify_chain import verify_chain
from dashboard.workspace import RESTORING, Workspace, open_workspace
from storage.blobs import BlobStore, file_digest, sync_folder
from storage.failures import in_one_sentence
from storage.manifest import BLOB_LIST, DATABASE, HEAD, KEY, Manifest, read_manifest
from storage.migrate import known_schemas, migrate
from storage.shelves import ChangedBlobError, copy_missing
from storage.snapshot import is_empty, put_back, take_away

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
    mark = place.settings.home / RESTORING
    if mark.exists():
        _undo_interrupted(place, mark)
    _require_empty(place)
    _check(folder, manifest)
    try:
        with in_one_sentence():
            mark.write_text(_database(place), encoding="utf-8")
            sync_folder(mark.parent)
        _fill(place, folder, manifest)
        count = verify_chain(place)
    except SignedRecordBrokenError as error:
        _undo(place)
        where = error.facts["where"]
        reason = f"its chain of signed reports is broken: {where}"
        raise RestoreError(reason=reason) from error
    except BaseException:
        _undo(place)
        raise
    with in_one_sentence():
        mark.unlink()
        sync_folder(mark.parent)
    logger.info("restored: %d films and maps, %d signed versions", manifest.blobs, count)
    return count


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
        raise RestoreError(reason="there is a database already")
    with in_one_sentence():
        for folder in (place.blobs.folder, place.seal.folder):
            if folder.is_dir() and any(folder.iterdir()):
                raise RestoreError(reason="OVERREAD_HOME holds films or a chain already")


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


def _fill(place: Workspace, folder: Path, manifest: Manifest) -> None:
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
    put_back(place.engine, snapshot / DATABASE)
    migrate(place.engine)


def _undo_interrupted(place: Workspace, mark: Path) -> None:
    """Take away what a power cut left of a restore, and nothing of another database."""
    with in_one_sentence():
        begun = mark.read_text(encoding="utf-8")
    if begun == _database(place):
        _undo(place)
    elif begun:
        raise RestoreError(reason="an interrupted restore into another database is still here")


def _database(place: Workspace) -> str:
    return place.engine.url.render_as_string(hide_password=True)


def _undo(place: Workspace) -> None:
    """Back to a home without a database."""
    with in_one_sentence():
        take_away(place.engine)
        for folder in (place.blobs.folder, place.seal.folder):
            shutil.rmtree(folder, ignore_errors=True)
        (place.settings.home / RESTORING).unlink(missing_ok=True)


def _listed(snapshot: Path) -> Iterator[str]:
    with (snapshot / BLOB_LIST).open(encoding="ascii") as lines:
        for line in lines:
            yield line.strip()


def _copy(source: Path, target: Path) -> None:
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.write(source.read_bytes())
        file.flush()
        os.fsync(file.fileno())
