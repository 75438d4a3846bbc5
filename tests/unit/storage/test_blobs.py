"""The order of the calls that puts bytes on the disk before anything refers to them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.domain.errors import NotFoundError, StorageUnavailableError
from dashboard.services.restore_mark import Mark, read_mark
from storage.blobs import BlobStore
from storage.seal import Head, Seal


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every sync and rename, with the kind of thing that it was done to.

    A killed process loses nothing that the kernel holds, so that only the calls show what a power
    cut would lose.
    """
    seen: list[str] = []
    sync, rename = os.fsync, Path.replace

    def kind(path: Path) -> str:
        return f"{path.name}/" if path.is_dir() else "part" if path.name[0] == "." else "file"

    def fsync(handle: int) -> None:
        seen.append(f"sync {kind(Path(f'/proc/self/fd/{handle}').readlink())}")
        sync(handle)

    def replace(path: Path, target: Path) -> Path:
        seen.append(f"rename {kind(path)}")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    return seen


def test_a_film_is_on_the_disk_before_its_name_and_its_name_before_it_counts(
    tmp_path: Path, calls: list[str]
) -> None:
    (tmp_path / "home").mkdir()
    blobs = BlobStore(tmp_path / "home" / "blobs")
    digest = blobs.put(b"film")
    shelf = digest[:2]
    # The shelf and the store are new: their own names are put on the disk first.
    assert calls == ["sync blobs/", "sync home/", "sync part", "rename part", f"sync {shelf}/"]


def test_a_film_that_is_there_is_synced_before_it_counts_again(
    tmp_path: Path, calls: list[str]
) -> None:
    """Another thread may have renamed it a moment ago."""
    blobs = BlobStore(tmp_path / "blobs")
    digest = blobs.put(b"film")
    calls.clear()
    assert blobs.put(b"film") == digest and calls == [f"sync {digest[:2]}/"]


def test_the_head_is_on_the_disk_before_its_name(tmp_path: Path, calls: list[str]) -> None:
    seal = Seal(tmp_path / "chain")
    seal.create()
    calls.clear()
    seal.advance(Head(1, "a" * 64))
    assert calls == ["sync part", "rename part", "sync chain/"]


def test_the_mark_of_a_restore_is_on_the_disk_before_its_name(
    tmp_path: Path, calls: list[str]
) -> None:
    (tmp_path / "home").mkdir()
    mark = Mark("token", "sqlite://", "snapshot-1")
    mark.write(tmp_path / "home")
    assert calls == ["sync part", "rename part", "sync home/"]
    assert read_mark(tmp_path / "home") == mark


@pytest.mark.parametrize("fails", ["fsync", "rename"])
def test_a_write_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    blobs = BlobStore(tmp_path / "blobs")
    with monkeypatch.context() as broken:
        target: tuple[object, str] = (os, "fsync") if fails == "fsync" else (Path, "replace")
        broken.setattr(*target, refuse)
        with pytest.raises(StorageUnavailableError, match="input/output error"):
            blobs.put(b"film")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert blobs.sound(blobs.put(b"film"))


def test_what_is_gone_or_cannot_be_read_is_said(tmp_path: Path) -> None:
    blobs = BlobStore(tmp_path / "blobs")
    digest = blobs.put(b"film")
    blobs.path(digest).unlink()
    with pytest.raises(NotFoundError):
        blobs.get(digest)
    blobs.path(digest).mkdir()
    with pytest.raises(StorageUnavailableError, match="is a directory"):
        blobs.get(digest)
    assert not blobs.sound(digest)


@pytest.mark.parametrize(
    "act",
    [
        lambda folder: BlobStore(folder / "blobs").put(b"film"),
        lambda folder: Seal(folder / "chain").create(),
    ],
)
def test_a_home_that_is_no_folder_is_said(tmp_path: Path, act: Callable[[Path], object]) -> None:
    home = tmp_path / "home"
    home.write_text("a file")
    with pytest.raises(StorageUnavailableError):
        act(home)
