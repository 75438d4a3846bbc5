"""Failures of disk and database as sentences."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError, TimeoutError

from core.domain.errors import (
    DatabaseUnavailableError,
    OverreadError,
    StorageFullError,
    StorageUnavailableError,
)
from storage.engine import open_engine
from storage.failures import in_one_sentence
from storage.unit_of_work import UnitOfWork


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, StorageFullError),
        (errno.EDQUOT, StorageFullError),
        (errno.EFBIG, StorageFullError),
        (errno.EACCES, StorageUnavailableError),
        (errno.EROFS, StorageUnavailableError),
        (errno.EIO, StorageUnavailableError),
    ],
)
def test_a_failing_disk_is_told_without_a_path(number: int, kind: type[OverreadError]) -> None:
    with pytest.raises(OverreadError) as told, in_one_sentence():
        raise OSError(number, "as it is", "/home/DOE^JANE/film.dcm")
    assert type(told.value) is kind and "DOE" not in str(told.value)


def sqlite_error(code: int) -> OperationalError:
    cause = sqlite3.OperationalError("INSERT INTO studies VALUES ('DOE^JANE')")
    cause.sqlite_errorcode = code
    return OperationalError("INSERT", {}, cause)


class PostgresqlError(Exception):
    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (sqlite_error(sqlite3.SQLITE_FULL), StorageFullError),
        (sqlite_error(sqlite3.SQLITE_IOERR_SHMSIZE), StorageFullError),
        (sqlite_error(sqlite3.SQLITE_IOERR_FSYNC), StorageUnavailableError),
        (sqlite_error(sqlite3.SQLITE_READONLY_DBMOVED), StorageUnavailableError),
        (sqlite_error(sqlite3.SQLITE_CANTOPEN), StorageUnavailableError),
        (sqlite_error(sqlite3.SQLITE_BUSY), DatabaseUnavailableError),
        (sqlite_error(sqlite3.SQLITE_ERROR), DatabaseUnavailableError),
        (OperationalError("INSERT", {}, PostgresqlError("53100")), StorageFullError),
        (OperationalError("INSERT", {}, PostgresqlError("25006")), StorageUnavailableError),
        (OperationalError("INSERT", {}, PostgresqlError("57P01")), DatabaseUnavailableError),
        (TimeoutError(), DatabaseUnavailableError),
    ],
)
def test_a_failing_database_is_told_without_its_rows(
    failure: Exception, kind: type[OverreadError]
) -> None:
    with pytest.raises(OverreadError) as told, in_one_sentence():
        raise failure
    assert type(told.value) is kind and "DOE" not in str(told.value)


def test_what_a_statement_did_wrong_is_no_failure_of_the_database() -> None:
    cause = sqlite3.IntegrityError("UNIQUE constraint failed")
    with pytest.raises(IntegrityError), in_one_sentence():
        raise IntegrityError("INSERT", {}, cause)


@pytest.mark.parametrize("content", [b"no database at all" * 500, b"SQLite format 3\x00" * 500])
def test_a_damaged_database_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "overread.db").write_bytes(content)
    engine = open_engine(f"sqlite:///{tmp_path / 'overread.db'}")
    with pytest.raises(StorageUnavailableError), UnitOfWork(engine) as work:
        work.session.execute(text("SELECT * FROM studies"))
    engine.dispose()
