"""Rows of which there is one at most, whoever comes first."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage.tables import Base


def insert_once(session: Session, row: type[Base], **values: Any) -> bool:
    """Insert a row unless one of its unique keys is taken; say whether it was inserted.

    On PostgreSQL two transactions may both find the key free; the second then waits for the first.
    """
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert(row) if on_postgresql else sqlite.insert(row)
    # Asked back, since not every driver counts the rows of such an insert.
    keys = inspect(row).primary_key
    asked = insert.values(**values).on_conflict_do_nothing().returning(*keys)
    return session.execute(asked).first() is not None
