"""The reader's own name."""

from __future__ import annotations

import logging

from core.domain.errors import InvalidReportError
from core.domain.reader import Reader
from dashboard.workspace import Workspace

NAME_LIMIT = 120

logger = logging.getLogger(__name__)


def rename_reader(place: Workspace, name: str, *, reader: Reader) -> Reader:
    """Set the name that stands under reports signed from now on; signed ones keep theirs.

    Raises
    ------
    InvalidReportError
        If the name is empty, too long or not one line of text.
    """
    name = " ".join(name.split())
    if not name or len(name) > NAME_LIMIT or not name.isprintable():
        raise InvalidReportError(reason=f"a reader's name has 1 to {NAME_LIMIT} characters")
    logger.info("reader %d changes their name", reader.id)
    with place.work() as work:
        return work.readers.set_local(name, confirmed=True)
