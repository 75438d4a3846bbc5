"""``learned.txt``: SHA-256 of each film that a version was trained on, one a line.

It lies beside the figures file, which states the SHA-256 of the list: a version is not judged on
films that it learned from, and a list that was shortened is found out. Imports no torch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from core.domain.errors import N_, ModelUnavailableError
from core.models.measured import Measured
from core.training.films import FilmRow

LEARNED = "learned.txt"
STATED = "films_sha256"
MOST_LEARNED = 100_000_000


def digests_of(rows: Sequence[FilmRow]) -> frozenset[str]:
    """Return the SHA-256 of the file of each film.

    Raises
    ------
    OSError
    """
    return frozenset(hashlib.sha256(row.path.read_bytes()).hexdigest() for row in rows)


def write_learned(folder: Path, rows: Sequence[FilmRow]) -> str:
    """Write the list of the films that were learned from; return its SHA-256.

    Raises
    ------
    OSError
    """
    content = "".join(f"{digest}\n" for digest in sorted(digests_of(rows))).encode()
    (folder / LEARNED).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def read_learned(folder: Path, measured: Measured) -> frozenset[str]:
    """Return the digests of the films of a version; none where its figures name no list.

    Raises
    ------
    ModelUnavailableError
        If the list that the figures name is missing, too large, or another one.
    """
    stated = measured.document.get("relearned", {}).get(STATED)
    if stated is None:
        return frozenset()
    path = folder / LEARNED
    try:
        content = path.read_bytes() if path.stat().st_size <= MOST_LEARNED else b""
    except OSError as error:
        reason = N_("the list of the films that it learned from cannot be read")
        raise ModelUnavailableError(model=measured.name, reason=reason) from error
    if hashlib.sha256(content).hexdigest() != stated:
        reason = N_("the list of the films that it learned from is damaged")
        raise ModelUnavailableError(model=measured.name, reason=reason)
    return frozenset(content.decode("ascii", errors="replace").split())
