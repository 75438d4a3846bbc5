"""Folder imports through the API."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from dashboard import workspace as workspaces
from dashboard.jobs.importer import Importer
from tests.integration.small_films import small_film, zipped


@pytest.fixture
def importing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> TestClient:
    """A client of a server with an import root, which holds the folder ``new``."""
    root = tmp_path / "root"
    (root / "new").mkdir(parents=True)
    monkeypatch.setenv("OVERREAD_IMPORT_ROOT", str(root))
    (root / "new" / "film.dcm").write_bytes(small_film())
    (root / "new" / "cd.zip").write_bytes(zipped(("a", small_film(1)), ("b.txt", b"text")))
    return request.getfixturevalue("client")


def test_imports_through_the_api(importing: TestClient) -> None:
    answer = importing.post("/imports", json={"folder": "new"})
    asked = answer.json()["import"]
    assert answer.status_code == 202 and (asked["state"], asked["folder"]) == ("queued", "new")
    assert importing.post("/imports", json={"folder": "new"}).json()["import"]["id"] == asked["id"]
    assert Importer(workspaces.workspace()).step()
    found = importing.get(f"/imports/{asked['id']}").json()
    assert found["state"] == "done" and found["error"] is None
    assert found["counts"] == {
        "files": 2, "done": 2, "stored": 2, "duplicate": 0, "refused": 1, "skipped": 0,
    }  # fmt: skip
    [group] = found["refused"]
    assert (group["code"], group["count"], group["files"]) == (
        "not_an_image", 1, ["new/cd.zip: b.txt"],
    )  # fmt: skip
    listed = importing.get(f"/imports/{asked['id']}/refused.csv")
    assert listed.headers["content-type"].startswith("text/csv")
    assert [line[0] for line in csv.reader(io.StringIO(listed.text))] == [
        "file", "new/cd.zip: b.txt",
    ]  # fmt: skip
    assert [item["id"] for item in importing.get("/imports").json()["items"]] == [asked["id"]]


def test_an_import_is_cancelled_through_the_api(importing: TestClient) -> None:
    asked = importing.post("/imports", json={"folder": ""}).json()["import"]["id"]
    answer = importing.post(f"/imports/{asked}/cancel")
    assert answer.status_code == 200 and answer.json()["import"]["state"] == "cancelled"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/imports", {"folder": "../.."}, 422, "folder_outside"),
        ("POST", "/imports", {"folder": "/etc"}, 422, "folder_outside"),
        ("POST", "/imports", {"folder": "nothing"}, 422, "folder_outside"),
        ("POST", "/imports", {"path": "new"}, 422, "invalid_request"),
        ("GET", "/imports/99", None, 404, "not_found"),
        ("GET", "/imports/99/refused.csv", None, 404, "not_found"),
        ("POST", "/imports/99/cancel", None, 404, "not_found"),
    ],
)
def test_what_the_import_api_refuses(
    importing: TestClient, method: str, path: str, body: Any, status: int, code: str
) -> None:
    answer = importing.request(method, path, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize("root", [None, ""])
def test_without_a_root_the_import_api_is_not_there(
    home: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, root: str | None
) -> None:
    if root is not None:
        monkeypatch.setenv("OVERREAD_IMPORT_ROOT", root)
    client: TestClient = request.getfixturevalue("client")
    for answer in (
        client.post("/imports", json={"folder": ""}),
        client.get("/imports"),
        client.get("/imports/1"),
        client.get("/imports/1/refused.csv"),
        client.post("/imports/1/cancel"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "imports_off")
