"""What the database itself says of its condition."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, text

from storage.failures import in_one_sentence

_NAMED = 100


@dataclass(frozen=True)
class Condition:
    """Faults of the file, and rows that name a row which is not there; both counted."""

    faults: int = 0
    violations: int = 0


def condition(engine: Engine) -> Condition:
    """Read a whole SQLite database; PostgreSQL keeps foreign keys itself and has its own tools.

    Raises
    ------
    StorageUnavailableError
        If the file is too damaged to be opened at all.
    """
    if engine.dialect.name != "sqlite":
        return Condition()
    reading = engine.execution_options(read_only=True)
    with in_one_sentence(), reading.connect() as connection:
        told = connection.execute(text(f"PRAGMA integrity_check({_NAMED})")).scalars().all()
        violations = connection.execute(text("PRAGMA foreign_key_check")).all()
    return Condition(0 if told == ["ok"] else len(told), len(violations))
