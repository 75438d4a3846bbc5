"""The REST API when something is wrong: one shape of error, no foreign request, nothing told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dashboard.api import studies
from dashboard.api.application import api
from dashboard.guard import LoopbackGuard
from dashboard.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


def test_an_unexpected_fault_has_the_shape_of_an_error_and_tells_nothing(
    place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise ZeroDivisionError("DOE^JANE")

    monkeypatch.setattr(studies, "worklist", fail)
    client = TestClient(
        LoopbackGuard(api), base_url="http://127.0.0.1:8501", raise_server_exceptions=False
    )
    answer = client.get("/studies")
    assert answer.status_code == 500 and "DOE" not in answer.text
    assert answer.json()["error"]["code"] == "error"


def test_database_errors_do_not_carry_names(place: Workspace) -> None:
    with pytest.raises(DBAPIError) as error, place.engine.begin() as connection:
        connection.execute(text("INSERT INTO nothing VALUES (:name)"), {"name": "DOE^JANE"})
    assert "DOE" not in str(error.value)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/studies/999", None, 404),
        ("GET", "/studies/999/report", None, 404),
        ("GET", "/studies/999/draft", None, 404),
        ("GET", "/studies/999/report.pdf", None, 404),
        ("GET", "/instances/999/pixels", None, 404),
        ("GET", "/evidence/999.png", None, 404),
        ("GET", "/studies/0", None, 422),
        ("GET", "/studies/x", None, 422),
        ("GET", "/studies?size=9999", None, 422),
        ("GET", "/nothing", None, 404),
        ("PUT", "/studies/1/report", {"sections": {"extra": "x"}, "version": 1}, 422),
        ("PUT", "/studies/1/report", {"sections": {"findings": "x" * 20_001}, "version": 1}, 422),
        ("PUT", "/studies/1/report", {"sections": {"findings": "a\x00b"}, "version": 3}, 422),
        ("POST", "/studies/1/sign", {"version": 99}, 409),
        ("POST", "/studies/1/draft", {"model": "nobody"}, 503),
        ("POST", "/studies/999/draft", None, 404),
        ("GET", "/ledger?format=xml", None, 422),
    ],
)
def test_errors_have_one_shape(
    client: TestClient, study: int, method: str, path: str, body: Any, status: int
) -> None:
    answer = client.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert {"code", "message", "remedy"} <= set(error) and error["message"].endswith(".")
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8501"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    ],
)
def test_foreign_requests_are_refused(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.get("/health", headers=headers)
    assert answer.status_code == 403 and answer.json()["error"]["code"] == "foreign_request"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost:8501"},
        {"Host": "[::1]:8501"},
        {"Host": "127.0.0.2:8501"},
        {"Origin": "http://127.0.0.1:8501"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    ],
)
def test_own_requests_pass(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.get("/health", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == "frame-ancestors 'none'"


def test_health_models_and_docs(client: TestClient) -> None:
    health = client.get("/health").json()
    assert health["database"] == "ok" and health["model"]["name"] == "fake"
    assert str(ROOT) not in client.get("/models").text
    models = {model["name"]: model for model in client.get("/models").json()["items"]}
    assert models["overread-embedded-3"]["state"] == "ready"
    qwen, server = models["qwen2-vl-2b"], models["openai-compatible"]
    assert qwen["state"] in ("needs download", "needs memory") and not qwen["here"]
    assert qwen["memory_bytes"]["bf16"] > 2 * qwen["parameters"] and len(qwen["revision"]) == 40
    assert server["state"] == "unavailable" and "OVERREAD_REMOTE_MODEL_URL" in server["reason"]
    page = client.get("/docs").text
    assert "http://" not in page.replace("http://127.0.0.1", "") and "https://" not in page
    schema = client.get("/openapi.json").json()
    assert "/studies/{study_id}/sign" in schema["paths"]
