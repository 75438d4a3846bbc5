"""How much a trainee's page asks of the database each time it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from core.domain.reader import Reader
from core.domain.teaching import Pace
from dashboard.services.teaching import reading, sessions
from dashboard.services.teaching.reading import Turn
from dashboard.workspace import Workspace
from tests.integration.teaching_room import RIGHT, joined, opened
from tests.teaching_cases import made_case

MOST = 5


@contextmanager
def counted(place: Workspace) -> Iterator[list[str]]:
    """The statements that are executed within the block, those that begin and end left out."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
            statements.append(statement)

    event.listen(place.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(place.engine, "before_cursor_execute", note)


@pytest.fixture
def look(place: Workspace, reader: Reader) -> Callable[[], reading.Position]:
    case = made_case(place)
    session = opened(place, reader, [case.id], pace=Pace.STEP)
    (trainee,) = joined(place, session, "Anbu")
    reading.position(place, trainee, session.id)

    def go(turn: Turn) -> tuple[Turn, int]:
        if turn is not Turn.READ:
            reading.commit(place, trainee, case.id, session.id, RIGHT)
        if turn is Turn.REVEALED:
            sessions.step(place, session.id, position=0, revealed=True, reader=reader)
        with counted(place) as statements:
            shown = reading.position(place, trainee, session.id)
        return shown.turn, len(statements)

    return go


@pytest.mark.parametrize("turn", [Turn.READ, Turn.WAIT, Turn.REVEALED])
def test_a_page_asks_little(look: Callable[[Turn], tuple[Turn, int]], turn: Turn) -> None:
    shown, statements = look(turn)
    assert shown is turn and statements <= MOST
