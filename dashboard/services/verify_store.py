"""Look at everything that is stored: chain, films, maps, database."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from dashboard.workspace import Workspace
from storage.integrity import Condition, condition
from storage.named import Named, collected, named_digests
from storage.orphans import orphans

logger = logging.getLogger(__name__)

_TOLD_EVERY = 1_000
# Beside a running server, a film may be stored whose row is still to come.
_UNDER_WAY_SECONDS = 600.0


@dataclass(frozen=True)
class Store:
    """Files and rows counted; ``named`` is how many films and maps the rows name."""

    named: int
    missing: int
    changed: int
    orphans: int
    database: Condition

    @property
    def sound(self) -> bool:
        """Whether nothing is lost; an orphan loses nothing, and the next start puts it aside."""
        lost = self.missing, self.changed, self.database.faults, self.database.violations
        return not any(lost)


def verify_store(place: Workspace) -> Store:
    """Check every film and map that a row names, also of studies not signed, and the database.

    Raises
    ------
    StorageUnavailableError, DatabaseUnavailableError
    """
    with place.occupancy.alone(0) as alone:
        now = time.time()
    # Not for as long as this takes: a server that starts would wait for it.
    before = now if alone else now - _UNDER_WAY_SECONDS
    with collected(()) as named:
        # Hashing takes long, and no transaction may stay open for it: SQLite's WAL would grow.
        with place.look() as look:
            named.add(named_digests(look.session))
        missing, changed = _check(place, named)
        unnamed = sum(1 for _ in orphans(place.blobs, named, before=before))
        return Store(len(named), missing, changed, unnamed, condition(place.engine))


def _check(place: Workspace, named: Named) -> tuple[int, int]:
    """How many blobs are gone, and how many are no longer what their name says."""
    missing = changed = 0
    for number, digest in enumerate(named, start=1):
        if not place.blobs.has(digest):
            missing += 1
        elif not place.blobs.sound(digest):
            changed += 1
        if number % _TOLD_EVERY == 0:
            logger.info("%d films and maps checked", number)
    return missing, changed
