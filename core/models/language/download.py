"""Fetch a model from the hub: the pinned commit, only safetensors and text, every byte checked.

The hub's own client asks and retries. Files come one after the other into ``<name>.<oid>.part``
and take their name once their checksum is right, so that a fetch goes on where it stopped, within
a file too, after a cut line, a stop or a restart. Its ``snapshot_download`` begins a file again.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.domain.errors import N_
from core.models.language.catalogue import LanguageSource
from core.models.language.digests import file_digest, kept_digest, remember
from core.models.language.hub import (
    PART,
    Offer,
    RemoteFile,
    allowed,
    ask,
    endpoint,
    fail,
    one_sentence,
)
from core.models.language.precision import gigabytes
from core.models.language.record import FetchedFile, Record, read_record, write_record

logger = logging.getLogger(__name__)

SPARE_BYTES = 10**9
"""Left free on the disk, for everything else that writes there."""
MOST_TIMES = 5
"""How often the bytes of one file may come before it is given up."""

OnProgress = Callable[[int, int], None]
Stop = Callable[[], bool]


class _StoppedError(Exception):
    pass


def fetch(
    source: LanguageSource,
    folder: Path,
    on_progress: OnProgress | None = None,
    stop: Stop | None = None,
) -> Record:
    """Fetch a model into a folder, or go on where a former fetch stopped.

    Parameters
    ----------
    on_progress : callable or None
        Told how many bytes of how many are here.
    stop : callable or None
        Asked between blocks; once it says true, what is here is kept for the next time.

    Returns
    -------
    Record
        Not ``complete`` where it was stopped.

    Raises
    ------
    DownloadError
        In one sentence; what is here and right is kept.
    """
    before = read_record(folder)
    revision = source.revision
    if not revision and before is not None and before.repository == source.repository:
        revision = before.revision
    offer = ask(source, revision)
    try:
        run = _Fetch(source, folder, offer, on_progress, stop)
        return run.all_files(before)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            fail(source, N_("the disk is full"))
        fail(source, N_("its folder cannot be written: {why}"), why=error.strerror or "")


class _Fetch:
    """One fetch under way."""

    def __init__(
        self,
        source: LanguageSource,
        folder: Path,
        offer: Offer,
        on_progress: OnProgress | None,
        stop: Stop | None,
    ) -> None:
        self._source, self._folder, self._offer = source, folder, offer
        self._on_progress, self._stop = on_progress, stop
        self._here: dict[str, FetchedFile] = {}
        self._done = 0

    def all_files(self, before: Record | None) -> Record:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._room()
        self._write(complete=False)
        self._remove_others(before)
        try:
            for file in sorted(self._offer.files, key=lambda file: file.size):
                self._keep(file, before)
        except _StoppedError:
            return self._write(complete=False)
        logger.info("model %s is here, revision %s", self._source.name, self._offer.revision[:12])
        return self._write(complete=True)

    def _room(self) -> None:
        """Say so before the first byte where the disk is too small."""
        here = sum(
            path.stat().st_size
            for file in self._offer.files
            for path in (self._folder / file.name, self._folder / file.part)
            if path.is_file()
        )
        need = max(0, self._offer.size_bytes - here)
        free = shutil.disk_usage(self._folder).free
        if need and need + SPARE_BYTES > free:
            sentence = N_("it needs {need} of disk, and {free} are free")
            fail(self._source, sentence, need=gigabytes(need), free=gigabytes(free))

    def _remove_others(self, before: Record | None) -> None:
        """Remove what a former fetch of another revision left."""
        wanted = {file.name for file in self._offer.files}
        parts = {file.part for file in self._offer.files}
        for name in set(before.files if before is not None else ()) - wanted:
            if allowed(name, adapter=True):
                (self._folder / name).unlink(missing_ok=True)
        for path in self._folder.glob(f"*{PART}"):
            if path.name not in parts:
                path.unlink()

    def _keep(self, file: RemoteFile, before: Record | None) -> None:
        path = self._folder / file.name
        if not self._is_here(file, path, before):
            path.unlink(missing_ok=True)
            self._receive(file, path)
        self._done += file.size
        self._tell(0)
        self._write(complete=False)

    def _is_here(self, file: RemoteFile, path: Path, before: Record | None) -> bool:
        if not path.is_file() or path.stat().st_size != file.size:
            return False
        known = before.files.get(file.name) if before is not None else None
        # The record says what was fetched, the kept digest what lies there since.
        if known is not None and known.sha256 == file.oid == kept_digest(path):
            self._here[file.name] = known
            return True
        if not self._checked(file, path):
            return False
        remember(path, self._here[file.name].sha256)
        return True

    def _receive(self, file: RemoteFile, path: Path) -> None:
        part = self._folder / file.part
        part.touch()
        if part.stat().st_size > file.size:
            os.truncate(part, 0)
        with part.open("r+b") as opened:
            start = opened.seek(0, os.SEEK_END)
            self._stream(file, opened, start)
            opened.flush()
            os.fsync(opened.fileno())
        if not self._checked(file, part):
            part.unlink()
            sentence = N_("the checksum of {file} differs from the published one")
            fail(self._source, sentence, file=file.name)
        part.replace(path)
        remember(path, self._here[file.name].sha256)

    def _stream(self, file: RemoteFile, opened: Any, start: int) -> None:
        from huggingface_hub import hf_hub_url
        from huggingface_hub.file_download import http_get
        from huggingface_hub.utils._headers import build_hf_headers

        if start == file.size:
            return
        url = hf_hub_url(
            self._source.repository,
            file.name,
            revision=self._offer.revision,
            endpoint=endpoint(),
        )
        with one_sentence(self._source, file.name):
            http_get(
                url,
                opened,
                resume_size=start,
                headers=build_hf_headers(),
                expected_size=file.size,
                displayed_filename=file.name,
                tqdm_class=self._bar(start, file.size),
            )

    def _bar(self, start: int, size: int) -> Any:
        """A progress bar that nobody sees: it counts, and breaks off once it should stop.

        A server that begins the file again after each cut would be asked for ever.
        """
        fetch, here, received = self, start, 0

        class Bar:
            def __init__(self, *_args: Any, **_options: Any) -> None:
                pass

            def __enter__(self) -> Bar:
                return self

            def __exit__(self, *_raised: object) -> None:
                pass

            def update(self, count: int = 1) -> None:
                nonlocal here, received
                here, received = here + count, received + max(0, count)
                if received > MOST_TIMES * size:
                    raise OSError("the line was cut too often")
                fetch._tell(here)

        return Bar

    def _tell(self, count: int) -> None:
        if self._on_progress is not None:
            self._on_progress(self._done + count, self._offer.size_bytes)
        if self._stop is not None and self._stop():
            raise _StoppedError

    def _checked(self, file: RemoteFile, path: Path) -> bool:
        digest = file_digest(path, lambda _count: None)
        found = digest if len(file.oid) == 64 else git_blob_id(path)
        if found == file.oid and path.stat().st_size == file.size:
            self._here[file.name] = FetchedFile(file.size, digest)
            return True
        return False

    def _write(self, *, complete: bool) -> Record:
        record = Record(
            repository=self._source.repository,
            revision=self._offer.revision,
            size_bytes=self._offer.size_bytes,
            complete=complete,
            files=dict(self._here),
        )
        write_record(self._folder, record)
        return record


def git_blob_id(path: Path) -> str:
    """Return the id that git gives a file: SHA-1 over its kind, its size and its bytes."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
