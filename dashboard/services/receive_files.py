"""Take in what a person or a client sends: films, and archives of films, each by itself."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from core.domain.errors import (
    DatabaseUnavailableError,
    OverreadError,
    StorageUnavailableError,
)
from core.domain.folder_import import RefusedGroup, grouped
from core.domain.names import shown_name
from core.domain.reader import Reader
from core.imaging.archive import Member, is_archive, members
from core.imaging.file_size import check_size
from dashboard.services.receive_study import Also, IntakeContext, Received, receive_file
from dashboard.workspace import Workspace
from storage.failures import storage_failure

logger = logging.getLogger(__name__)

# The server's failures: the next file would fare no better.
ENDING = (DatabaseUnavailableError, StorageUnavailableError)
RETRY_SECONDS = 1.0
EXAMPLES = 5


@dataclass(frozen=True)
class Refused:
    """A file that was not taken in, by its name as shown, and why."""

    file: str
    error: OverreadError


Outcome = Received | Refused


def receive_uploads(
    place: Workspace,
    files: Iterable[tuple[str, BinaryIO]],
    *,
    reader: Reader,
    context: IntakeContext | None = None,
) -> Iterator[Outcome]:
    """What became of each film of a batch, as soon as it is known.

    Where database or disk fail, and fail again a moment later, the batch ends: what remains is
    refused with their sentence.
    """
    ending: OverreadError | None = None
    for name, file in files:
        if ending is not None:
            yield Refused(shown_name(name), ending)
            continue
        for outcome in receive_upload(place, name, file, reader=reader, context=context):
            if isinstance(outcome, Refused) and isinstance(outcome.error, ENDING):
                ending = outcome.error
            yield outcome


def receive_upload(
    place: Workspace,
    name: str,
    file: BinaryIO,
    *,
    reader: Reader,
    context: IntakeContext | None = None,
) -> Iterator[Outcome]:
    """What became of one file: of each film in it, where it is an archive.

    Parameters
    ----------
    file : BinaryIO
        Seekable, read from its start; an archive is read member by member.
    """
    shown = shown_name(name)
    try:
        yield from _films(place, shown, file, reader, context)
    except OSError as error:
        # The server's own copy of it does not read.
        yield Refused(shown, storage_failure(error))


def _films(
    place: Workspace, shown: str, file: BinaryIO, reader: Reader, context: IntakeContext | None
) -> Iterator[Outcome]:
    file.seek(0)
    if not is_archive(file.read(132)):
        yield _one(place, shown, file, reader, context)
        return
    try:
        for member in members(shown, file):
            if not isinstance(member, Member):
                yield Refused(member.name, member.error)
                continue
            outcome = _film(place, member.name, member.content, reader, context)
            yield outcome
            if isinstance(outcome, Refused) and isinstance(outcome.error, ENDING):
                # One refusal stands for all that is left of the archive.
                yield Refused(shown, outcome.error)
                return
    except OverreadError as error:
        yield Refused(shown, error)


def group_refused(refused: Iterable[Refused]) -> tuple[RefusedGroup, ...]:
    """Refusals by their code, the most frequent first."""
    return grouped(((item.file, item.error) for item in refused), EXAMPLES)


def read_film(name: str, file: BinaryIO) -> bytes:
    """All of a file that is no archive.

    Raises
    ------
    FileTooLargeError
        Before more than the limit is in memory.
    """
    check_size(name, file.seek(0, io.SEEK_END))
    file.seek(0)
    return file.read()


def receive_again(
    place: Workspace,
    name: str,
    content: bytes,
    *,
    reader: Reader,
    context: IntakeContext | None = None,
    also: Also | None = None,
) -> Received:
    """Take a film in; where database or disk fail, once more a moment later.

    Raises
    ------
    OverreadError
        What :func:`receive_file` raises.
    """
    try:
        return receive_file(place, name, content, reader=reader, context=context, also=also)
    except ENDING as error:
        logger.warning("a film could not be stored and is tried again: %s", error.code)
        time.sleep(RETRY_SECONDS)
        return receive_file(place, name, content, reader=reader, context=context, also=also)


def _one(
    place: Workspace, name: str, file: BinaryIO, reader: Reader, context: IntakeContext | None
) -> Outcome:
    try:
        content = read_film(name, file)
    except OverreadError as error:
        return Refused(name, error)
    return _film(place, name, content, reader, context)


def _film(
    place: Workspace, name: str, content: bytes, reader: Reader, context: IntakeContext | None
) -> Outcome:
    try:
        return receive_again(place, name, content, reader=reader, context=context)
    except OverreadError as error:
        return Refused(name, error)
