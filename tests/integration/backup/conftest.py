"""Work worth a backup, a folder for it, and the loss of everything."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.domain.reader import Reader
from dashboard.services.addendum import add_addendum
from dashboard.workspace import Workspace, open_workspace, prepare
from tests.integration.conftest import take_in
from tests.integration.test_report_life_cycle import write_and_sign


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backup"


@pytest.fixture
def worked(either: Workspace, reader: Reader, drafted: Callable[..., int]) -> Workspace:
    """Two films, one of them signed with an addendum."""
    first = drafted(PatientID="1")
    take_in(either, reader, PatientID="2")
    write_and_sign(either, first, reader)
    add_addendum(either, first, "Late note.", reader=reader)
    return either


def lose(place: Workspace) -> None:
    """The machine is gone: home folder and database."""
    if place.engine.dialect.name == "postgresql":
        with place.engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    place.engine.dispose()
    shutil.rmtree(place.settings.home)


@pytest.fixture
def again(worked: Workspace) -> Iterator[Callable[[], Workspace]]:
    """A server's workspace on the restored home."""
    opened: list[Workspace] = []

    def make() -> Workspace:
        opened.append(open_workspace(worked.settings))
        prepare(opened[-1])
        return opened[-1]

    yield make
    for place in opened:
        place.engine.dispose()


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }
