"""What the processes that the server starts have in common."""

from __future__ import annotations

import multiprocessing
import os
import threading


def end_with_parent() -> None:
    """Leave when the process that spawned this one is gone, however it went; returns at once.

    An orphan would hold memory, and the folder of the next server. The wait is for the parent's end
    of a pipe, so that a parent that was gone before this call counts too.
    """
    threading.Thread(target=_wait, name="parent-watch", daemon=True).start()


def _wait() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
