"""Triggers that refuse to change or delete what is signed or said, whoever holds the connection."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, inspect, text

# Each guarded table with the sets of columns that identify a row.
GUARDED = {
    "signed_versions": (("sequence",), ("digest",), ("previous_digest",), ("study_id", "number")),
    "corrections": (("id",),),
    "messages": (("id",), ("question_id",), ("job_id",)),
    "answer_maps": (("id",),),
    "readings": (("sequence",),),
    "training_consents": (("id",),),
    "attempts": (("id",),),
}


def guard(connection: Connection) -> None:
    """Create the triggers; called by every migration that makes or rebuilds a guarded table."""
    # A database on its way through the migrations does not have all of them yet.
    there = [table for table in GUARDED if inspect(connection).has_table(table)]
    postgresql = connection.dialect.name == "postgresql"
    statements = _postgresql(there) if postgresql else _sqlite(there)
    for statement in statements:
        connection.execute(text(statement))


def _postgresql(tables: Iterable[str]) -> list[str]:
    made = [
        "CREATE OR REPLACE FUNCTION overread_refuse() RETURNS trigger AS $$ BEGIN "
        "RAISE EXCEPTION 'rows of this table are immutable'; END $$ LANGUAGE plpgsql"
    ]
    for table in tables:
        for action, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            made.append(
                f"CREATE OR REPLACE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION overread_refuse()"
            )
    return made


def _sqlite(tables: Iterable[str]) -> list[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, 'rows of this table are immutable'); END"
    made = []
    for table in tables:
        for action in ("UPDATE", "DELETE"):
            made.append(
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{action.lower()} "
                f"BEFORE {action} ON {table} {refuse}"
            )
        # INSERT OR REPLACE deletes the old row without firing its DELETE trigger.
        same = " OR ".join(
            "(" + " AND ".join(f"{column} = NEW.{column}" for column in columns) + ")"
            for columns in GUARDED[table]
        )
        made.append(
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) {refuse}"
        )
    return made
