"""An import root, files below it, and an import here and now."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from core.domain.folder_import import FolderImport
from core.domain.reader import Reader
from dashboard.jobs.importer import Importer
from dashboard.services import import_folder as running
from dashboard.services.imports import import_report, start_import
from dashboard.workspace import Workspace


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
