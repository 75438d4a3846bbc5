"""Back up beside a working server, lose everything, restore: on both databases."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.domain.errors import BackupError, OverreadError, RestoreError, ServerRunningError
from core.domain.reader import Reader
from core.settings import Settings
from dashboard.services.addendum import add_addendum
from dashboard.services.backup import backup
from dashboard.services.restore import restore
from dashboard.services.verify_chain import verify_chain
from dashboard.services.verify_store import verify_store
from dashboard.workspace import Workspace, open_workspace, prepare
from storage import snapshot as snapshots
from storage.manifest import read_manifest
from tests.factories import InThisProcess
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import write_and_sign

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backup"


@pytest.fixture
def worked(either: Workspace, reader: Reader, drafted: Callable[..., int]) -> Workspace:
    """Two films, one of them signed with an addendum."""
    first = drafted(PatientID="1")
    take_in(either, reader, PatientID="2")
    write_and_sign(either, first, reader)
    add_addendum(either, first, "Late note.", reader=reader)
    return either


def lose(place: Workspace) -> None:
    """The machine is gone: home folder and database."""
    if place.engine.dialect.name == "postgresql":
        with place.engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    place.engine.dispose()
    shutil.rmtree(place.settings.home)


@pytest.fixture
def again(worked: Workspace) -> Iterator[Callable[[], Workspace]]:
    """A server's workspace on the restored home."""
    opened: list[Workspace] = []

    def make() -> Workspace:
        opened.append(open_workspace(worked.settings))
        prepare(opened[-1])
        return opened[-1]

    yield make
    for place in opened:
        place.engine.dispose()


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


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


@pytest.mark.parametrize("tool", ["pg_dump", "pg_restore"])
def test_a_missing_tool_of_postgresql_is_named(
    worked: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch, tool: str
) -> None:
    if worked.engine.dialect.name == "sqlite":
        # SQLite needs none of them.
        monkeypatch.setenv("PATH", "")
        backup(worked, folder)
        lose(worked)
        assert restore(worked.settings, folder) == 2
        return
    if tool == "pg_restore":
        backup(worked, folder)
        lose(worked)
    monkeypatch.setattr(snapshots.shutil, "which", lambda _name: None)
    with pytest.raises(OverreadError, match=f"{tool} is not installed"):
        backup(worked, folder) if tool == "pg_dump" else restore(worked.settings, folder)
    assert tool == "pg_dump" or not worked.settings.home.exists()


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


def test_an_interrupted_restore_is_not_served_and_can_be_run_again(
    worked: Workspace,
    again: Callable[[], Workspace],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backup(worked, folder)
    lose(worked)
    with monkeypatch.context() as cut:
        # A power cut ends without any tidying up.
        cut.setattr("dashboard.services.restore.verify_chain", power_cut)
        cut.setattr("dashboard.services.restore._undo", lambda _place: None)
        with pytest.raises(PowerCutError):
            restore(worked.settings, folder)
    with pytest.raises(RestoreError, match="interrupted"):
        again()
    assert restore(worked.settings, folder) == 2
    assert verify_chain(again()) == 2


class PowerCutError(Exception):
    pass


def power_cut(_place: Workspace) -> int:
    raise PowerCutError
