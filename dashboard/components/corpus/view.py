"""The page ``corpus``."""

from __future__ import annotations

from dashboard.workspace import Workspace


def show(place: Workspace) -> None:
    raise NotImplementedError
