"""First start, films, head file, backup and restore without room."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.errors import StorageFullError
from core.domain.reader import Reader
from core.settings import Settings
from dashboard.__main__ import main
from dashboard.services.backup import backup
from dashboard.services.restore import restore
from dashboard.services.verify_chain import verify_chain
from dashboard.workspace import Workspace, open_workspace, prepare, workspace
from storage.blobs import BlobStore
from storage.manifest import read_manifest
from storage.seal import Head, Seal
from tests.factories import film_pixels
from tests.integration.conftest import take_in
from tests.integration.disk_full.conftest import Disk
from tests.integration.test_report_life_cycle import write_and_sign


def test_a_first_start_says_so(disk: Disk) -> None:
    with disk.full():
        assert main(["verify"]) == 1
    assert main(["verify"]) == 0
    workspace().engine.dispose()


def test_blobs_and_seal_leave_no_half_file(disk: Disk) -> None:
    blobs, seal = BlobStore(disk.folder / "blobs"), Seal(disk.folder / "chain")
    seal.create()
    with disk.full():
        with pytest.raises(StorageFullError):
            blobs.put(b"film" * 4000)
        with pytest.raises(StorageFullError):
            seal.advance(Head(1, "a" * 64))
    assert seal.head() == Head()
    assert [path for path in disk.folder.rglob(".*-*") if path.is_file()] == []
    assert blobs.sound(blobs.put(b"film" * 4000))


def test_a_signature_stands_although_its_head_finds_no_room(
    disk: Disk, postgres_url: str, monkeypatch: pytest.MonkeyPatch, reader: Reader
) -> None:
    """The database may lie on another disk than the folder."""
    monkeypatch.setenv("OVERREAD_DATABASE_URL", postgres_url)
    place = workspace()
    with place.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    prepare(place)
    study_id = take_in(place, reader).study_id
    with disk.full():
        signed = write_and_sign(place, study_id, reader)
        assert place.seal.head() == Head()
    assert verify_chain(place) == 1 and place.seal.head() == Head(1, signed.digest)
    place.engine.dispose()


def test_a_backup_without_room_keeps_the_former_one(
    disk: Disk, place: Workspace, reader: Reader
) -> None:
    folder = disk.folder / "backup"
    take_in(place, reader)
    former = backup(place, folder)
    take_in(place, reader, pixels=film_pixels(400, 400, seed=2))
    with disk.full(), disk.refuses():
        backup(place, folder)
    assert read_manifest(folder) == former
    assert [path.name for path in folder.glob("snapshot-*")] == [former.snapshot]
    assert not list(folder.rglob(".part-*"))
    assert backup(place, folder).blobs == former.blobs + 2


def test_a_restore_without_room_leaves_nothing(
    disk: Disk, tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Settings(home=tmp_path / "elsewhere")
    source = open_workspace(elsewhere)
    prepare(source)
    write_and_sign(source, take_in(source, reader).study_id, reader)
    backup(source, tmp_path / "backup")
    source.engine.dispose()
    home = disk.folder / "home"
    with disk.full(), disk.refuses():
        restore(Settings(), tmp_path / "backup")
    assert not home.exists()
    assert restore(Settings(), tmp_path / "backup") == 1
