"""A whole database as one file, taken while others write, and put back from it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, NullPool, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from core.domain.errors import BackupError, RestoreError
from storage.claim import claim, claimant, release
from storage.failures import in_one_sentence
from storage.whole_file import sync_folder


@dataclass(frozen=True)
class Snapshot:
    """The revision of the copied database, and a session that sees exactly what was copied."""

    schema: str
    session: Session


@contextmanager
def taken(engine: Engine, target: Path) -> Iterator[Snapshot]:
    """Copy a database to a file; the block reads the same state that was copied.

    SQLite by its online backup, PostgreSQL by ``pg_dump`` within an exported snapshot: neither
    keeps anybody from writing.

    Raises
    ------
    BackupError
        If there is no database, it is damaged, or ``pg_dump`` is missing or fails.
    """
    copy = _copied_sqlite if engine.dialect.name == "sqlite" else _dumped_postgresql
    with in_one_sentence(), copy(engine, target) as connection:
        schema = MigrationContext.configure(connection).get_current_revision()
        if schema is None:
            raise BackupError(reason="there is no Overread database")
        with Session(connection) as session:
            yield Snapshot(schema, session)


@contextmanager
def _copied_sqlite(engine: Engine, target: Path) -> Iterator[Connection]:
    source = Path(engine.url.database or "")
    if not source.is_file():
        raise BackupError(reason="there is no Overread database")
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        # One file: a copy that stays in WAL mode would grow companions when it is read.
        copy.execute("PRAGMA journal_mode=DELETE")
        if copy.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
            raise BackupError(reason="the database is damaged")
    reading = create_engine(f"sqlite:///{target}", poolclass=NullPool, hide_parameters=True)
    with reading.connect() as connection:
        yield connection


@contextmanager
def _dumped_postgresql(engine: Engine, target: Path) -> Iterator[Connection]:
    program = _program("pg_dump")
    if program is None:
        raise BackupError(reason="pg_dump is not installed")
    # https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION
    repeatable = engine.execution_options(isolation_level="REPEATABLE READ")
    with repeatable.connect() as connection:
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        command = (program, "--format=custom", f"--snapshot={snapshot}", f"--file={target}")
        status = _run(engine, *command, "--no-password")
        if status != 0:
            raise BackupError(reason=_ended("pg_dump", status))
        yield connection


def is_empty(engine: Engine) -> bool:
    """Whether a database is not there yet, or holds no table."""
    if engine.dialect.name == "sqlite":
        return not any(path.exists() for path in _sqlite_files(engine))
    with in_one_sentence():
        return not inspect(engine).get_table_names()


def is_remainder(engine: Engine) -> bool:
    """Whether files of a SQLite database lie there without it: they would go into the next one."""
    if engine.dialect.name != "sqlite" or is_empty(engine):
        return False
    return not _sqlite_files(engine)[0].exists()


def put_back(engine: Engine, source: Path, token: str) -> None:
    """Fill an empty database from the file that a snapshot made, and leave the token in it.

    Raises
    ------
    RestoreError
        If there is a database by now, or ``pg_restore`` is missing or fails; nothing is filled.
    """
    if engine.dialect.name == "sqlite":
        _put_back_sqlite(engine, source, token)
    else:
        _put_back_postgresql(engine, source, token)


def _put_back_sqlite(engine: Engine, source: Path, token: str) -> None:
    target, part = Path(engine.url.database or ""), _part(engine, token)
    with in_one_sentence():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            shutil.copyfile(source, part)
            part.chmod(0o600)
            writing = create_engine(f"sqlite:///{part}", poolclass=NullPool, hide_parameters=True)
            with writing.begin() as connection:
                claim(connection, token)
            _sync(part)
            # Appears whole, and never in the place of another.
            os.link(part, target)
        except FileExistsError as error:
            raise RestoreError(reason="there is a database already") from error
        finally:
            part.unlink(missing_ok=True)
        sync_folder(target.parent)


def _put_back_postgresql(engine: Engine, source: Path, token: str) -> None:
    program = _program("pg_restore")
    if program is None:
        raise RestoreError(reason="pg_restore is not installed")
    with tempfile.NamedTemporaryFile("w", suffix=".list") as contents:
        contents.write(_contents(program, source))
        contents.flush()
        options = (
            *("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"),
            # Only its owner may comment on an extension, who may be the administrator.
            "--no-comments",
        )
        place = (f"--dbname={engine.url.database}", f"--use-list={contents.name}", "--no-password")
        try:
            with in_one_sentence(), engine.begin() as connection:
                claim(connection, token)
        except (ProgrammingError, IntegrityError) as error:
            taken_since = getattr(error.orig, "sqlstate", None) in _TAKEN
            reason = "there is a database already" if taken_since else "no table can be made in it"
            raise RestoreError(reason=reason) from error
        status = _run(engine, program, *options, *place, str(source))
        if status != 0:
            release(engine, token)
            raise RestoreError(reason=_ended("pg_restore", status))


def take_away(engine: Engine, token: str) -> None:
    """Empty a database if the restore of this token filled it, and no other."""
    with in_one_sentence():
        if engine.dialect.name == "sqlite":
            _part(engine, token).unlink(missing_ok=True)
        if claimant(engine) != token:
            return
        if engine.dialect.name == "sqlite":
            engine.dispose()
            # The database with the token last: cut short, this can be done again.
            for path in reversed(_sqlite_files(engine)):
                path.unlink(missing_ok=True)
            return
        with engine.begin() as connection:
            quoted = connection.dialect.identifier_preparer.quote
            for table in inspect(connection).get_table_names():
                connection.execute(text(f"DROP TABLE {quoted(table)} CASCADE"))
            for function in connection.execute(text(_OWN_FUNCTIONS)).scalars().all():
                connection.execute(text(f"DROP FUNCTION {function} CASCADE"))


# Another restore put its token in a moment ago: duplicate table, or its name in the catalogue.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_TAKEN = ("42P07", "23505")

# Those of an extension belong to it and go with it.
_OWN_FUNCTIONS = """
SELECT oid::regprocedure::text FROM pg_proc
WHERE pronamespace = current_schema()::regnamespace AND NOT EXISTS
    (SELECT 1 FROM pg_depend WHERE pg_depend.objid = pg_proc.oid AND deptype = 'e')
"""


def _contents(program: str, source: Path) -> str:
    """The table of contents without the schema itself, which every empty database has."""
    listed = subprocess.run(
        [program, "--list", str(source)], capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        raise RestoreError(reason="its database cannot be read by this pg_restore")
    return "\n".join(line for line in listed.stdout.splitlines() if " SCHEMA " not in line)


def _sqlite_files(engine: Engine) -> tuple[Path, ...]:
    """The database, and what SQLite keeps beside it (https://www.sqlite.org/tempfiles.html)."""
    endings = ("", "-wal", "-shm", "-journal")
    return tuple(Path(f"{engine.url.database}{ending}") for ending in endings)


def _part(engine: Engine, token: str) -> Path:
    return Path(f"{engine.url.database}-{token}")


def _ended(program: str, status: int) -> str:
    return f"{program} ended with status {status}; the log of the PostgreSQL server may say why"


def _program(name: str) -> str | None:
    return shutil.which(name)


def _run(engine: Engine, *command: str) -> int:
    """The exit status. What the program says is not kept: it may hold rows."""
    url = engine.url
    # In the environment, so that no list of processes shows the password.
    given = {
        "PGHOST": url.host,
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": str(url.password) if url.password is not None else None,
        "PGDATABASE": url.database,
        **{f"PG{name.upper()}": str(value) for name, value in url.query.items()},
    }
    environment = os.environ | {name: value for name, value in given.items() if value}
    return subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
