"""A disk without room: one sentence, nothing by halves, and on it goes when there is room again.

On a small file system of its own where this account may mount one, and under a limit on the size of
files everywhere.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from core.domain.errors import StorageFullError, StorageUnavailableError
from dashboard.services.verify_store import verify_store
from dashboard.workspace import Workspace, prepare, workspace

SIZE = "4m"


def mounts() -> bool:
    """Whether this account may mount a file system."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    tried = subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True)
    return tried.returncode == 0


@dataclass
class Disk:
    """Where a home folder lies, with a way to leave no room in it."""

    folder: Path
    kind: str

    @contextmanager
    def full(self) -> Iterator[None]:
        filler = self.folder / "filler"
        if self.kind == "limit":
            soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (16, hard))
            try:
                yield
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            return
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError) as told:
            while True:
                file.write(b"x" * 4096)
        assert told.value.errno == errno.ENOSPC
        try:
            yield
        finally:
            filler.unlink()

    @contextmanager
    def refuses(self) -> Iterator[None]:
        """What is done here ends in the sentence about the full disk."""
        # SQLite reports a limit on the size of files as a fault of the disk.
        wanted = StorageFullError if self.kind == "tmpfs" else StorageUnavailableError
        with pytest.raises(wanted) as told:
            yield
        assert str(told.value).endswith(".")


@pytest.fixture(params=["tmpfs", "limit"] if mounts() else ["limit"])
def disk(
    request: pytest.FixtureRequest, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Disk]:
    folder = tmp_path / "small"
    folder.mkdir()
    monkeypatch.setenv("OVERREAD_HOME", str(folder / "home"))
    if request.param == "tmpfs":
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], check=True)
    yield Disk(folder, request.param)
    if request.param == "tmpfs":
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def there(disk: Disk) -> Iterator[Workspace]:
    """A prepared workspace on the small disk, on SQLite."""
    place = workspace()
    prepare(place)
    yield place
    place.engine.dispose()


def empty_log(place: Workspace) -> None:
    """Pages of the write-ahead log are used again: without this, some writes would need no room."""
    with place.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        connection.rollback()
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


TABLES = ("studies", "series", "instances", "reports", "jobs", "drafts", "evidence",
          "signed_versions", "corrections", "addenda")  # fmt: skip


def rows(place: Workspace) -> dict[str, int]:
    with place.look() as look:
        count = {t: look.session.execute(text(f"SELECT count(*) FROM {t}")) for t in TABLES}
        return {table: answer.scalar_one() for table, answer in count.items()}


def half_files(place: Workspace) -> list[Path]:
    return [path for path in place.settings.home.rglob(".*-*") if path.is_file()]


@pytest.fixture
def refused_then_done(disk: Disk, there: Workspace) -> Callable[[Callable[[], object]], None]:
    """An action that finds no room, changes nothing, and works when there is room again."""

    def attempt(act: Callable[[], object]) -> None:
        before = rows(there)
        empty_log(there)
        with disk.full(), disk.refuses():
            act()
        assert rows(there) == before and half_files(there) == []
        act()
        assert verify_store(there).sound

    return attempt


Attempt = Callable[[Callable[[], object]], None]
