"""A backup beside a working server: consistent, whole, for its owner alone."""

from __future__ import annotations

import dataclasses
import logging
import multiprocessing
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.domain.errors import BackupError, RestoreError, StorageUnavailableError
from core.domain.reader import Reader
from core.settings import Settings
from dashboard.services.backup import backup
from dashboard.services.restore import restore
from dashboard.services.verify_chain import verify_chain
from dashboard.services.verify_store import verify_store
from dashboard.workspace import Workspace, open_workspace
from storage.manifest import read_manifest
from tests.factories import InThisProcess
from tests.integration.backup.conftest import files, lose
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import write_and_sign

SPAWN = multiprocessing.get_context("spawn")


def test_everything_comes_back_and_work_goes_on(
    worked: Workspace, again: Callable[[], Workspace], reader: Reader, folder: Path
) -> None:
    made = backup(worked, folder)
    assert made.blobs > 4 and read_manifest(folder) == made
    lose(worked)
    assert restore(worked.settings, folder) == 2
    place = again()
    assert verify_chain(place) == 2
    store = verify_store(place)
    assert store.sound and store.orphans == 0 and store.named == made.blobs
    draft_next(place)
    assert write_and_sign(place, 2, reader).sequence == 3
    assert verify_chain(place) == 3 and place.seal.head().sequence == 3


def test_a_backup_is_for_its_owner_alone(worked: Workspace, folder: Path) -> None:
    backup(worked, folder)
    for path in (folder, *folder.rglob("*")):
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_a_second_backup_copies_only_what_is_new(
    worked: Workspace, reader: Reader, folder: Path
) -> None:
    backup(worked, folder)
    before = {path: path.stat().st_mtime_ns for path in (folder / "blobs").rglob("*")}
    films = {path for path in before if path.is_file()}
    take_in(worked, reader, PatientID="3")
    made = backup(worked, folder)
    now = {path for path in (folder / "blobs").rglob("*") if path.is_file()}
    assert films < now and len(now) == made.blobs
    assert all(path.stat().st_mtime_ns == before[path] for path in films)
    assert len(list(folder.glob("snapshot-*"))) == 1


def test_a_backup_that_fails_keeps_the_former_one(
    worked: Workspace,
    again: Callable[[], Workspace],
    reader: Reader,
    folder: Path,
) -> None:
    backup(worked, folder)
    former = files(folder)
    lost = take_in(worked, reader, PatientID="3").instance_id
    with worked.look() as look:
        film = look.studies.film(lost)
    worked.blobs.path(film.blob_digest).write_bytes(b"rotten")
    with pytest.raises(BackupError, match="missing or changed"):
        backup(worked, folder)
    kept = files(folder)
    assert {name: kept[name] for name in former} == former
    assert not list(folder.rglob(".part-*")) and len(list(folder.glob("snapshot-*"))) == 1
    lose(worked)
    assert restore(worked.settings, folder) == 2


def test_what_an_interrupted_backup_left_is_cleared(worked: Workspace, folder: Path) -> None:
    backup(worked, folder)
    (folder / "snapshot-cut").mkdir()
    (folder / "snapshot-cut" / "database").write_bytes(b"half")
    backup(worked, folder)
    assert len(list(folder.glob("snapshot-*"))) == 1


def test_a_folder_of_other_things_is_not_taken_over(worked: Workspace, folder: Path) -> None:
    folder.mkdir()
    (folder / "letters").mkdir()
    mode = folder.stat().st_mode
    with pytest.raises(BackupError, match="other things"):
        backup(worked, folder)
    assert folder.stat().st_mode == mode and [path.name for path in folder.iterdir()] == ["letters"]


def test_nothing_to_back_up_is_said(home: Path, folder: Path) -> None:
    with pytest.raises(BackupError, match="no Overread database"):
        backup(open_workspace(Settings()), folder)
    assert not home.exists()
    with pytest.raises(RestoreError, match="no complete backup"):
        restore(Settings(), folder)


def work_on(settings: Settings, url: str, begun: object, stop: object) -> None:
    """Another process: takes films in, drafts and signs until it is told to stop."""
    place = open_workspace(settings.model_copy(update={"database_url": SecretStr(url)}))
    place = dataclasses.replace(place, decoder=InThisProcess())
    reader = Reader(1, "Dr. Other", confirmed=True)
    while not stop.is_set():  # type: ignore[attr-defined]
        study_id = take_in(place, reader).study_id
        draft_next(place)
        write_and_sign(place, study_id, reader)
        begun.set()  # type: ignore[attr-defined]


def test_a_backup_beside_a_working_server_is_consistent(
    worked: Workspace, again: Callable[[], Workspace], reader: Reader, folder: Path
) -> None:
    draft_next(worked)
    begun, stop = SPAWN.Event(), SPAWN.Event()
    url = worked.engine.url.render_as_string(hide_password=False)
    other = SPAWN.Process(target=work_on, args=(worked.settings, url, begun, stop), daemon=True)
    other.start()
    try:
        assert begun.wait(60)
        signed_before = worked.seal.head().sequence
        for _ in range(5):
            backup(worked, folder)
        signed_after = worked.seal.head().sequence
    finally:
        stop.set()
        other.join(30)
    assert other.exitcode == 0 and signed_after > signed_before
    lose(worked)
    assert signed_before <= restore(worked.settings, folder) <= signed_after
    place = again()
    assert verify_store(place).sound
    study_id = take_in(place, reader, PatientID="9").study_id
    while open_jobs(place):
        draft_next(place)
    write_and_sign(place, study_id, reader)
    assert verify_chain(place) > signed_before


def open_jobs(place: Workspace) -> bool:
    with place.look() as look:
        return look.jobs.waiting()


def test_a_rotten_copy_is_made_again(
    worked: Workspace, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    backup(worked, folder)
    film = next(path for path in (folder / "blobs").rglob("*") if path.is_file())
    sound = film.read_bytes()
    film.write_bytes(bytes([sound[0] ^ 1]) + sound[1:])
    with caplog.at_level(logging.WARNING):
        backup(worked, folder)
    assert "1 copies had changed" in caplog.text
    assert film.read_bytes() == sound
    lose(worked)
    assert restore(worked.settings, folder) == 2


def test_a_manifest_that_cannot_be_read_is_said(worked: Workspace, folder: Path) -> None:
    backup(worked, folder)
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").mkdir()
    with pytest.raises(StorageUnavailableError, match="is a directory"):
        backup(worked, folder)
    with pytest.raises(StorageUnavailableError, match="is a directory"):
        restore(worked.settings, folder)


def test_what_cannot_be_cleared_is_said(worked: Workspace, folder: Path) -> None:
    backup(worked, folder)
    (folder / ".part-odd").mkdir()
    with pytest.raises(StorageUnavailableError):
        backup(worked, folder)
