"""Files and links below a folder: what is taken in, skipped and refused."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest
from pydicom.uid import generate_uid
from sqlalchemy import text

from core.domain.folder_import import ImportState
from core.domain.job import JobPriority
from core.domain.reader import Reader
from core.domain.study import Source
from dashboard.services import import_folder as running
from dashboard.services.imports import folders, import_report, refused_csv
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from tests.integration.folder_import.conftest import counts, take_in, write
from tests.integration.small_films import small_film, zipped


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
