"""What a server does with its home folder before it serves anything from it."""

from __future__ import annotations

import logging

from core.domain.errors import SignedRecordBrokenError
from dashboard.workspace import Workspace, prepare
from storage.named import collected, named_digests
from storage.orphans import Swept, sweep

logger = logging.getLogger(__name__)

# A worker notices within a second or two that its server was killed.
PATIENCE_SECONDS = 5.0


def settle(place: Workspace, patience: float = PATIENCE_SECONDS) -> Swept | None:
    """Prepare the home, sweep what a kill left behind, and live there until this process ends.

    Parameters
    ----------
    patience : float
        Seconds to wait for a worker whose server was killed.

    Returns
    -------
    What was swept; ``None`` where another server lives here, or where this process has settled
    before.

    Raises
    ------
    SettingsError, RestoreError, StorageUnavailableError, DatabaseUnavailableError
    """
    if place.occupancy.joined:
        return None
    swept = None
    with place.occupancy.alone(patience) as alone:
        if alone:
            prepare(place)
            swept = _sweep(place)
    place.occupancy.join()
    if not alone:
        logger.warning("another server uses this folder; nothing was swept")
        prepare(place)
    return swept


def _sweep(place: Workspace) -> Swept:
    swept = Swept()
    try:
        with place.look() as look, collected(named_digests(look.session)) as named:
            swept = sweep(place.blobs, place.seal, named)
    except SignedRecordBrokenError as error:
        # What it names is unknown, so that nothing may be moved; verify says more.
        logger.error("nothing was swept: %s", error.code)
    if place.engine.dialect.name == "sqlite":
        # Nobody else works on this database: what runs, runs no more. Several machines may share
        # a PostgreSQL server, so that there a job must first fall silent.
        with place.work() as work:
            work.jobs.forget_heartbeats()
    if swept:
        logger.info(
            "swept: %d half-written files, %d films put aside, %d put back, %d removed",
            swept.parts,
            swept.orphans,
            swept.returned,
            swept.expired,
        )
    return swept
