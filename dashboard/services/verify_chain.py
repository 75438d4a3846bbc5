"""Walk the chain of signed versions and name the first break."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from itertools import islice

from core.domain.errors import SignedRecordBrokenError
from core.domain.report import GENESIS, chain_digest
from core.domain.study import Study
from dashboard.services.sign_report import identity_of
from dashboard.workspace import Workspace
from storage.repositories.signed import ChainLink
from storage.seal import Head

_BATCH = 200


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
    for link, study in _links(place):
        _check_order(link, expected)
        _check_content(link, key)
        _check_identity(link, study)
        _check_films(place, link, study)
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


def _links(place: Workspace) -> Iterator[tuple[ChainLink, Study]]:
    """Every link with its study, read in batches: no transaction is open while films are hashed."""
    after = None
    while True:
        with place.look() as look:
            chosen = islice(look.signed.links(after), _BATCH)
            batch = [(link, look.studies.get(link.study_id)) for link in chosen]
        if not batch:
            return
        yield from batch
        after = batch[-1][0].sequence


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


def _check_identity(link: ChainLink, study: Study) -> None:
    """The study must still be of the patient whose report was signed."""
    if json.loads(link.content)["identity"] != identity_of(study):
        raise SignedRecordBrokenError(where=f"the study of {_name(link)} is of another patient now")


def _check_films(place: Workspace, link: ChainLink, study: Study) -> None:
    """Files and decoded pixels must be there, unchanged, and still be those of the study."""
    content = json.loads(link.content)
    stored = {film.blob_digest: film.pixel_blob_digest for film in study.instances}
    signed = dict(zip(content["image_digests"], content["pixel_digests"], strict=True))
    same = all(stored.get(image) == pixels for image, pixels in signed.items())
    if not same or not all(place.blobs.sound(digest) for pair in signed.items() for digest in pair):
        raise SignedRecordBrokenError(where=f"a film of {_name(link)} is missing or changed")


def _name(link: ChainLink) -> str:
    return f"signed version {link.sequence} (study {link.study_id}, number {link.number})"
