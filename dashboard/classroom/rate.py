"""How often somebody may try: counted in a sliding window, per address and in all."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

WINDOW_SECONDS = 60.0
EVERYBODY = ""


class Tries:
    """Failed tries of the last minute. A class that joins behind one address fails seldom, whoever
    guesses codes fails always, so that only failures count.

    Parameters
    ----------
    of_one, of_all : int
        Failures in a minute from one address, and from all together, after which further tries are
        refused unseen.
    """

    def __init__(
        self, of_one: int, of_all: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = {True: of_all, False: of_one}
        self._clock = clock
        self._failed: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def allowed(self, address: str) -> bool:
        """Whether another try from an address is looked at."""
        with self._lock:
            self._forget()
            return all(
                len(self._failed.get(who, ())) < self._most[who == EVERYBODY]
                for who in (address, EVERYBODY)
            )

    def failed(self, address: str) -> None:
        with self._lock:
            for who in (address, EVERYBODY):
                self._failed.setdefault(who, deque()).append(self._clock())

    def _forget(self) -> None:
        since = self._clock() - WINDOW_SECONDS
        for who, times in list(self._failed.items()):
            while times and times[0] < since:
                times.popleft()
            if not times:
                del self._failed[who]
