"""Which blobs the rows name, in flat memory: one row each in a database that lives in a file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.domain.errors import SignedRecordBrokenError
from storage.conversation_tables import AnswerMapRow
from storage.failures import in_one_sentence
from storage.tables import EvidenceRow, InstanceRow, SignedVersionRow
from storage.teaching_tables import CaseMapRow, TeachingCaseRow

_BATCH = 2_000
_COLUMNS: tuple[InstrumentedAttribute[str], ...] = (
    InstanceRow.blob_digest,
    InstanceRow.pixel_blob_digest,
    EvidenceRow.blob_digest,
    AnswerMapRow.blob_digest,
    TeachingCaseRow.pixel_blob_digest,
    TeachingCaseRow.dicom_blob_digest,
    CaseMapRow.blob_digest,
)


def named_digests(session: Session) -> Iterator[str]:
    """Every digest that a row names, some of them more than once.

    What a signed version names counts by itself: its content outlives whatever happens to the
    rows of its films.

    Raises
    ------
    SignedRecordBrokenError
        If a signed version cannot be read: what it names is unknown then.
    """
    for column in _COLUMNS:
        # A generated film of the teaching room has no file behind it: an empty digest.
        yield from filter(None, _stream(session, column))
    for content in _stream(session, SignedVersionRow.content):
        yield from _signed_digests(content)


def _signed_digests(content: str) -> Iterator[str]:
    try:
        signed = json.loads(content)
        yield from (*signed["image_digests"], *signed["pixel_digests"])
    except (ValueError, KeyError, TypeError) as error:
        raise SignedRecordBrokenError(where="the content of a signed version is damaged") from error


def _stream(session: Session, column: InstrumentedAttribute[str]) -> Iterator[str]:
    return iter(session.scalars(select(column).execution_options(yield_per=_BATCH)))


class Named:
    """A set of digests, sorted and without repetition, which never lies in memory as a whole."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("CREATE TABLE named (digest TEXT PRIMARY KEY) WITHOUT ROWID")

    def add(self, digests: Iterable[str]) -> None:
        rows = ((digest,) for digest in digests)
        while batch := list(islice(rows, _BATCH)):
            self._connection.executemany("INSERT OR IGNORE INTO named VALUES (?)", batch)

    def __contains__(self, digest: str) -> bool:
        found = self._connection.execute("SELECT 1 FROM named WHERE digest = ?", (digest,))
        return found.fetchone() is not None

    def __len__(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM named").fetchone()[0])

    def __iter__(self) -> Iterator[str]:
        for (digest,) in self._connection.execute("SELECT digest FROM named ORDER BY digest"):
            yield str(digest)


@contextmanager
def collected(digests: Iterable[str]) -> Iterator[Named]:
    """The set of some digests, as long as the block runs."""
    # An empty name is a temporary file that SQLite removes (https://www.sqlite.org/inmemorydb.html).
    with in_one_sentence(), closing(sqlite3.connect("", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        named = Named(connection)
        named.add(digests)
        yield named
