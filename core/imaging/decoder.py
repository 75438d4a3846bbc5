"""Films decoded in processes of their own, so that a hostile file ends a process, not the server.

Image codecs are native code: a damaged stream can crash them, ask for all memory or never end. What
the caller gets is a film or an :class:`IntakeError`, whatever happened over there.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import CancelledError, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from core.domain.errors import IntakeError, UnreadableFileError
from core.domain.study import Window
from core.imaging.file_size import check_size
from core.imaging.radiograph import Header, encode_pixels, pixel_digest
from core.processes import end_with_parent

logger = logging.getLogger(__name__)

WORKERS = 2
TIME_LIMIT_SECONDS = 20.0
# On top of what the process holds before it decodes: interpreter, libraries and the file itself.
MEMORY_LIMIT_MB = 768
NICENESS = 5

# SIGTERM and SIGKILL; Windows has no name for the second.
_ENDED_FROM_OUTSIDE = (-15, -9)

TOO_MUCH_MEMORY = "it needs more memory than one file may take"

# A decoder starts in about a second; where it takes this long, it was lost on the way.
_LOST_AFTER_SECONDS = 60.0


@dataclass(frozen=True)
class DecodedFilm:
    """A film decoded once, as it is stored.

    ``pixel_blob`` holds :func:`~core.imaging.radiograph.encode_pixels` of ``rows`` x ``columns``
    values, ``window`` is in their units and ``spacing_mm`` is (between rows, between columns).
    """

    header: Header
    rows: int
    columns: int
    window: Window
    monochrome1: bool
    spacing_mm: tuple[float, float] | None
    notes: tuple[str, ...]
    pixel_digest: str
    pixel_blob: bytes


class Decoder(Protocol):
    """Bytes of a file to a film."""

    def decode(self, name: str, content: bytes) -> DecodedFilm:
        """Raises :class:`IntakeError`, one of its children, where the file is no film."""
        ...


def decode(name: str, content: bytes) -> DecodedFilm:
    """Decode one file in this process.

    Raises
    ------
    IntakeError
        One of its children; ``MemoryError`` becomes one too.
    """
    # Only where a film is decoded: pydicom takes a while to import, and every process has a decoder
    # at hand, the one that drafts too.
    from core.imaging.intake import read_file

    try:
        film = read_file(name, content)
        return DecodedFilm(
            header=film.header,
            rows=film.pixels.shape[0],
            columns=film.pixels.shape[1],
            window=film.window,
            monochrome1=film.monochrome1,
            spacing_mm=film.spacing_mm,
            notes=film.notes,
            pixel_digest=pixel_digest(film.pixels),
            pixel_blob=encode_pixels(film.pixels),
        )
    except MemoryError as error:
        raise UnreadableFileError(file=name, reason=TOO_MUCH_MEMORY) from error


class DecoderProcess:
    """A decoder in processes of its own, with limits of time and memory for each file.

    Parameters
    ----------
    time_limit : float
        Seconds for one file; the process that exceeds them is killed.
    memory_limit_mb : int
        What decoding one file may allocate (``RLIMIT_AS``, where the platform has it).
    """

    def __init__(
        self,
        *,
        time_limit: float = TIME_LIMIT_SECONDS,
        memory_limit_mb: int = MEMORY_LIMIT_MB,
    ) -> None:
        self._time_limit, self._memory_limit_mb = time_limit, memory_limit_mb
        # No more files under way than processes: each starts at once, and few are in memory.
        self._turns = threading.BoundedSemaphore(WORKERS)
        self._lock = threading.Lock()
        self._pool: ProcessPool | None = None

    def decode(self, name: str, content: bytes) -> DecodedFilm:
        """Decode one file over there; safe to call from many threads.

        Raises
        ------
        IntakeError
            What :func:`decode` raises, or :class:`UnreadableFileError` where the process crashed,
            met its limit of memory or time, or was ended from outside twice.
        """
        check_size(name, len(content))
        with self._turns:
            try:
                return self._outcome(name, content)
            except BrokenProcessPool:
                # A process that somebody ended says nothing of the file.
                logger.warning("the decoders were lost and are started again")
            try:
                return self._outcome(name, content)
            except BrokenProcessPool as error:
                # The system's memory killer comes back for the same file.
                raise UnreadableFileError(file=name, reason=_reason(error)) from error

    def close(self) -> None:
        """End the processes; the next file starts new ones."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            _end(pool)

    def _outcome(self, name: str, content: bytes) -> DecodedFilm:
        pool = self._running()
        arguments = (name, content, self._memory_limit_mb)
        try:
            future = pool.schedule(_decode_limited, arguments, timeout=self._time_limit)
        except RuntimeError as broken:
            raise BrokenProcessPool from broken
        error = self._waited(pool, future)
        if error is None:
            return future.result()
        if isinstance(error, IntakeError):
            raise error
        if _lost(error):
            raise BrokenProcessPool from error
        logger.warning("a file did not decode: %s", type(error).__name__)
        raise UnreadableFileError(file=name, reason=_reason(error)) from error

    def _waited(
        self, pool: ProcessPool, future: ProcessFuture[DecodedFilm]
    ) -> BaseException | None:
        """The error of a file once it is done; a pool that broke would let it wait for ever."""
        deadline = time.monotonic() + self._time_limit + _LOST_AFTER_SECONDS
        while time.monotonic() < deadline:
            if wait([future], timeout=1.0).done:
                return CancelledError() if future.cancelled() else future.exception()
            if not pool.active:
                return BrokenProcessPool()
        self.close()
        return TimeoutError()

    def _running(self) -> ProcessPool:
        with self._lock:
            pool = self._pool
            if pool is not None and pool.active:
                return pool
            if pool is not None:
                _end(pool)
            self._pool = ProcessPool(
                max_workers=WORKERS,
                initializer=_begin,
                context=multiprocessing.get_context("spawn"),
            )
            return self._pool


@cache
def shared_decoder() -> DecoderProcess:
    """The decoder of this process; its own processes start with the first file."""
    return DecoderProcess()


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _lost(error: BaseException) -> bool:
    """Whether the process was ended by somebody else, not by what it decoded."""
    if isinstance(error, ProcessExpired):
        return error.exitcode in _ENDED_FROM_OUTSIDE
    return isinstance(error, (BrokenProcessPool, CancelledError))


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "it takes too long to decode"
    if isinstance(error, (ProcessExpired, BrokenProcessPool)):
        return "its contents end the decoder"
    if isinstance(error, MemoryError):
        return TOO_MUCH_MEMORY
    return "its contents are damaged"


# --- over there ---------------------------------------------------------------------------------


def _begin() -> None:
    """Be polite, and end with the server however it ends: nobody would end these processes."""
    # Now, and not under the first file's limits of time and memory.
    import core.imaging.intake  # noqa: F401

    # The library leaves with a status of its own, which would tell a signal from no other end.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    # What libraries have to say of a file, they say with a piece of it.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    end_with_parent()


def _decode_limited(name: str, content: bytes, memory_limit_mb: int) -> DecodedFilm:
    with _memory_limit(memory_limit_mb):
        return decode(name, content)


@contextlib.contextmanager
def _memory_limit(megabytes: int) -> Iterator[None]:
    """Limit what this process may allocate from here on, where the platform can.

    Only while a file is decoded: a process that cannot take the next file in, or hand a film out,
    would take its neighbours with it.
    """
    try:
        import resource
    except ImportError:  # not on Windows
        yield
        return
    former = resource.getrlimit(resource.RLIMIT_AS)
    limit = _address_space() + megabytes * 2**20
    if former[1] != resource.RLIM_INFINITY:
        limit = min(limit, former[1])
    # Some systems have the limit and do not let it be set.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, former[1]))
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, former)


def _address_space() -> int:
    """Bytes of address space that this process holds; a guess where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError):
        return 2**30
    return pages * os.sysconf("SC_PAGE_SIZE")
