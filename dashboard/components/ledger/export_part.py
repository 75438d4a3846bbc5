"""The export of signed reports for training, and the marks of consent that it goes by."""

from __future__ import annotations

from dashboard.workspace import Workspace


def show(place: Workspace) -> None:
    """What may be exported, the marks, and the export itself."""
    raise NotImplementedError
