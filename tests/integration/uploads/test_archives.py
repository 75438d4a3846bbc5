"""Uploads of films and archives: taken in, refused, and the server's own failures."""

from __future__ import annotations

import pytest
from pydicom.uid import generate_uid

from core.domain.errors import DatabaseUnavailableError, FileTooLargeError, StorageFullError
from core.domain.import_errors import DamagedArchiveError, UnsafeNameError
from core.domain.reader import Reader
from core.imaging import file_size
from dashboard.services import receive_files
from dashboard.services.receive_files import group_refused
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork
from tests.integration.small_films import small_film, zipped
from tests.integration.uploads.conftest import received, refused, upload


def test_a_cd_becomes_its_studies_and_the_rest_is_refused(
    either: Workspace, reader: Reader
) -> None:
    study, film = generate_uid(), small_film(3)
    cd = zipped(
        ("IMAGES/IM1", small_film(1, StudyInstanceUID=study)),
        ("IMAGES/IM2", small_film(2, StudyInstanceUID=study, ViewPosition="LL")),
        ("IMAGES/IM3", film),
        ("IMAGES/COPY", film),
        ("VIEWER/viewer.exe", b"MZ..."),
        ("index.htm", b"<html>"),
        ("../up", film),
        ("DICOMDIR", b"x"),
    )
    outcomes = upload(either, reader, ("cd.zip", cd), ("one.dcm", small_film(4)))
    assert [item.file for item in outcomes] == [
        "cd.zip: IMAGES/IM1", "cd.zip: IMAGES/IM2", "cd.zip: IMAGES/IM3", "cd.zip: IMAGES/COPY",
        "cd.zip: VIEWER/viewer.exe", "cd.zip: index.htm", "cd.zip: ../up", "one.dcm",
    ]  # fmt: skip
    assert [item.duplicate for item in received(outcomes)] == [False, False, False, True, False]
    assert worklist(either).page.total == 3
    groups = group_refused(refused(outcomes))
    assert [(group.code, group.count) for group in groups] == [
        ("not_an_image", 2),
        ("unsafe_name", 1),
    ]
    assert isinstance(groups[1].error, UnsafeNameError)


def test_a_broken_archive_is_one_refusal_and_the_batch_goes_on(
    either: Workspace, reader: Reader
) -> None:
    broken = zipped(("a", small_film(1)))[:500]
    outcomes = upload(either, reader, ("cd.zip", broken), ("x.dcm", small_film(2)))
    [refusal] = refused(outcomes)
    assert refusal.file == "cd.zip" and isinstance(refusal.error, DamagedArchiveError)
    assert len(received(outcomes)) == 1


def test_a_file_too_large_is_never_read(
    either: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_size, "FILE_LIMIT_MB", 0)
    [refusal] = refused(upload(either, reader, ("x.dcm", small_film())))
    assert isinstance(refusal.error, FileTooLargeError)


def test_names_of_uploads_are_shown_without_tricks(either: Workspace, reader: Reader) -> None:
    [refusal] = refused(upload(either, reader, ("x\u202e\n" + "y" * 10_000, b"text")))
    assert refusal.file.isprintable() and len(refusal.file) == 120
    assert refusal.file in str(refusal.error)


@pytest.mark.parametrize("failure", [DatabaseUnavailableError, StorageFullError])
def test_a_server_that_fails_twice_ends_the_batch(
    either: Workspace,
    reader: Reader,
    monkeypatch: pytest.MonkeyPatch,
    failure: type[DatabaseUnavailableError],
) -> None:
    monkeypatch.setattr(receive_files, "RETRY_SECONDS", 0.0)
    begin, begun = UnitOfWork.__enter__, 0

    def fail(work: UnitOfWork) -> UnitOfWork:
        nonlocal begun
        begun += 1
        if begun > 2:
            raise failure()
        return begin(work)

    files = [(f"{number}.dcm", small_film(number)) for number in range(5)]
    cd = zipped(*((f"IM{number}", small_film(9 + number)) for number in range(3)))
    files.insert(2, ("cd.zip", cd))
    with monkeypatch.context() as patch:
        patch.setattr(UnitOfWork, "__enter__", fail)
        outcomes = upload(either, reader, *files)
    assert begun == 4 and len(received(outcomes)) == 2
    assert [(item.file, type(item.error)) for item in refused(outcomes)] == [
        (name, failure) for name in ("cd.zip: IM0", "cd.zip", "2.dcm", "3.dcm", "4.dcm")
    ]
    assert len(received(upload(either, reader, *files))) == 8


def test_a_failure_that_passes_is_nobodys_trouble(
    either: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive_files, "RETRY_SECONDS", 0.0)
    begin, begun = UnitOfWork.__enter__, 0

    def fail(work: UnitOfWork) -> UnitOfWork:
        nonlocal begun
        begun += 1
        if begun == 1:
            raise DatabaseUnavailableError()
        return begin(work)

    monkeypatch.setattr(UnitOfWork, "__enter__", fail)
    assert len(received(upload(either, reader, ("x.dcm", small_film())))) == 1
