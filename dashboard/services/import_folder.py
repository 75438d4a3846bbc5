"""Take a folder in, from where it stopped: list its files, then each of them, two at a time.

The rows of its files are the only record. A film is stored and noted in one transaction, so that a
file is taken in once, however often the server is killed on the way.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import BinaryIO

from core.domain.errors import (
    DatabaseUnavailableError,
    IntakeError,
    OverreadError,
    UnreadableFileError,
)
from core.domain.folder_import import FileState, FolderImport, FoundFile, ImportState, WaitingFile
from core.domain.import_errors import (
    FolderOutsideError,
    FolderUnreadableError,
    ImportFaultError,
    ImportsOffError,
    UnopenedFileError,
)
from core.domain.study import Source
from core.imaging.archive import Member, RefusedMember, is_archive, members
from dashboard.services.import_root import (
    batches,
    files_below,
    folder_below,
    import_root,
    open_below,
    shown_path,
    size_and_mtime,
)
from dashboard.services.receive_files import ENDING, read_film, receive_again
from dashboard.services.receive_study import Also, IntakeContext, Received
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

AT_ONCE = 2
LISTED_AT_ONCE = 500
LOOK_SECONDS = 0.5

_ENDING = (*ENDING, FolderUnreadableError)
_CONTEXT = IntakeContext(source=Source.FOLDER)


def import_folder(place: Workspace, due: FolderImport, halted: threading.Event) -> None:
    """Work an open import to its end, unless ``halted`` is set before: then it goes on later.

    Raises
    ------
    DatabaseUnavailableError, StorageUnavailableError
        Where its end cannot be written either; the import stays open.
    """
    try:
        root = import_root(place)
        if due.root not in (None, os.fsencode(root)):
            # Its files would be looked for in another place.
            raise FolderUnreadableError()
        folder = folder_below(root, due.folder)
        run = _Run(place, due, root, folder, halted)
        run.list_files()
        run.take_in()
    except DatabaseUnavailableError:
        raise
    except (ImportsOffError, FolderOutsideError, *_ENDING) as error:
        logger.warning("import %d failed: %s", due.id, error.code)
        _finish(place, due, ImportState.FAILED, error)
        return
    except Exception as error:  # noqa: BLE001 - an open import would meet it at every start again
        logger.error("import %d failed: %s", due.id, type(error).__name__)
        _finish(place, due, ImportState.FAILED, ImportFaultError())
        return
    if run.cancelled:
        _finish(place, due, ImportState.CANCELLED)
    elif not halted.is_set():
        _finish(place, due, ImportState.DONE)


def _finish(
    place: Workspace, due: FolderImport, state: ImportState, error: OverreadError | None = None
) -> None:
    with place.work() as work:
        work.imports.finish(due.id, state, error)
    logger.info("import %d is %s", due.id, state.value)


class _InDoubtError(Exception):
    """What stops the server may have stopped its decoders as well: the file may be sound."""


class _Run:
    """One import under way."""

    def __init__(
        self,
        place: Workspace,
        due: FolderImport,
        root: Path,
        folder: Path,
        halted: threading.Event,
    ) -> None:
        self._place, self._due, self._root, self._folder = place, due, root, folder
        self._halted = halted
        self._cancelled = threading.Event()
        self._looked = 0.0

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def list_files(self) -> None:
        """Note all files before the first is taken in; a listing broken off begins again.

        In many short transactions, since a slow disk must not keep readers from saving.
        """
        with self._place.work() as work:
            work.imports.begin(self._due.id)
            if self._due.listed:
                return
            work.import_files.forget_listing(self._due.id)
        for batch in batches(files_below(self._root, self._folder), LISTED_AT_ONCE):
            if self._over():
                return
            with self._place.work() as work:
                files = [item for item in batch if isinstance(item, FoundFile)]
                work.import_files.list_files(self._due.id, files)
                for item in batch:
                    if not isinstance(item, FoundFile):
                        work.import_files.list_refused(self._due.id, item.path, item.error)
        with self._place.work() as work:
            work.imports.end_listing(self._due.id)

    def take_in(self) -> None:
        """Take in what waits; ends early where the import is cancelled or the server stops."""
        files, running = self._waiting(), dict[Future[None], WaitingFile]()
        with ThreadPoolExecutor(AT_ONCE, "import") as executor:
            while not self._over():
                while len(running) < AT_ONCE and (file := next(files, None)) is not None:
                    running[executor.submit(self._file, file)] = file
                if not running:
                    return
                ended, _running = wait(running, LOOK_SECONDS, FIRST_COMPLETED)
                for future in ended:
                    self._collect(running.pop(future), future)
        for future, file in running.items():
            self._collect(file, future)

    def _over(self) -> bool:
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self._looked = time.monotonic()
            with self._place.look() as look:
                if look.imports.get(self._due.id).cancel_requested:
                    self._cancelled.set()
        return self._stopped()

    def _stopped(self) -> bool:
        return self._halted.is_set() or self.cancelled

    def _waiting(self) -> Iterator[WaitingFile]:
        after = 0
        while True:
            with self._place.look() as look:
                files = look.import_files.waiting(self._due.id, after, LISTED_AT_ONCE)
            if not files:
                return
            after = files[-1].id
            yield from files

    def _collect(self, file: WaitingFile, future: Future[None]) -> None:
        error = future.exception()
        if error is None:
            return
        if isinstance(error, _ENDING):
            raise error
        if self._halted.is_set():
            # The file still waits, and the next start tells.
            return
        # A fault of ours with this file; the others go on.
        logger.error("file %d of import %d: %s", file.id, self._due.id, type(error).__name__)
        reason = "the server met an unexpected fault"
        refusal = UnreadableFileError(file=shown_path(file.path), reason=reason)
        with self._place.work() as work:
            work.import_files.settle_archive(self._due.id, file, refusal)

    # --- one file, in a thread of its own -------------------------------------------------------

    def _file(self, file: WaitingFile) -> None:
        name = shown_path(file.path)
        try:
            with open_below(self._root, file.path) as opened:
                file = self._as_it_is(file, opened)
                if is_archive(opened.read(132)):
                    self._archive(file, name, opened)
                else:
                    self._film(file, name, read_film(name, opened))
        except (OSError, UnopenedFileError) as error:
            if not self._folder.is_dir():
                raise FolderUnreadableError() from error
            self._refuse(file, UnopenedFileError(file=name))
        except IntakeError as error:
            self._refuse(file, error)

    def _as_it_is(self, file: WaitingFile, opened: BinaryIO) -> WaitingFile:
        """A file that has changed since it was listed is not what its row says of it."""
        now = size_and_mtime(os.fstat(opened.fileno()))
        if now == (file.size, file.mtime):
            return file
        with self._place.work() as work:
            return work.import_files.begin_again(file, *now)

    def _refuse(self, file: WaitingFile, error: OverreadError) -> None:
        with self._place.work() as work:
            work.import_files.settle(self._due.id, file, FileState.REFUSED, error)

    def _film(self, file: WaitingFile, name: str, content: bytes) -> None:
        def note(work: UnitOfWork, received: Received) -> None:
            work.import_files.settle(self._due.id, file, _state(received), None)

        self._receive(name, content, note)

    def _receive(self, name: str, content: bytes, also: Also) -> None:
        try:
            receive_again(
                self._place, name, content, reader=self._due.reader, context=_CONTEXT, also=also
            )
        except UnreadableFileError as error:
            if self._halted.is_set():
                raise _InDoubtError from error
            raise

    def _archive(self, file: WaitingFile, name: str, opened: BinaryIO) -> None:
        refusal = None
        try:
            for member in members(name, opened, start=file.position):
                if self._stopped():
                    return
                self._member(file, member)
        except IntakeError as error:
            refusal = error
        with self._place.work() as work:
            work.import_files.settle_archive(self._due.id, file, refusal)

    def _member(self, file: WaitingFile, member: Member | RefusedMember) -> None:
        def note(work: UnitOfWork, received: Received) -> None:
            work.import_files.settle_member(
                self._due.id, file, member.position, _state(received), None
            )

        if isinstance(member, RefusedMember):
            self._refuse_member(file, member.position, member.error)
            return
        try:
            self._receive(member.name, member.content, note)
        except IntakeError as error:
            self._refuse_member(file, member.position, error)

    def _refuse_member(self, file: WaitingFile, position: int, error: IntakeError) -> None:
        with self._place.work() as work:
            work.import_files.settle_member(self._due.id, file, position, FileState.REFUSED, error)


def _state(received: Received) -> FileState:
    return FileState.DUPLICATE if received.duplicate else FileState.STORED
