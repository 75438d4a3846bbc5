"""Copy everything that must not be lost into one folder, while the server goes on."""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import shutil
from pathlib import Path

from core.domain.errors import BackupError, RestoreError
from core.settings import VERSION
from dashboard.workspace import Workspace
from storage import manifest as manifests
from storage.blobs import BlobStore, file_digest
from storage.claim import claimant
from storage.failures import in_one_sentence
from storage.manifest import BLOB_LIST, DATABASE, HEAD, KEY, Manifest, read_manifest
from storage.named import Named, collected, named_digests
from storage.occupancy import Occupancy
from storage.shelves import ChangedBlobError, copy_missing
from storage.snapshot import taken
from storage.whole_file import PART, sync_folder

logger = logging.getLogger(__name__)

SNAPSHOT = "snapshot-"
_OURS = ("blobs", "lock", "lost+found", manifests.NAME, SNAPSHOT, PART)


def backup(place: Workspace, folder: Path) -> Manifest:
    """Make a backup, or bring the one in this folder up to date; only new films are copied.

    The order makes it consistent: the head of the chain first, so that the database after it holds
    every signature that the head names; then the films that this copy of the database names.

    Raises
    ------
    BackupError
        With the reason; a former backup in the folder is as it was.
    SignedRecordBrokenError
        If the key of the chain is gone.
    StorageFullError, StorageUnavailableError, DatabaseUnavailableError
    """
    if claimant(place.engine) is not None:
        raise BackupError(reason="a restore into this database is not finished")
    _make_room(folder)
    with Occupancy(folder).alone(0) as alone:
        if not alone:
            raise BackupError(reason="another backup is writing into this folder")
        _remove_unfinished(folder)
        snapshot = _fresh(folder)
        try:
            made = _write(place, folder, snapshot)
        except BaseException:
            shutil.rmtree(snapshot, ignore_errors=True)
            raise
        _remove_unfinished(folder)
    logger.info("backup made: %d films and maps, schema %s", made.blobs, made.schema)
    return made


def _write(place: Workspace, folder: Path, snapshot: Path) -> Manifest:
    with in_one_sentence():
        head = place.seal.folder / HEAD
        if head.exists():
            _keep(snapshot / HEAD, head.read_bytes())
    logger.info("copying the database")
    with collected(()) as named:
        # Films take long to copy, and PostgreSQL need not keep the snapshot open for them.
        with taken(place.engine, snapshot / DATABASE) as copy:
            named.add(named_digests(copy.session))
            schema = copy.schema
        count = _copy_films(place, folder, snapshot, named)
    with in_one_sentence():
        _keep(snapshot / KEY, place.seal.key())
        made = Manifest(
            version=VERSION,
            made_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            database=place.engine.dialect.name,
            schema=schema,
            snapshot=snapshot.name,
            files={path.name: _sealed(path) for path in sorted(snapshot.iterdir())},
            blobs=count,
        )
        sync_folder(snapshot)
        made.write(folder)
    return made


def _copy_films(place: Workspace, folder: Path, snapshot: Path, named: Named) -> int:
    """Copy what the snapshot names and write its list; returns its length."""
    logger.info("copying films and maps: %d in all", len(named))
    try:
        copied = copy_missing(place.blobs, BlobStore(folder / "blobs"), named)
    except ChangedBlobError as error:
        raise BackupError(reason="a stored film is missing or changed; run verify") from error
    logger.info("%d new films and maps copied", copied)
    with in_one_sentence(), (snapshot / BLOB_LIST).open("w", encoding="ascii") as listed:
        listed.writelines(f"{digest}\n" for digest in named)
    return len(named)


def _make_room(folder: Path) -> None:
    """A folder for this account alone; one that holds other things is not taken over."""
    with in_one_sentence():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not all(path.name.startswith(_OURS) for path in folder.iterdir()):
            raise BackupError(reason="the folder holds other things than backups")
        folder.chmod(0o700)
        (folder / "blobs").mkdir(exist_ok=True, mode=0o700)


def _fresh(folder: Path) -> Path:
    with in_one_sentence():
        snapshot = folder / f"{SNAPSHOT}{secrets.token_hex(6)}"
        snapshot.mkdir(mode=0o700)
    return snapshot


def _remove_unfinished(folder: Path) -> None:
    """Whatever the manifest does not name: an interrupted backup, or the one before this.

    Raises
    ------
    BackupError, StorageUnavailableError
    """
    try:
        present = read_manifest(folder)
    except RestoreError as error:
        raise BackupError(reason="the manifest in this folder is damaged") from error
    for path in folder.glob(f"{SNAPSHOT}*"):
        if present is None or path.name != present.snapshot:
            shutil.rmtree(path, ignore_errors=True)
    with in_one_sentence():
        for path in (*folder.glob(f"{PART}*"), *(folder / "blobs").glob(f"??/{PART}*")):
            path.unlink(missing_ok=True)


def _keep(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _sealed(path: Path) -> str:
    """The digest of a file that is for its owner alone and on the disk."""
    path.chmod(0o600)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return file_digest(path)
