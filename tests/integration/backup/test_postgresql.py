"""The programs and the extension of PostgreSQL that a backup needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from core.domain.errors import OverreadError, RestoreError
from core.domain.reader import Reader
from core.settings import Settings
from dashboard.services.backup import backup
from dashboard.services.restore import restore
from dashboard.services.verify_store import verify_store
from dashboard.workspace import Workspace, open_workspace, prepare
from storage import snapshot as snapshots
from tests.integration.backup.conftest import lose
from tests.integration.conftest import take_in


@pytest.mark.parametrize("tool", ["pg_dump", "pg_restore"])
def test_a_missing_tool_of_postgresql_is_named(
    worked: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch, tool: str
) -> None:
    if worked.engine.dialect.name == "sqlite":
        # SQLite needs none of them.
        monkeypatch.setenv("PATH", "")
        backup(worked, folder)
        lose(worked)
        assert restore(worked.settings, folder) == 2
        return
    if tool == "pg_restore":
        backup(worked, folder)
        lose(worked)
    monkeypatch.setattr(snapshots.shutil, "which", lambda _name: None)
    with pytest.raises(OverreadError, match=f"{tool} is not installed"):
        backup(worked, folder) if tool == "pg_dump" else restore(worked.settings, folder)
    assert tool == "pg_dump" or not worked.settings.home.exists()


@pytest.fixture
def clinic(postgres_url: str) -> Iterator[list[str]]:
    """Two databases of an account that owns them, with an extension that its administrator made."""
    names, url = ("clinic_one", "clinic_two"), make_url(postgres_url)
    administrator = create_engine(url, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(text("CREATE ROLE clinic LOGIN"))
        for name in names:
            connection.execute(text(f"CREATE DATABASE {name} OWNER clinic"))
            inside = create_engine(url.set(database=name), isolation_level="AUTOCOMMIT")
            with inside.connect() as there:
                there.execute(text("CREATE EXTENSION pg_trgm"))
            inside.dispose()
    own = [url.set(username="clinic", database=name) for name in names]
    yield [each.render_as_string(hide_password=False) for each in own]
    with administrator.connect() as connection:
        for name in names:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        connection.execute(text("DROP ROLE clinic"))
    administrator.dispose()


def test_an_extension_of_the_administrator_stays_and_the_rest_comes_back(
    home: Path, clinic: list[str], reader: Reader, folder: Path, tmp_path: Path
) -> None:
    one = open_workspace(Settings(home=home, database_url=SecretStr(clinic[0])))
    prepare(one)
    take_in(one, reader)
    made = backup(one, folder)
    one.engine.dispose()
    other = Settings(home=tmp_path / "other", database_url=SecretStr(clinic[1]))
    assert restore(other, folder) == 0
    two = open_workspace(other)
    prepare(two)
    store = verify_store(two)
    two.engine.dispose()
    assert store.sound and store.named == made.blobs


@pytest.mark.parametrize("either", ["postgresql"], indirect=True)
def test_a_program_that_fails_is_told_without_a_guess(
    either: Workspace, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(either, folder)
    lose(either)
    fails = tmp_path / "pg_restore"
    fails.write_text('#!/bin/sh\ntest "$1" = --list && exit 0\nexit 3\n')
    fails.chmod(0o700)
    monkeypatch.setattr(snapshots.shutil, "which", lambda _name: str(fails))
    with pytest.raises(RestoreError, match="pg_restore ended with status 3") as told:
        restore(either.settings, folder)
    assert "version" not in str(told.value)
    assert snapshots.is_empty(either.engine) and not either.settings.home.exists()
