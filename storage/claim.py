"""A row in the database itself that says which restore fills it, until that restore is whole.

The mark in the home folder cannot say it: a database at the same URL may have become another
one's since, and no restore may empty what it did not fill.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from storage.failures import in_one_sentence

_TABLE = "restoring"


def claim(connection: Connection, token: str) -> None:
    """Leave the token of a restore in a database that holds none."""
    connection.execute(text(f"CREATE TABLE {_TABLE} (token VARCHAR(64) NOT NULL)"))
    connection.execute(text(f"INSERT INTO {_TABLE} VALUES (:token)"), {"token": token})


def claimant(engine: Engine) -> str | None:
    """The token of the restore that fills this database; ``None`` where none does.

    Raises
    ------
    StorageUnavailableError, DatabaseUnavailableError
    """
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        return None
    reading = engine.execution_options(read_only=True)
    with in_one_sentence(), reading.connect() as connection:
        if not inspect(connection).has_table(_TABLE):
            return None
        token: str | None = connection.scalar(text(f"SELECT token FROM {_TABLE}"))
        return token


def release(engine: Engine, token: str) -> None:
    """Take the token of this restore out of the database; that of another one stays."""
    if claimant(engine) == token:
        with in_one_sentence(), engine.begin() as connection:
            connection.execute(text(f"DROP TABLE {_TABLE}"))
