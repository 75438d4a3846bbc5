"""Folder import on both databases: what is taken in, refused, resumed, and never left behind."""

from __future__ import annotations

import csv
import dataclasses
import io
import os
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.uid import generate_uid
from sqlalchemy import text

from core.domain.errors import (
    DatabaseUnavailableError,
    NotFoundError,
    StorageFullError,
)
from core.domain.folder_import import FolderImport, ImportState
from core.domain.import_errors import (
    FolderOutsideError,
    FolderUnreadableError,
    ImportsOffError,
)
from core.domain.job import JobPriority
from core.domain.reader import Reader
from core.domain.study import Source
from dashboard.jobs.importer import Importer
from dashboard.services import import_folder as running
from dashboard.services import receive_files
from dashboard.services.imports import (
    cancel_import,
    folders,
    import_report,
    imports,
    refused_csv,
    start_import,
)
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork
from tests.factories import dicom_bytes, film_pixels, image_bytes

ROOT = Path(__file__).resolve().parents[2]


def small_film(seed: int = 0, **tags: object) -> bytes:
    return dicom_bytes(film_pixels(64, 64, seed), **tags)


def zipped(*files: tuple[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return target.getvalue()


def rooted(place: Workspace, root: Path | None) -> Workspace:
    """The same workspace with an import root."""
    settings = place.settings.model_copy(update={"import_root": root})
    return dataclasses.replace(place, settings=settings)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder


@pytest.fixture
def clinic(either: Workspace, root: Path) -> Workspace:
    return rooted(either, root)


def take_in(place: Workspace, reader: Reader, folder: str = "") -> FolderImport:
    """Import a folder here and now."""
    asked = start_import(place, folder, reader=reader)
    assert Importer(place).step()
    return import_report(place, asked.id).folder_import


def write(folder: Path, **files: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def counts(found: FolderImport) -> tuple[int, int, int, int]:
    return found.files_done, found.stored, found.duplicate, found.refused


def test_a_folder_is_taken_in_with_all_below(clinic: Workspace, root: Path, reader: Reader) -> None:
    study, film = generate_uid(), small_film(9)
    write(root / "a", one=small_film(1, StudyInstanceUID=study))
    write(root / "a" / "deep", two=small_film(2, StudyInstanceUID=study, ViewPosition="LL"))
    write(root / "b", three=film, again=film, DICOMDIR=b"x", letter=b"%PDF-1.7")
    write(root / "b" / "__MACOSX", film=film)
    (root / "b" / ".DS_Store").write_bytes(b"x")
    found = take_in(clinic, reader)
    assert found.state is ImportState.DONE and found.error is None
    assert (found.files, found.skipped) == (5, 0) and counts(found) == (5, 3, 1, 1)
    assert found.reader.id == reader.id and found.finished_at is not None
    assert worklist(clinic).page.total == 2
    [group] = import_report(clinic, found.id).refused
    assert (group.code, group.count, group.files) == ("not_an_image", 1, ("b/letter",))
    assert str(group.error) == "b/letter is not a DICOM, PNG or JPEG file."


def test_its_drafts_wait_behind_everybody_else(
    clinic: Workspace, root: Path, reader: Reader
) -> None:
    write(root, film=small_film())
    take_in(clinic, reader)
    with clinic.look() as look:
        [item] = worklist(clinic).page.items
        job = look.jobs.latest(item.study.id)
    assert job is not None and item.study.source is Source.FOLDER
    assert JobPriority.INTAKE < job.priority == JobPriority.BULK < JobPriority.SAMPLE


def test_archives_in_the_folder_are_read(clinic: Workspace, root: Path, reader: Reader) -> None:
    film = small_film(1)
    cd = zipped(("IM1", film), ("IM2", small_film(2)), ("IM3", film), ("readme.htm", b"<html>"))
    write(root, cd=cd, broken=cd[:200], empty=zipped(), junk=zipped(("a", b"a"), ("b", b"b")))
    found = take_in(clinic, reader)
    assert found.state is ImportState.DONE and counts(found) == (4, 2, 1, 5)
    groups = import_report(clinic, found.id).refused
    assert [(group.code, group.count) for group in groups] == [
        ("not_an_image", 3), ("damaged_archive", 1), ("empty_archive", 1),
    ]  # fmt: skip
    assert set(groups[0].files) == {"cd: readme.htm", "junk: a", "junk: b"}


def test_starting_again_takes_in_what_is_new_and_what_was_refused(
    clinic: Workspace, root: Path, reader: Reader
) -> None:
    write(root, one=small_film(1), bad=b"text", cd=zipped(("a", small_film(5))))
    take_in(clinic, reader)
    write(root, two=small_film(2))
    again = take_in(clinic, reader)
    assert (again.files, again.skipped) == (2, 2) and counts(again) == (2, 1, 0, 1)
    write(root, bad=small_film(3))
    assert counts(take_in(clinic, reader)) == (1, 1, 0, 0)
    assert counts(take_in(clinic, reader)) == (0, 0, 0, 0)


def test_asking_twice_is_one_import(clinic: Workspace, root: Path, reader: Reader) -> None:
    write(root / "a", film=small_film())
    first = start_import(clinic, "a", reader=reader)
    assert start_import(clinic, "./a/", reader=reader).id == first.id
    assert start_import(clinic, "", reader=reader).id != first.id
    assert [item.folder for item in imports(clinic)] == ["a", ""]


@pytest.mark.parametrize(
    "folder", ["..", "a/..", "a/../..", "/etc", "nothing", "film", "a\0b", "out"]
)
def test_folders_outside_are_refused(
    clinic: Workspace, root: Path, reader: Reader, tmp_path: Path, folder: str
) -> None:
    write(root / "a")
    write(root, film=b"x")
    write(tmp_path / "outside", secret=small_film())
    (root / "out").symlink_to(tmp_path / "outside")
    with pytest.raises(FolderOutsideError):
        start_import(clinic, folder, reader=reader)
    with pytest.raises(FolderOutsideError):
        folders(clinic, folder)
    assert imports(clinic) == ()


def test_without_a_root_there_is_no_import(either: Workspace, reader: Reader) -> None:
    with pytest.raises(ImportsOffError):
        start_import(either, "", reader=reader)
    for ask in (folders, imports):
        with pytest.raises(ImportsOffError):
            ask(either)


def test_a_root_that_is_not_there_is_said(
    either: Workspace, reader: Reader, tmp_path: Path
) -> None:
    with pytest.raises(FolderUnreadableError):
        start_import(rooted(either, tmp_path / "nothing"), "", reader=reader)


def test_unknown_imports_are_not_found(clinic: Workspace, reader: Reader) -> None:
    for ask in (import_report, refused_csv):
        with pytest.raises(NotFoundError):
            ask(clinic, 99)
    with pytest.raises(NotFoundError):
        cancel_import(clinic, 99, reader=reader)


def test_links_are_followed_inside_and_refused_outside(
    clinic: Workspace, root: Path, reader: Reader, tmp_path: Path
) -> None:
    write(tmp_path / "outside", secret=small_film(1))
    write(root / "a", film=small_film(2))
    write(root / "elsewhere", far=small_film(3))
    (root / "a" / "out").symlink_to(tmp_path / "outside" / "secret")
    (root / "a" / "outfolder").symlink_to(tmp_path / "outside")
    (root / "a" / "circle").symlink_to(root / "a")
    (root / "a" / "near").symlink_to(root / "elsewhere")
    (root / "a" / "nowhere").symlink_to(root / "gone")
    found = take_in(clinic, reader, "a")
    assert counts(found) == (5, 2, 0, 3)
    groups = {group.code: group.files for group in import_report(clinic, found.id).refused}
    assert set(groups["outside_link"]) == {"a/out", "a/outfolder"}
    assert groups["unopened_file"] == ("a/nowhere",)


def test_a_file_that_turns_into_a_link_after_the_listing_is_refused(
    clinic: Workspace, root: Path, reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "outside", secret=small_film(1))
    write(root, film=small_film(2))
    take = running._Run.take_in

    def swap(run: running._Run) -> None:
        (root / "film").unlink()
        (root / "film").symlink_to(tmp_path / "outside" / "secret")
        take(run)

    monkeypatch.setattr(running._Run, "take_in", swap)
    found = take_in(clinic, reader)
    assert counts(found) == (1, 0, 0, 1) and worklist(clinic).page.total == 0


def test_a_folder_that_does_not_open_is_refused_and_the_rest_goes_on(
    clinic: Workspace, root: Path, reader: Reader
) -> None:
    write(root, film=small_film())
    # Deeper than any path may be long: even the superuser cannot open it by its path.
    here = os.open(root, os.O_RDONLY)
    for _level in range(24):
        os.mkdir("d" * 200, dir_fd=here)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    found = take_in(clinic, reader)
    assert found.state is ImportState.DONE and counts(found) == (2, 1, 0, 1)
    [group] = import_report(clinic, found.id).refused
    assert group.code == "unopened_file" and len(group.files[0]) == 120


def test_a_pipe_does_not_keep_an_import_waiting(
    clinic: Workspace, root: Path, reader: Reader
) -> None:
    os.mkfifo(root / "pipe")
    assert counts(take_in(clinic, reader)) == (0, 0, 0, 0)


def test_names_that_are_no_text_are_imported_and_shown(
    clinic: Workspace, root: Path, reader: Reader
) -> None:
    (root / os.fsdecode(b"M\xfcller.dcm")).write_bytes(small_film(1))
    (root / os.fsdecode(b"Gr\xfcn")).mkdir()
    (root / os.fsdecode(b"Gr\xfcn/x\xff\n.txt")).write_bytes(b"text")
    (root / "IM\u202egnp.exe").write_bytes(b"text")
    found = take_in(clinic, reader)
    assert counts(found) == (3, 1, 0, 2)
    [group] = import_report(clinic, found.id).refused
    assert set(group.files) == {"Gr\ufffdn/x\ufffd.txt", "IMgnp.exe"}
    assert folders(clinic) == []


def test_folders_are_listed_level_by_level(clinic: Workspace, root: Path, tmp_path: Path) -> None:
    write(root / "b" / "inner")
    write(root / "a")
    write(tmp_path / "outside")
    (root / "out").symlink_to(tmp_path / "outside")
    assert [folder.path for folder in folders(clinic)] == ["a", "b"]
    assert [folder.path for folder in folders(clinic, "b")] == ["b/inner"]


def test_the_list_of_refusals_runs_in_no_spreadsheet(
    clinic: Workspace, root: Path, reader: Reader
) -> None:
    write(root, **{"=cmd|calc": b"x", "plain": b"y"})
    found = take_in(clinic, reader)
    header, *lines = csv.reader(io.StringIO("".join(refused_csv(clinic, found.id))))
    assert header == ["file", "code", "message", "remedy"]
    assert {line[0] for line in lines} == {"'=cmd|calc", "plain"}
    assert all(line[1] == "not_an_image" and line[3].endswith(".") for line in lines)
    assert all(not cell.startswith("=") for line in lines for cell in line)


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


def after_each_film(monkeypatch: pytest.MonkeyPatch, then: Callable[[], None]) -> list[str]:
    """Do something after each film that an import has stored; the names of the films."""
    names: list[str] = []
    store = running.receive_again

    def noted(place: Workspace, name: str, content: bytes, **options: object) -> object:
        received = store(place, name, content, **options)  # type: ignore[arg-type]
        names.append(name)
        then()
        return received

    monkeypatch.setattr(running, "receive_again", noted)
    return names


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


def test_a_fault_with_one_file_is_that_files_trouble(
    clinic: Workspace, root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, bad=small_film(1), good=small_film(2))
    store = running.receive_again

    def fail(place: Workspace, name: str, content: bytes, **options: object) -> object:
        if name == "bad":
            raise ZeroDivisionError("DOE^JANE")
        return store(place, name, content, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "receive_again", fail)
    found = take_in(clinic, reader)
    assert found.state is ImportState.DONE and counts(found) == (2, 1, 0, 1)
    assert [group.code for group in import_report(clinic, found.id).refused] == ["unreadable_file"]


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


@pytest.mark.slow
def test_three_thousand_files_are_taken_in_once(
    clinic: Workspace, root: Path, reader: Reader
) -> None:
    film = small_film(SOPInstanceUID="1.2.3.00000", StudyInstanceUID="1.2.4.00000")
    for number in range(3000):
        folder = root / f"{number // 100:02}"
        folder.mkdir(exist_ok=True)
        (folder / f"{number}").write_bytes(film.replace(b".00000", f".1{number:04}".encode()))
    found = take_in(clinic, reader)
    assert found.state is ImportState.DONE and counts(found) == (3000, 3000, 0, 0)
    with clinic.look() as look:
        assert look.session.scalar(text("SELECT count(*) FROM instances")) == 3000
    assert take_in(clinic, reader).skipped == 3000
