"""Triggers that refuse to change or delete what was signed, whoever holds the connection."""

from __future__ import annotations

from sqlalchemy import Connection, text

# Each guarded table with the sets of columns that identify a row.
GUARDED = {
    "signed_versions": (("sequence",), ("digest",), ("previous_digest",), ("study_id", "number")),
    "corrections": (("id",),),
}


def guard(connection: Connection) -> None:
    """Create the triggers; called by every migration that makes or rebuilds a guarded table."""
    statements = _postgresql() if connection.dialect.name == "postgresql" else _sqlite()
    for statement in statements:
        connection.execute(text(statement))


def _postgresql() -> list[str]:
    made = [
        "CREATE OR REPLACE FUNCTION overread_refuse() RETURNS trigger AS $$ BEGIN "
        "RAISE EXCEPTION 'signed rows are immutable'; END $$ LANGUAGE plpgsql"
    ]
    for table in GUARDED:
        for action, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            made.append(
                f"CREATE OR REPLACE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION overread_refuse()"
            )
    return made


def _sqlite() -> list[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, 'signed rows are immutable'); END"
    made = []
    for table, identities in GUARDED.items():
        for action in ("UPDATE", "DELETE"):
            made.append(
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{action.lower()} "
                f"BEFORE {action} ON {table} {refuse}"
            )
        # INSERT OR REPLACE deletes the old row without firing its DELETE trigger.
        same = " OR ".join(
            "(" + " AND ".join(f"{column} = NEW.{column}" for column in columns) + ")"
            for columns in identities
        )
        made.append(
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) {refuse}"
        )
    return made
