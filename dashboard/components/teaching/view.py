"""The teaching page: cases, sessions, drills, progress, and practice for oneself."""

from __future__ import annotations

from dashboard.workspace import Workspace


def show(place: Workspace) -> None:
    """The whole page."""
    raise NotImplementedError
