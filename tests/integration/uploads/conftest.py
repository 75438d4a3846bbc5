"""Uploads of one reader, and what became of them."""

from __future__ import annotations

import io
from typing import Any

from core.domain.reader import Reader
from dashboard.services.receive_files import Outcome, Refused, receive_uploads
from dashboard.services.receive_study import IntakeContext, Received
from dashboard.workspace import Workspace


def upload(
    place: Workspace, reader: Reader, *files: tuple[str, bytes], **said: Any
) -> list[Outcome]:
    sent = [(name, io.BytesIO(content)) for name, content in files]
    return list(receive_uploads(place, sent, reader=reader, context=IntakeContext(**said)))


def received(outcomes: list[Outcome]) -> list[Received]:
    return [item for item in outcomes if isinstance(item, Received)]


def refused(outcomes: list[Outcome]) -> list[Refused]:
    return [item for item in outcomes if isinstance(item, Refused)]
