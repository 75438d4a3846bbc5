"""Walk the chain of signed versions and name the first break."""

from __future__ import annotations

import hmac
import json
from collections import defaultdict
from collections.abc import Collection, Mapping

from core.domain.errors import SignedRecordBrokenError
from core.domain.report import GENESIS, chain_digest
from dashboard.workspace import Workspace
from storage.repositories.signed import ChainLink
from storage.seal import Head


def verify_chain(place: Workspace) -> int:
    """Check every signed version, its films and the newest head; returns how many there are.

    Raises
    ------
    SignedRecordBrokenError
        At the first link that does not hold, by its number and study.
    """
    key, head = place.seal.key(), place.seal.head()
    expected, count = Head(), 0
    head_seen = head.sequence == 0 and head.digest == GENESIS
    with place.look() as look:
        films = _films(look.studies.digests())
        for link in look.signed.links():
            _check_order(link, expected)
            _check_content(link, key)
            _check_films(place, link, films[link.study_id])
            expected = Head(link.sequence, link.digest)
            head_seen = head_seen or expected == head
            count += 1
    if not head_seen:
        raise SignedRecordBrokenError(
            where=f"signed version {head.sequence}, the newest one known, is gone from the database"
        )
    # A stop between commit and head file leaves the file behind; what holds is now the newest.
    place.seal.advance(expected)
    return count


def _films(rows: Collection[tuple[int, str, str]]) -> Mapping[int, set[str]]:
    films: dict[int, set[str]] = defaultdict(set)
    for study_id, digest, _ in rows:
        films[study_id].add(digest)
    return films


def _check_order(link: ChainLink, expected: Head) -> None:
    if link.sequence != expected.sequence + 1:
        raise SignedRecordBrokenError(where=f"signed version {expected.sequence + 1} is missing")
    if link.previous_digest != expected.digest:
        raise SignedRecordBrokenError(where=f"{_name(link)} does not follow the one before it")


def _check_content(link: ChainLink, key: bytes) -> None:
    """The keyed digest must fit the content, and the columns beside it must repeat it."""
    if not hmac.compare_digest(chain_digest(link.content, key), link.digest):
        raise SignedRecordBrokenError(where=f"{_name(link)} does not match its digest")
    content = json.loads(link.content)
    columns = {
        "sequence": link.sequence,
        "study_id": link.study_id,
        "number": link.number,
        "status": link.status,
        "signed_by": link.signed_by,
        "signed_at": link.signed_at.isoformat(timespec="microseconds"),
        "previous_digest": link.previous_digest,
    }
    for column, value in columns.items():
        if content[column] != value:
            raise SignedRecordBrokenError(where=f"{_name(link)} was changed in its {column}")


def _check_films(place: Workspace, link: ChainLink, stored: set[str]) -> None:
    for digest in json.loads(link.content)["image_digests"]:
        if digest not in stored or not place.blobs.sound(digest):
            raise SignedRecordBrokenError(where=f"a film of {_name(link)} is missing or changed")


def _name(link: ChainLink) -> str:
    return f"signed version {link.sequence} (study {link.study_id}, number {link.number})"
