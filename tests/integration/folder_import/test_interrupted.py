"""Imports that are stopped, killed or cut off, and what the next start makes of them."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from core.domain.errors import DatabaseUnavailableError, StorageFullError
from core.domain.folder_import import ImportState
from core.domain.import_errors import FolderUnreadableError
from core.domain.reader import Reader
from dashboard.jobs.importer import Importer
from dashboard.services import import_folder as running
from dashboard.services import receive_files
from dashboard.services.imports import cancel_import, import_report, start_import
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork
from tests.factories import film_pixels, image_bytes
from tests.integration.folder_import.conftest import after_each_film, counts, take_in, write
from tests.integration.small_films import small_film, zipped

ROOT = Path(__file__).resolve().parents[3]


def test_an_import_is_stopped_before_and_while_it_runs(
    clinic: Workspace, root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, **{f"film{number}": small_film(number) for number in range(8)})
    asked = start_import(clinic, "", reader=reader)
    assert cancel_import(clinic, asked.id, reader=reader).state is ImportState.CANCELLED
    assert not Importer(clinic).step()
    monkeypatch.setattr(running, "LOOK_SECONDS", 0.0)
    asked = start_import(clinic, "", reader=reader)
    first = threading.Event()
    stored = after_each_film(monkeypatch, first.set)
    worker = threading.Thread(target=Importer(clinic).step)
    worker.start()
    assert first.wait(60)
    cancel_import(clinic, asked.id, reader=reader)
    worker.join(60)
    found = import_report(clinic, asked.id).folder_import
    assert found.state is ImportState.CANCELLED
    assert 0 < found.files_done == found.stored == len(stored) < 8
    rest = take_in(clinic, reader)
    assert rest.skipped == found.stored and rest.stored == 8 - found.stored


def test_a_server_that_stops_goes_on_at_its_next_start(
    clinic: Workspace, root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    films = [small_film(number) for number in range(9)]
    write(root, cd=zipped(*((f"IM{place}", film) for place, film in enumerate(films[:4]))))
    write(root, **{f"film{number}": film for number, film in enumerate(films[4:])})
    asked = start_import(clinic, "", reader=reader)
    starts = 0
    while import_report(clinic, asked.id).folder_import.state.open:
        importer = Importer(clinic)
        with monkeypatch.context() as patch:
            after_each_film(patch, importer._halted.set)
            importer.step()
        starts += 1
    found = import_report(clinic, asked.id).folder_import
    assert found.state is ImportState.DONE and starts > 3
    assert counts(found) == (6, 9, 0, 0) and worklist(clinic).page.total == 9


def test_a_listing_broken_off_begins_again(
    clinic: Workspace, root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, **{f"film{number}": small_film(number) for number in range(3)})
    asked = start_import(clinic, "", reader=reader)
    with clinic.work() as work:
        work.imports.begin(asked.id)
        work.import_files.list_refused(asked.id, b"old", StorageFullError())
    assert Importer(clinic).step()
    assert counts(import_report(clinic, asked.id).folder_import) == (3, 3, 0, 0)


def test_a_full_disk_ends_the_import_and_the_next_one_goes_on(
    clinic: Workspace, root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, **{f"film{number}": small_film(number) for number in range(6)})
    monkeypatch.setattr(receive_files, "RETRY_SECONDS", 0.0)
    put, full = type(clinic.blobs).put, False

    def fill(store: object, content: bytes) -> str:
        if full:
            raise StorageFullError()
        return put(store, content)  # type: ignore[arg-type]

    def fill_up() -> None:
        nonlocal full
        full = True

    with monkeypatch.context() as patch:
        patch.setattr(type(clinic.blobs), "put", fill)
        after_each_film(patch, fill_up)
        failed = take_in(clinic, reader)
    assert failed.state is ImportState.FAILED and isinstance(failed.error, StorageFullError)
    assert 0 < failed.stored < 6 and failed.refused == 0
    again = take_in(clinic, reader)
    assert again.state is ImportState.DONE and again.stored + failed.stored == 6


def test_a_database_that_goes_away_leaves_the_import_open(
    clinic: Workspace, root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, **{f"film{number}": small_film(number) for number in range(6)})
    monkeypatch.setattr(receive_files, "RETRY_SECONDS", 0.0)
    asked, begin, gone = start_import(clinic, "", reader=reader), UnitOfWork.__enter__, False

    def go(work: UnitOfWork) -> UnitOfWork:
        if gone:
            raise DatabaseUnavailableError()
        return begin(work)

    def go_away() -> None:
        nonlocal gone
        gone = True

    with monkeypatch.context() as patch:
        patch.setattr(UnitOfWork, "__enter__", go)
        after_each_film(patch, go_away)
        with pytest.raises(DatabaseUnavailableError):
            Importer(clinic).step()
    open_still = import_report(clinic, asked.id).folder_import
    assert open_still.state is ImportState.RUNNING and 0 < open_still.stored < 6
    assert Importer(clinic).step()
    assert counts(import_report(clinic, asked.id).folder_import) == (6, 6, 0, 0)


def test_a_folder_that_goes_away_fails_the_import(
    clinic: Workspace, root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root / "a", **{f"film{number}": small_film(number) for number in range(6)})
    after_each_film(monkeypatch, lambda: (root / "a").exists() and (root / "a").rename(root / "b"))
    failed = take_in(clinic, reader, "a")
    assert failed.state is ImportState.FAILED and failed.refused == 0
    assert isinstance(failed.error, FolderUnreadableError)
    asked = start_import(clinic, "b", reader=reader)
    (root / "b").rename(root / "c")
    assert Importer(clinic).step()
    assert import_report(clinic, asked.id).folder_import.state is ImportState.FAILED


def test_an_importer_thread_takes_in_what_is_asked_for(
    clinic: Workspace, root: Path, reader: Reader
) -> None:
    write(root, film=small_film(), picture=image_bytes(film_pixels(64, 64)))
    asked = start_import(clinic, "", reader=reader)
    importer = Importer(clinic)
    importer.start()
    waiting = threading.Event()
    while import_report(clinic, asked.id).folder_import.state.open:
        waiting.wait(0.1)
    assert importer.alive
    importer.stop()
    assert not importer.alive
    assert counts(import_report(clinic, asked.id).folder_import) == (2, 2, 0, 0)


def test_a_second_server_of_the_home_leaves_a_running_import_alone(
    clinic: Workspace, root: Path, reader: Reader
) -> None:
    write(root, film=small_film())
    start_import(clinic, "", reader=reader)
    with Importer(clinic)._alone() as alone:
        assert alone and not Importer(clinic).step()
    assert Importer(clinic).step()


IMPORTING = """
from core.settings import load_settings
from dashboard.jobs.importer import Importer
from dashboard.workspace import open_workspace
Importer(open_workspace(load_settings())).step()
"""


def test_a_killed_server_takes_every_file_in_exactly_once(
    clinic: Workspace, root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERREAD_IMPORT_ROOT", str(root))
    films = [small_film(number) for number in range(60)]
    write(root, **{f"film{number}": film for number, film in enumerate(films[:30])})
    write(root, cd=zipped(*((f"IM{place}", film) for place, film in enumerate(films[30:]))))
    write(root, letter=b"%PDF-1.7")
    asked = start_import(clinic, "", reader=reader)

    def stored() -> int:
        return import_report(clinic, asked.id).folder_import.stored

    for moment in (1, 25):
        server = subprocess.Popen([sys.executable, "-c", IMPORTING], cwd=ROOT)
        while stored() < moment and server.poll() is None:
            time.sleep(0.005)
        server.kill()
        server.wait(60)
        assert import_report(clinic, asked.id).folder_import.state is ImportState.RUNNING
    subprocess.run([sys.executable, "-c", IMPORTING], cwd=ROOT, check=True, timeout=120)
    found = import_report(clinic, asked.id).folder_import
    assert found.state is ImportState.DONE and counts(found) == (32, 60, 0, 1)
    assert worklist(clinic).page.total == 60
