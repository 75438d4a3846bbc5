"""A restore cut short: not served, run again, and never at the cost of another database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.domain.errors import BackupError, RestoreError
from core.domain.reader import Reader
from core.settings import Settings
from dashboard.services import restore as restores
from dashboard.services.backup import backup
from dashboard.services.restore import restore
from dashboard.services.verify_chain import verify_chain
from dashboard.workspace import RESTORING, Workspace, open_workspace, prepare
from storage.claim import claimant
from tests.integration.backup.conftest import lose
from tests.integration.conftest import take_in


class PowerCutError(Exception):
    pass


def power_cut(*_: object) -> int:
    raise PowerCutError


STEPS = [
    "_fill", "copy_missing", "put_back", "migrate", "verify_chain", "verify_store", "_finish",
    "release", "remove_mark",
]  # fmt: skip


def cut_short(settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """The power goes just before a step: nothing is tidied up."""
    with monkeypatch.context() as cut:
        cut.setattr(restores, step, power_cut)
        cut.setattr(restores, "_undo", lambda *_: None)
        with pytest.raises(PowerCutError):
            restore(settings, folder)


@pytest.mark.parametrize("step", STEPS)
def test_wherever_it_is_cut_short_it_is_not_served_and_can_be_run_again(
    worked: Workspace,
    again: Callable[[], Workspace],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    backup(worked, folder)
    lose(worked)
    cut_short(worked.settings, folder, monkeypatch, step)
    with pytest.raises(RestoreError, match="interrupted"):
        again()
    if step != "remove_mark":
        with pytest.raises(BackupError):
            backup(worked, folder.parent / "second")
    assert restore(worked.settings, folder) == 2
    place = again()
    assert verify_chain(place) == 2 and claimant(place.engine) is None


@pytest.fixture
def elsewhere(either: Workspace, tmp_path: Path) -> Settings:
    """Another home on the same database, which does not lie in the first one."""
    url = either.engine.url.render_as_string(hide_password=False)
    if either.engine.dialect.name == "sqlite":
        url = f"sqlite:///{tmp_path / 'shared.db'}"
    changes = {"home": tmp_path / "elsewhere", "database_url": SecretStr(url)}
    return either.settings.model_copy(update=changes)


def studies(settings: Settings) -> int:
    place = open_workspace(settings)
    with place.look() as look:
        total = look.worklist.page().total
    place.engine.dispose()
    return total


@pytest.mark.parametrize("step", ["_fill", "verify_chain"])
def test_the_database_of_another_home_is_never_emptied(
    worked: Workspace,
    reader: Reader,
    folder: Path,
    elsewhere: Settings,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    backup(worked, folder)
    lose(worked)
    first = worked.settings.model_copy(update={"database_url": elsewhere.database_url})
    cut_short(first, folder, monkeypatch, step)
    other = open_workspace(elsewhere)
    if step == "verify_chain":
        # Filled by halves: nobody starts work in it, and whoever began may go on.
        with pytest.raises(RestoreError, match="not finished"):
            prepare(other)
        other.engine.dispose()
        assert restore(first, folder) == 2
        return
    prepare(other)
    take_in(other, reader, PatientID="777")
    other.engine.dispose()
    with pytest.raises(RestoreError, match="did not fill this database"):
        restore(first, folder)
    assert studies(elsewhere) == 1
    with pytest.raises(RestoreError, match="database already"):
        restore(elsewhere.model_copy(update={"home": elsewhere.home / "third"}), folder)
    assert studies(elsewhere) == 1


def test_a_server_that_starts_meanwhile_keeps_its_database(
    worked: Workspace,
    reader: Reader,
    folder: Path,
    elsewhere: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the look whether there is a database and the filling of it."""
    backup(worked, folder)
    lose(worked)

    def meanwhile(*_: object) -> int:
        other = open_workspace(elsewhere)
        prepare(other)
        take_in(other, reader, PatientID="777")
        other.engine.dispose()
        return 0

    first = worked.settings.model_copy(update={"database_url": elsewhere.database_url})
    monkeypatch.setattr(restores, "copy_missing", meanwhile)
    with pytest.raises(RestoreError):
        restore(first, folder)
    assert studies(elsewhere) == 1
    assert not (first.home / RESTORING).exists()


def test_two_restores_at_once_into_one_database(
    worked: Workspace, folder: Path, elsewhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(worked, folder)
    lose(worked)
    first = worked.settings.model_copy(update={"database_url": elsewhere.database_url})
    copy = restores.copy_missing

    def meanwhile(*given: object) -> int:
        monkeypatch.setattr(restores, "copy_missing", copy)
        assert restore(elsewhere, folder) == 2
        return copy(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(restores, "copy_missing", meanwhile)
    with pytest.raises(RestoreError):
        restore(first, folder)
    assert studies(elsewhere) == 2


def test_a_damaged_mark_is_said_and_touches_nothing(worked: Workspace, folder: Path) -> None:
    backup(worked, folder)
    (worked.settings.home / RESTORING).write_text("half")
    with pytest.raises(RestoreError, match="is damaged"):
        restore(worked.settings, folder)
    assert studies(worked.settings) == 2
