"""What a restore refuses: it changes nothing, and leaves nothing behind."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.domain.errors import RestoreError, ServerRunningError
from core.domain.reader import Reader
from dashboard.services.backup import backup
from dashboard.services.restore import restore
from dashboard.workspace import Workspace
from storage import snapshot as snapshots
from storage.integrity import Condition
from storage.manifest import read_manifest
from tests.integration.backup.conftest import files, lose
from tests.integration.conftest import take_in


def snapshot_of(folder: Path) -> Path:
    [found] = folder.glob("snapshot-*")
    return found


def flip(path: Path, at: float) -> None:
    content = bytearray(path.read_bytes())
    content[int(at * (len(content) - 1))] ^= 0x10
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("at", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("kind", ["database", "blobs.txt", "key", "head.json", "manifest", "film"])
def test_one_flipped_byte_refuses_the_backup_and_leaves_nothing(
    worked: Workspace, folder: Path, kind: str, at: float
) -> None:
    backup(worked, folder)
    film = next(path for path in (folder / "blobs").rglob("*") if path.is_file())
    special = {"manifest": folder / "manifest.json", "film": film}
    flip(special.get(kind, snapshot_of(folder) / kind), at)
    lose(worked)
    with pytest.raises(RestoreError):
        restore(worked.settings, folder)
    assert not worked.settings.home.exists()
    assert snapshots.is_empty(worked.engine)


@pytest.mark.parametrize("kind", ["database", "blobs.txt", "key", "manifest", "film", "half film"])
def test_an_incomplete_backup_is_refused(worked: Workspace, folder: Path, kind: str) -> None:
    backup(worked, folder)
    film = next(path for path in (folder / "blobs").rglob("*") if path.is_file())
    if kind == "half film":
        film.write_bytes(film.read_bytes()[:-1])
    else:
        special = {"manifest": folder / "manifest.json", "film": film}
        special.get(kind, snapshot_of(folder) / kind).unlink()
    lose(worked)
    with pytest.raises(RestoreError):
        restore(worked.settings, folder)
    assert not worked.settings.home.exists()


def test_a_backup_of_a_broken_chain_is_refused_and_undone(worked: Workspace, folder: Path) -> None:
    with worked.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE studies SET patient_name = 'MALLORY' WHERE id = 1")
    backup(worked, folder)
    lose(worked)
    with pytest.raises(RestoreError, match="chain of signed reports is broken"):
        restore(worked.settings, folder)
    assert snapshots.is_empty(worked.engine)
    home = worked.settings.home
    assert not (home / "blobs").exists() and not (home / "chain").exists()


def test_a_home_in_use_is_not_overwritten(worked: Workspace, folder: Path) -> None:
    backup(worked, folder)
    before = files(worked.settings.home)
    with pytest.raises(RestoreError, match="database already"):
        restore(worked.settings, folder)
    worked.occupancy.join()
    with pytest.raises(ServerRunningError):
        restore(worked.settings, folder)
    worked.occupancy.leave()
    assert {k: v for k, v in files(worked.settings.home).items() if "-shm" not in k} == {
        k: v for k, v in before.items() if "-shm" not in k
    }


def test_films_without_a_database_are_not_overwritten(worked: Workspace, folder: Path) -> None:
    backup(worked, folder)
    lose(worked)
    (worked.settings.home / "blobs" / "ab").mkdir(parents=True)
    with pytest.raises(RestoreError, match="holds films"):
        restore(worked.settings, folder)
    assert (worked.settings.home / "blobs" / "ab").is_dir()


def rewrite(folder: Path, **changes: object) -> None:
    """A manifest that another program version could have written."""
    manifest = read_manifest(folder)
    assert manifest is not None
    dataclasses.replace(manifest, **changes).write(folder)  # type: ignore[arg-type]


def test_a_backup_of_a_newer_version_is_refused(worked: Workspace, folder: Path) -> None:
    backup(worked, folder)
    lose(worked)
    rewrite(folder, schema="9999")
    with pytest.raises(RestoreError, match="newer version"):
        restore(worked.settings, folder)
    body = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(body | {"format": 2}))
    with pytest.raises(RestoreError, match="newer version"):
        restore(worked.settings, folder)


def test_a_backup_of_the_other_database_is_refused(worked: Workspace, folder: Path) -> None:
    backup(worked, folder)
    lose(worked)
    rewrite(folder, database="oracle")
    with pytest.raises(RestoreError, match="oracle database"):
        restore(worked.settings, folder)


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
def test_what_lies_beside_a_lost_database_is_not_replayed(
    place: Workspace, reader: Reader, folder: Path, ending: str
) -> None:
    backup(place, folder)
    take_in(place, reader, PatientID="LATER")
    database = Path(str(place.engine.url.database))
    with closing(sqlite3.connect(database)) as held:
        held.execute("SELECT count(*) FROM studies").fetchone()
        log = Path(f"{database}-wal").read_bytes()
    lose(place)
    database.parent.mkdir(parents=True)
    beside = Path(f"{database}{ending}")
    beside.write_bytes(log)
    with pytest.raises(RestoreError, match=f"{ending}.* of a former database"):
        restore(place.settings, folder)
    assert beside.read_bytes() == log and not database.exists()


def test_what_the_disk_did_not_keep_is_not_served(
    worked: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(worked, folder)
    lose(worked)
    monkeypatch.setattr(
        "dashboard.services.verify_store.condition", lambda _engine: Condition(faults=1)
    )
    with pytest.raises(RestoreError, match="did not keep"):
        restore(worked.settings, folder)
    assert snapshots.is_empty(worked.engine) and not worked.settings.home.exists()
