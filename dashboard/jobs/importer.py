"""Works folder imports, one after the other, in a thread of the server."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import portalocker
from portalocker.exceptions import AlreadyLocked, LockException

from core.domain.errors import DatabaseUnavailableError, StorageUnavailableError
from dashboard.services.import_folder import import_folder
from dashboard.workspace import Workspace
from storage.failures import in_one_sentence

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
PAUSE_SECONDS = 10.0


class Importer:
    """Started and stopped by the server's lifespan, never by a page."""

    def __init__(self, place: Workspace) -> None:
        self._place = place
        self._halted = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="importer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop after the films under way; the import goes on at the next start."""
        self._halted.set()
        self._thread.join(timeout=5)

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def step(self) -> bool:
        """Work the oldest open import to its end; whether there was one.

        Raises
        ------
        DatabaseUnavailableError, StorageUnavailableError
        """
        with self._place.look() as look:
            due = look.imports.due()
        if due is None:
            return False
        with self._alone() as alone:
            if not alone:
                return False
            # It may have ended while another server of this home held the lock.
            with self._place.look() as look:
                due = look.imports.due()
            if due is not None:
                import_folder(self._place, due, self._halted)
        return due is not None

    def _loop(self) -> None:
        pause = POLL_SECONDS
        while not self._halted.wait(pause):
            pause = POLL_SECONDS
            try:
                while not self._halted.is_set() and self.step():
                    pass
            except (DatabaseUnavailableError, StorageUnavailableError) as error:
                logger.warning("imports wait: %s", error.code)
                pause = PAUSE_SECONDS
            except Exception as error:  # noqa: BLE001 - nobody would start this thread again
                logger.error("imports wait: %s", type(error).__name__)
                pause = PAUSE_SECONDS

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether no other server of this home works on imports; the system drops a dead one's."""
        with in_one_sentence():
            file = (self._place.settings.home / "import.lock").open("a")
        with file:
            try:
                portalocker.lock(
                    file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING
                )
            except (AlreadyLocked, LockException):
                yield False
                return
            yield True
