"""Which imports can be asked for, and which folders are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.errors import NotFoundError
from core.domain.import_errors import FolderOutsideError, FolderUnreadableError, ImportsOffError
from core.domain.reader import Reader
from dashboard.services.imports import (
    cancel_import,
    folders,
    import_report,
    imports,
    refused_csv,
    start_import,
)
from dashboard.workspace import Workspace
from tests.integration.folder_import.conftest import rooted, write
from tests.integration.small_films import small_film


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


def test_folders_are_listed_level_by_level(clinic: Workspace, root: Path, tmp_path: Path) -> None:
    write(root / "b" / "inner")
    write(root / "a")
    write(tmp_path / "outside")
    (root / "out").symlink_to(tmp_path / "outside")
    assert [folder.path for folder in folders(clinic)] == ["a", "b"]
    assert [folder.path for folder in folders(clinic, "b")] == ["b/inner"]
