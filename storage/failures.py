"""What disk and database say when they fail, as errors that a reader can act on."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError

from core.domain.errors import (
    DatabaseUnavailableError,
    OverreadError,
    StorageFullError,
    StorageUnavailableError,
)

# EFBIG is a limit on the size of a file: of the file system, or of the account.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# The memory that WAL shares lies in a file, too; SQLite has a code of its own for no room there.
_SQLITE_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)
_SQLITE_REASONS = {
    sqlite3.SQLITE_READONLY: "the database is read-only",
    sqlite3.SQLITE_IOERR: "the disk of the database has a fault",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened",
    sqlite3.SQLITE_CORRUPT: "the database is damaged",
    sqlite3.SQLITE_NOTADB: "the file of the database is none",
    sqlite3.SQLITE_PERM: "the database may not be opened",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL_FULL = "53100"
_POSTGRESQL_READ_ONLY = "25006"


@contextmanager
def in_one_sentence() -> Iterator[None]:
    """Turn failures of disk and database into domain errors.

    Raises
    ------
    StorageFullError, StorageUnavailableError, DatabaseUnavailableError
    """
    try:
        yield
    except OSError as error:
        raise storage_failure(error) from error
    except (DBAPIError, TimeoutError, sqlite3.Error) as error:
        failure = database_failure(error)
        if failure is None:
            raise
        raise failure from error


def storage_failure(error: OSError) -> StorageUnavailableError:
    """A failed read or write of a file; its path is not told, since it may hold a name."""
    if error.errno in _FULL:
        return StorageFullError()
    known = os.strerror(error.errno) if error.errno else "unknown fault"
    return StorageUnavailableError(reason=known[:1].lower() + known[1:])


def database_failure(error: BaseException) -> OverreadError | None:
    """A failure of the database itself; ``None`` for what a statement did wrong."""
    if isinstance(error, TimeoutError):
        # The pool's own: every connection is in use.
        return DatabaseUnavailableError()
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        found = _sqlite_failure(cause)
    else:
        found = _postgresql_failure(cause)
    if found is None and isinstance(error, (OperationalError, InterfaceError)):
        return DatabaseUnavailableError()
    return found


def _sqlite_failure(error: sqlite3.Error) -> OverreadError | None:
    extended = getattr(error, "sqlite_errorcode", None)
    if extended is None:
        return None
    # The low byte is the primary code (https://www.sqlite.org/rescode.html).
    primary = extended & 0xFF
    if extended in _SQLITE_FULL or primary in _SQLITE_FULL:
        return StorageFullError()
    if primary in _SQLITE_REASONS:
        return StorageUnavailableError(reason=_SQLITE_REASONS[primary])
    busy = primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return DatabaseUnavailableError() if busy else None


def _postgresql_failure(error: BaseException | None) -> OverreadError | None:
    state = getattr(error, "sqlstate", None)
    if state == _POSTGRESQL_FULL:
        return StorageFullError()
    if state == _POSTGRESQL_READ_ONLY:
        return StorageUnavailableError(reason="the database is read-only")
    return None
