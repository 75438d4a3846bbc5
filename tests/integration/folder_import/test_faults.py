"""Folder imports and the odd: files, disks, decoders and questions at the wrong moment."""

from __future__ import annotations

import io
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from core.domain.errors import StorageUnavailableError, UnreadableFileError
from core.domain.folder_import import ImportState
from core.domain.import_errors import FolderUnreadableError, ImportFaultError
from core.domain.reader import Reader
from dashboard.jobs import importer as importing
from dashboard.jobs.importer import Importer
from dashboard.services import import_folder as running
from dashboard.services.imports import cancel_import, import_report, imports, start_import
from dashboard.services.receive_files import Refused, receive_upload
from dashboard.services.receive_study import Received
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from tests.integration.folder_import.conftest import after_each_film, counts, rooted, take_in, write
from tests.integration.small_films import small_film, zipped


def films(*numbers: int) -> bytes:
    """An archive of films."""
    return zipped(*((f"IM{number}", small_film(number)) for number in numbers))


@pytest.mark.parametrize("nanoseconds", [10**19, -(10**19)])
def test_a_time_beyond_all_calendars_is_taken_in(
    clinic: Workspace, root: Path, reader: Reader, nanoseconds: int
) -> None:
    write(root, film=small_film())
    os.utime(root / "film", ns=(nanoseconds, nanoseconds))
    assert counts(take_in(clinic, reader)) == (1, 1, 0, 0)
    assert take_in(clinic, reader).skipped == 1


def test_an_unexpected_fault_ends_the_import_and_not_the_importer(
    clinic: Workspace, root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, film=small_film())
    with monkeypatch.context() as patch:
        patch.setattr(running, "files_below", lambda *_: [][1])
        failed = take_in(clinic, reader)
    assert failed.state is ImportState.FAILED and isinstance(failed.error, ImportFaultError)
    assert counts(take_in(clinic, reader)) == (1, 1, 0, 0)


def test_an_importer_outlives_what_nobody_foresaw(
    clinic: Workspace, root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, film=small_film())
    asked, faults = start_import(clinic, "", reader=reader), threading.Event()
    step = Importer.step

    def fail_once(importer: Importer) -> bool:
        if not faults.is_set():
            faults.set()
            raise OverflowError
        return step(importer)

    monkeypatch.setattr(Importer, "step", fail_once)
    monkeypatch.setattr(importing, "PAUSE_SECONDS", 0.0)
    importer = Importer(clinic)
    importer.start()
    waiting = threading.Event()
    while import_report(clinic, asked.id).folder_import.state.open and importer.alive:
        waiting.wait(0.1)
    importer.stop()
    assert faults.is_set()
    assert counts(import_report(clinic, asked.id).folder_import) == (1, 1, 0, 0)


def test_health_tells_whether_imports_are_worked(client: TestClient, place: Workspace) -> None:
    from dashboard.api.application import api

    assert client.get("/health").json()["importer"] is False
    importer = Importer(place)
    api.state.importer = importer
    try:
        importer.start()
        assert client.get("/health").json()["importer"] is True
        importer.stop()
        answer = client.get("/health").json()
        assert (answer["importer"], answer["status"]) == (False, "degraded")
    finally:
        del api.state.importer


def test_a_second_disk_with_the_same_names_is_taken_in(
    either: Workspace, tmp_path: Path, reader: Reader
) -> None:
    for number in (1, 2):
        disk = tmp_path / f"disk{number}"
        uids = {"SOPInstanceUID": f"1.2.3.{number}", "StudyInstanceUID": f"1.2.4.{number}"}
        write(disk, film=small_film(number, SeriesInstanceUID="1.2.5.1", **uids))
        os.utime(disk / "film", (315532800, 315532800))
        found = take_in(rooted(either, disk), reader)
        assert (found.skipped, found.stored) == (0, 1)
    # Back on the first, by another way to it.
    (tmp_path / "link").symlink_to(tmp_path / "disk1")
    assert take_in(rooted(either, tmp_path / "link"), reader).skipped == 1


def test_an_open_import_is_not_worked_below_another_root(
    either: Workspace, tmp_path: Path, reader: Reader
) -> None:
    for disk in ("one", "two"):
        write(tmp_path / disk, film=small_film())
    asked = start_import(rooted(either, tmp_path / "one"), "", reader=reader)
    second = rooted(either, tmp_path / "two")
    assert start_import(second, "", reader=reader).id != asked.id
    assert Importer(second).step()
    found = import_report(second, asked.id).folder_import
    assert found.state is ImportState.FAILED and isinstance(found.error, FolderUnreadableError)
    assert found.files == 0


def test_an_import_of_an_earlier_version_goes_on(
    clinic: Workspace, root: Path, reader: Reader
) -> None:
    write(root, film=small_film())
    asked = start_import(clinic, "", reader=reader)
    with clinic.work() as work:
        work.session.execute(text("UPDATE imports SET root = NULL, target = NULL"))
    assert Importer(clinic).step()
    assert counts(import_report(clinic, asked.id).folder_import) == (1, 1, 0, 0)
    # Nobody knows where that was.
    assert counts(take_in(clinic, reader)) == (1, 0, 1, 0)


def test_an_archive_that_changed_is_read_from_its_start(
    clinic: Workspace, root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, cd=films(0, 1, 2, 3))
    asked, stopped = start_import(clinic, "", reader=reader), Importer(clinic)
    with monkeypatch.context() as patch:
        names = after_each_film(patch, lambda: len(names) == 2 and stopped._halted.set())
        stopped.step()
    assert import_report(clinic, asked.id).folder_import.stored == 2
    write(root, cd=films(50, 51, 52, 53))
    os.utime(root / "cd", (10**9, 10**9))
    assert Importer(clinic).step()
    assert counts(import_report(clinic, asked.id).folder_import) == (1, 6, 0, 0)
    assert take_in(clinic, reader).skipped == 1


class FailingFile(io.FileIO):
    """A file on a disk that stops to answer after some reads."""

    reads, good = 0, 12

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > self.good:
            raise OSError(5, "Input/output error")
        return super().read(size)


def test_a_disk_that_fails_within_an_archive_is_no_damage(
    clinic: Workspace, root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, cd=films(*range(6)))
    with monkeypatch.context() as patch:
        patch.setattr(running, "open_below", lambda root, _path: FailingFile(root / "cd"))
        found = take_in(clinic, reader)
    assert found.state is ImportState.DONE and found.refused == 1
    [group] = import_report(clinic, found.id).refused
    assert (group.code, group.files) == ("unopened_file", ("cd",))
    again = take_in(clinic, reader)
    assert again.refused == 0 and again.stored + found.stored == 6


@pytest.mark.parametrize("good", [0, 1, 2, 12])
def test_a_disk_that_fails_within_an_upload_is_the_servers_trouble(
    either: Workspace, tmp_path: Path, reader: Reader, good: int
) -> None:
    write(tmp_path, cd=films(*range(6)))
    with FailingFile(tmp_path / "cd") as file:
        file.good = good
        outcomes = list(receive_upload(either, "cd.zip", file, reader=reader))  # type: ignore[arg-type]
    last = outcomes[-1]
    assert isinstance(last, Refused) and isinstance(last.error, StorageUnavailableError)
    assert all(isinstance(outcome, Received) for outcome in outcomes[:-1])


@pytest.mark.parametrize("name", ["film", "cd"])
def test_a_film_in_doubt_waits_for_the_next_start(
    clinic: Workspace, root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write(root, **{name: small_film() if name == "film" else films(0, 1)})
    asked, stopped = start_import(clinic, "", reader=reader), Importer(clinic)

    def lost(*_: object, **__: object) -> None:
        stopped._halted.set()
        raise UnreadableFileError(file=name, reason="its contents end the decoder")

    with monkeypatch.context() as patch:
        patch.setattr(running, "receive_again", lost)
        stopped.step()
    found = import_report(clinic, asked.id).folder_import
    assert found.state is ImportState.RUNNING and counts(found) == (0, 0, 0, 0)
    assert Importer(clinic).step()
    assert import_report(clinic, asked.id).folder_import.refused == 0
    assert worklist(clinic).page.total > 0


def test_asking_at_once_is_one_import(clinic: Workspace, root: Path, reader: Reader) -> None:
    write(root / "a", film=small_film())
    at_once = threading.Barrier(8)

    def ask(_number: int) -> int:
        at_once.wait()
        return start_import(clinic, "a", reader=reader).id

    with ThreadPoolExecutor(8) as clients:
        assert len(set(clients.map(ask, range(8)))) == 1
    assert len(imports(clinic)) == 1


def test_the_import_at_work_is_listed_however_many_came_after(
    clinic: Workspace, root: Path, reader: Reader
) -> None:
    asked = []
    for name in ("ended", "later", "first", "second", "stopped"):
        write(root / name)
        asked.append(start_import(clinic, name, reader=reader).id)
    for number in (0, 1, 4):
        cancel_import(clinic, asked[number], reader=reader)
    listed = [item.folder for item in imports(clinic)]
    assert listed == ["first", "second", "stopped", "later", "ended"]
    assert [item.folder for item in imports(clinic, limit=1)] == ["first"]


def test_a_path_longer_than_an_index_entry_can_be_imported(
    clinic: Workspace, root: Path, reader: Reader
) -> None:
    below = [os.urandom(100).hex() for _level in range(15)]
    folder = root.joinpath(*below)
    folder.mkdir(parents=True)
    write(folder, film=small_film())
    assert counts(take_in(clinic, reader, "/".join(below))) == (1, 1, 0, 0)
