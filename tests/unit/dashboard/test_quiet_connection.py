"""Streamlit's answer about its host says that error dialogs are blocked; nothing else changes."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.quiet_connection import QuietConnection, without_dialogs

SERVED = {"allowedOrigins": ["http://localhost"], "blockErrorDialogs": False}


@pytest.fixture
def client() -> TestClient:
    routes = [
        Route("/_stcore/host-config", lambda _: JSONResponse(SERVED, headers={"x-kept": "yes"})),
        Route("/other", lambda _: JSONResponse(SERVED)),
        Route("/text", lambda _: PlainTextResponse("healthy")),
    ]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(QuietConnection)]))


def test_dialogs_are_blocked_and_the_rest_is_kept(client: TestClient) -> None:
    answer = client.get("/_stcore/host-config")

    assert answer.json() == {**SERVED, "blockErrorDialogs": True}
    assert answer.headers["x-kept"] == "yes"


@pytest.mark.parametrize(("path", "text"), [("/other", None), ("/text", "healthy")])
def test_other_answers_pass_untouched(client: TestClient, path: str, text: str | None) -> None:
    answer = client.get(path)

    assert answer.text == text if text else answer.json() == SERVED


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]"])
def test_an_answer_of_another_shape_is_left_alone(body: bytes) -> None:
    assert without_dialogs(body) == body


def test_streamlit_still_has_the_switch() -> None:
    """If a new version renames it, the dialog would come back unseen."""
    from streamlit.web.server.starlette.starlette_routes import create_host_config_routes

    client = TestClient(Starlette(routes=create_host_config_routes(None)))

    assert client.get("/_stcore/host-config").json()["blockErrorDialogs"] is False
