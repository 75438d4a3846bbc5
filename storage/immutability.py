"""Triggers that refuse to change or delete what was signed, whoever holds the connection."""

from __future__ import annotations

from sqlalchemy import Connection, text

GUARDED = ("signed_versions", "corrections")


def guard(connection: Connection) -> None:
    """Create the triggers; called by every migration that makes or rebuilds a guarded table."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION overread_refuse() RETURNS trigger AS $$ BEGIN "
                "RAISE EXCEPTION 'signed rows are immutable'; END $$ LANGUAGE plpgsql"
            )
        )
    for table in GUARDED:
        for action in ("UPDATE", "DELETE"):
            connection.execute(text(_statement(connection.dialect.name, table, action)))
        if connection.dialect.name == "postgresql":
            connection.execute(
                text(
                    f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION overread_refuse()"
                )
            )


def _statement(dialect: str, table: str, action: str) -> str:
    name = f"{table}_no_{action.lower()}"
    if dialect == "postgresql":
        return (
            f"CREATE OR REPLACE TRIGGER {name} BEFORE {action} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION overread_refuse()"
        )
    return (
        f"CREATE TRIGGER IF NOT EXISTS {name} BEFORE {action} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'signed rows are immutable'); END"
    )
