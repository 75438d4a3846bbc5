"""A case in the hands of somebody who reads blind: film, answer, commit, and what it opens.

Used by the classroom and by the teaching page alike; it takes the trainee and asks nobody else.
"""

from __future__ import annotations

from core.domain.teaching import Trainee
from dashboard.services.teaching.reading import Position
from dashboard.workspace import Workspace


def show(place: Workspace, trainee: Trainee, position: Position, *, key: str) -> None:
    """Show the position: the film to read, the wait, or the answer."""
    raise NotImplementedError
