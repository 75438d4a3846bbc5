"""Who lives in a home folder: shared by every server and worker, alone for a sweep or a restore."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import portalocker
from portalocker.exceptions import AlreadyLocked, LockException

from storage.failures import in_one_sentence

_RETRY_SECONDS = 0.1


class Occupancy:
    """An advisory lock on ``home/lock``; the system drops it when a process ends, however it ends.

    A worker outlives a killed server by a second or two, and until then may store evidence.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / "lock"
        self._held: IO[str] | None = None

    def join(self) -> None:
        """Live here until the process ends; waits for a sweep in progress; safe to repeat."""
        if self._held is None:
            file = self._open()
            portalocker.lock(file, portalocker.LockFlags.SHARED)
            self._held = file

    def leave(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None

    @property
    def joined(self) -> bool:
        return self._held is not None

    @contextmanager
    def alone(self, patience: float) -> Iterator[bool]:
        """Whether nobody else lives here, and nobody moves in before the block ends.

        Parameters
        ----------
        patience : float
            Seconds to wait for others to leave.
        """
        with self._open() as file:
            yield _take(file, patience)

    def _open(self) -> IO[str]:
        with in_one_sentence():
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            return os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+")


def _take(file: IO[str], patience: float) -> bool:
    until = time.monotonic() + patience
    while True:
        try:
            portalocker.lock(
                file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING
            )
        except (AlreadyLocked, LockException):
            if time.monotonic() >= until:
                return False
            time.sleep(_RETRY_SECONDS)
        else:
            return True
