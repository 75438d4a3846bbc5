"""Exports that the page makes, and ZIP files: whole, without a time, and never in anybody's way."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from pathlib import Path

import pytest

from core.domain.reader import Reader
from core.domain.training_errors import CorpusError
from dashboard.__main__ import main
from dashboard.services import export_archive
from dashboard.services.export_archive import (
    KeptExport,
    archive,
    export_to_zip,
    kept_exports,
    new_export,
)
from dashboard.workspace import Workspace
from tests.integration.test_export_signed import sign_one


def test_the_page_makes_numbered_exports(place: Workspace, reader: Reader) -> None:
    assert kept_exports(place) == ()
    sign_one(place, reader)
    seen: list[tuple[int, int]] = []
    first, exported = new_export(place, lambda done, of: seen.append((done, of)))
    assert (first.name, first.studies, exported.studies) == ("signed-001", 1, 1)
    assert seen == [(0, 1), (1, 1)] and first.small
    new_export(place)
    assert [each.name for each in kept_exports(place)] == ["signed-002", "signed-001"]
    assert first.folder.parent == place.settings.home / "exports"


def test_a_zip_holds_the_folder_and_no_time(place: Workspace, reader: Reader) -> None:
    sign_one(place, reader)
    kept, _exported = new_export(place)
    with zipfile.ZipFile(io.BytesIO(archive(kept.folder))) as made:
        assert made.testzip() is None
        assert {entry.date_time for entry in made.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name in made.namelist():
            assert made.read(name) == (kept.folder / name).read_bytes()
        assert {"manifest.json", "labels.csv"} <= set(made.namelist())


def test_what_is_too_large_for_a_browser_is_taken_as_a_folder(
    place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_one(place, reader)
    kept, _exported = new_export(place)
    monkeypatch.setattr(export_archive, "MOST_ARCHIVE", 1_000)
    assert not kept.small
    with pytest.raises(CorpusError, match="take its folder instead"):
        archive(kept.folder)


def test_the_command_writes_a_zip_once(place: Workspace, reader: Reader, tmp_path: Path) -> None:
    sign_one(place, reader)
    assert main(["export-signed", str(tmp_path / "out" / "signed.zip")]) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["signed.zip"]
    assert stat.S_IMODE((tmp_path / "out" / "signed.zip").stat().st_mode) == 0o600
    with zipfile.ZipFile(tmp_path / "out" / "signed.zip") as made:
        assert json.loads(made.read("manifest.json"))["studies"] == 1
    with pytest.raises(CorpusError, match=r"there is something of the name signed\.zip"):
        export_to_zip(place, tmp_path / "out" / "signed.zip")


def test_an_export_whose_manifest_is_damaged_is_marked_and_hides_no_other(
    place: Workspace, reader: Reader
) -> None:
    sign_one(place, reader)
    first, second = new_export(place)[0], new_export(place)[0]
    (second.folder / "manifest.json").write_text("{", encoding="utf-8")
    assert kept_exports(place) == (KeptExport(second.folder, damaged=True), first)
    assert not kept_exports(place)[0].small


def test_the_newest_are_looked_at_by_their_manifests_alone(
    place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_one(place, reader)
    kept, _exported = new_export(place)
    files = [path for path in kept.folder.rglob("*.*") if path.name != "manifest.json"]
    assert kept.size_bytes == sum(path.stat().st_size for path in files)
    for number in range(2, 9):
        copy = kept.folder.with_name(f"signed-{number:03d}")
        copy.mkdir()
        (copy / "manifest.json").write_bytes((kept.folder / "manifest.json").read_bytes())
    monkeypatch.setattr(export_archive, "_size", None)
    names = [each.name for each in kept_exports(place)]
    assert names == [f"signed-{number:03d}" for number in (8, 7, 6, 5, 4)]
