"""What the processes that the server starts have in common."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import portalocker
from portalocker.exceptions import LockException

_RETRY_S = 0.05
_CLEAR, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


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


def end_with_input() -> None:
    """Leave when the standard input ends; returns at once.

    For a process that was started as a command: whoever started it holds the other end of the
    pipe, which the system closes however that process ends.
    """
    threading.Thread(target=_wait_for_input, name="input-watch", daemon=True).start()


def _wait_for_input() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def lock_alone(file: IO[bytes], patience_s: float) -> bool:
    """Whether a file could be locked for this process alone, waiting so long at most.

    A reader may hold it for a look, and the lock of a process that was killed goes with it a little
    later. It is held until the file is closed.
    """
    until = time.monotonic() + patience_s
    flags = portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING
    while True:
        try:
            portalocker.lock(file, flags)
        except LockException:
            if time.monotonic() >= until:
                return False
            time.sleep(_RETRY_S)
        else:
            return True


def forget_peak_memory() -> bool:
    """Begin a new count of the most memory this process has held, where the system keeps one.

    Returns
    -------
    bool
        Whether `peak_memory_bytes` counts anew; else it tells the most since the process began.
        The count of a GPU always begins anew.
    """
    if card := _card():
        card.reset_peak_memory_stats()
    try:
        _CLEAR.write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def peak_memory_bytes() -> int | None:
    """The most memory that this process held since `forget_peak_memory`; ``None`` if not known.

    References
    ----------
    proc(5): ``clear_refs`` and ``VmHWM``.
    """
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
        line = next(line for line in lines if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration, ValueError):
        return None


def peak_gpu_memory_bytes() -> int | None:
    """The most memory that torch held on the GPU since `forget_peak_memory`; ``None`` without."""
    card = _card()
    return int(card.max_memory_allocated()) if card else None


def _card() -> Any:
    """What torch says of the GPU, where this process has loaded torch and can use one."""
    torch = sys.modules.get("torch")
    return torch.cuda if torch is not None and torch.cuda.is_available() else None


@contextmanager
def without_collections() -> Iterator[None]:
    """Let no garbage be looked for while much is made that stays: a large library, a model.

    Each collection would look through all that was made before, in vain. It holds for every thread
    of the process.
    """
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


def free_memory() -> None:
    """Give back what objects held that are gone, on a GPU too where torch is at work."""
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
