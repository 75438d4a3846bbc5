"""What keeps the worklist as fast at 100,000 studies as at 100: tallies and a search index.

Both follow the table of studies by triggers, so that they are true within the transaction that
changes a study, whoever holds the connection.

References
----------
SQLite, FTS5 extension, "The Trigram Tokenizer" and "External Content Tables"; PostgreSQL, pg_trgm.
"""

from __future__ import annotations

import logging

from sqlalchemy import Connection, String, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import Base

logger = logging.getLogger(__name__)

FOLD_EVERY = 256


class StudyTallyRow(Base):
    """So many studies more or fewer of a status; the sum is their count.

    Triggers alone write it.
    """

    __tablename__ = "study_tallies"

    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    studies: Mapped[int]


def keep_up(connection: Connection) -> None:
    """Create tallies' triggers and search index, and fill both from the studies that are there.

    Called by the migration that makes the table of tallies, and again by every migration that
    rebuilds the table of studies: on SQLite that drops its triggers.
    """
    postgresql = connection.dialect.name == "postgresql"
    for statement in _tallies_postgresql() if postgresql else _tallies_sqlite():
        connection.execute(text(statement))
    connection.execute(text("DELETE FROM study_tallies"))
    connection.execute(
        text(
            "INSERT INTO study_tallies (status, studies) "
            "SELECT status, count(*) FROM studies GROUP BY status"
        )
    )
    if postgresql:
        _search_postgresql(connection)
    else:
        for statement in _search_sqlite():
            connection.execute(text(statement))


# A tally is a row of its own for every change, and the sum is the count: one row per status would
# be a lock that all who take studies in, draft and sign wait for. Every so often they are folded.


def _tallies_postgresql() -> list[str]:
    return [
        "CREATE OR REPLACE FUNCTION overread_tally() RETURNS trigger AS $$ BEGIN "
        "IF TG_OP <> 'INSERT' THEN "
        "INSERT INTO study_tallies (status, studies) VALUES (OLD.status, -1); END IF; "
        "IF TG_OP <> 'DELETE' THEN "
        "INSERT INTO study_tallies (status, studies) VALUES (NEW.status, 1); END IF; "
        "RETURN NULL; END $$ LANGUAGE plpgsql",
        # Whoever comes second skips what the first one folds, and waits for nobody.
        "CREATE OR REPLACE FUNCTION overread_fold_tallies() RETURNS trigger AS $$ BEGIN "
        "WITH folded AS (DELETE FROM study_tallies WHERE id IN "
        "(SELECT id FROM study_tallies FOR UPDATE SKIP LOCKED) RETURNING status, studies) "
        "INSERT INTO study_tallies (status, studies) "
        "SELECT status, sum(studies) FROM folded GROUP BY status; "
        "RETURN NULL; END $$ LANGUAGE plpgsql",
        "CREATE OR REPLACE TRIGGER studies_tally AFTER INSERT OR DELETE ON studies "
        "FOR EACH ROW EXECUTE FUNCTION overread_tally()",
        "CREATE OR REPLACE TRIGGER studies_tally_status AFTER UPDATE OF status ON studies "
        "FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION overread_tally()",
        "CREATE OR REPLACE TRIGGER study_tallies_fold AFTER INSERT ON study_tallies "
        f"FOR EACH ROW WHEN (NEW.id % {FOLD_EVERY} = 0) EXECUTE FUNCTION overread_fold_tallies()",
    ]


def _tallies_sqlite() -> list[str]:
    less = "INSERT INTO study_tallies (status, studies) VALUES (OLD.status, -1);"
    more = "INSERT INTO study_tallies (status, studies) VALUES (NEW.status, 1);"
    return [
        "CREATE TRIGGER IF NOT EXISTS studies_tally_insert AFTER INSERT ON studies "
        f"BEGIN {more} END",
        "CREATE TRIGGER IF NOT EXISTS studies_tally_delete AFTER DELETE ON studies "
        f"BEGIN {less} END",
        "CREATE TRIGGER IF NOT EXISTS studies_tally_status AFTER UPDATE OF status ON studies "
        f"WHEN OLD.status <> NEW.status BEGIN {less} {more} END",
        "CREATE TRIGGER IF NOT EXISTS study_tallies_fold AFTER INSERT ON study_tallies "
        f"WHEN NEW.id % {FOLD_EVERY} = 0 BEGIN "
        "INSERT INTO study_tallies (status, studies) "
        "SELECT status, sum(studies) FROM study_tallies GROUP BY status; "
        "DELETE FROM study_tallies WHERE id <= NEW.id; END",
    ]


def _search_sqlite() -> list[str]:
    # The text is case-folded before it is stored, so the index compares it as it stands.
    add = "INSERT INTO study_search (rowid, search_text) VALUES (NEW.id, NEW.search_text);"
    drop = (
        "INSERT INTO study_search (study_search, rowid, search_text) "
        "VALUES ('delete', OLD.id, OLD.search_text);"
    )
    return [
        "CREATE VIRTUAL TABLE IF NOT EXISTS study_search USING fts5("
        "search_text, content='studies', content_rowid='id', columnsize=0, "
        "tokenize='trigram case_sensitive 1')",
        "CREATE TRIGGER IF NOT EXISTS studies_search_insert AFTER INSERT ON studies "
        f"BEGIN {add} END",
        "CREATE TRIGGER IF NOT EXISTS studies_search_delete AFTER DELETE ON studies "
        f"BEGIN {drop} END",
        "CREATE TRIGGER IF NOT EXISTS studies_search_text AFTER UPDATE OF search_text ON studies "
        f"BEGIN {drop} {add} END",
        "INSERT INTO study_search (study_search) VALUES ('rebuild')",
    ]


def _search_postgresql(connection: Connection) -> None:
    """An index for ``LIKE '%word%'``; without the extension the search reads every study."""
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
            connection.execute(
                text(
                    "CREATE INDEX IF NOT EXISTS ix_studies_search_text ON studies "
                    "USING gin (search_text gin_trgm_ops)"
                )
            )
    except DBAPIError:
        logger.warning("PostgreSQL's pg_trgm is not to be had here: searching will be slow")
