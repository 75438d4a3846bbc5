"""The classroom's routes behind its guard, in this process."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from core.domain.reader import Reader
from core.domain.teaching import TeachingCase, TeachingSession, Trainee
from dashboard.classroom import join_route
from dashboard.classroom.guard import ClassroomGuard
from dashboard.classroom.rate import Tries
from dashboard.classroom.teaching_routes import case_routes
from dashboard.services.teaching import sessions
from dashboard.services.teaching.sessions import SessionWish
from dashboard.workspace import Workspace

HOST = "http://127.0.0.1:8502"


def classroom_client(address: str = "10.0.0.9") -> TestClient:
    """A browser of its own; failed tries of others are forgotten."""
    join_route._tries = Tries(of_one=20, of_all=100)
    app = Starlette(
        routes=[
            *join_route.routes(),
            Mount("/teaching", routes=case_routes(join_route.trainee_asking)),
        ],
        middleware=[Middleware(ClassroomGuard)],
    )
    return TestClient(app, base_url=HOST, client=(address, 50000))


def opened(place: Workspace, reader: Reader, *cases: TeachingCase, **wish: Any) -> TeachingSession:
    made = SessionWish("Batch 7", "Monday", tuple(case.id for case in cases), **wish)
    return sessions.open_session(place, made, reader=reader)


def join(client: TestClient, session: TeachingSession, nickname: str = "Kea") -> Any:
    return client.post("/join", json={"code": session.code, "nickname": nickname})


def trainee(place: Workspace, client: TestClient) -> Trainee:
    found = sessions.trainee_of(place, client.cookies[join_route.COOKIE])
    assert found is not None
    return found
