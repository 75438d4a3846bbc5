"""Bytes that the viewer asks for: pixels and maps."""

from __future__ import annotations

from core.domain.study import Instance
from dashboard.workspace import Workspace


def pixels(place: Workspace, instance_id: int) -> tuple[Instance, bytes]:
    """An instance and its encoded pixels, ready to send.

    Raises
    ------
    NotFoundError
    """
    with place.look() as look:
        film, digest = look.studies.pixels(instance_id)
    return film, place.blobs.get(digest)


def evidence(place: Workspace, evidence_id: int) -> bytes:
    """The PNG of a map.

    Raises
    ------
    NotFoundError
    """
    with place.look() as look:
        digest = look.drafts.evidence_blob(evidence_id)
    return place.blobs.get(digest)
