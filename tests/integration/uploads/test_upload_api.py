"""Uploads of films and archives through the API."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from pydicom.uid import generate_uid

from core.domain.errors import StorageFullError
from dashboard.services import receive_files
from dashboard.workspace import Workspace
from tests.integration.conftest import send
from tests.integration.small_films import picture, small_film, zipped


def test_the_api_takes_archives(client: TestClient) -> None:
    study = generate_uid()
    cd = zipped(
        ("IM1", small_film(1, StudyInstanceUID=study)),
        ("IM2", small_film(2, StudyInstanceUID=study)),
        ("notes.txt", b"text"),
    )
    answer = send(client, ("cd.zip", cd))
    assert answer.status_code == 201
    [entry] = answer.json()["studies"]
    assert entry["study_instance_uid"] == study and len(entry["instances"]) == 2
    [rejected] = answer.json()["rejected"]
    assert (rejected["file"], rejected["code"]) == ("cd.zip: notes.txt", "not_an_image")
    assert rejected["message"].startswith("cd.zip: notes.txt is not")


def test_the_api_refuses_an_archive_without_a_film(client: TestClient) -> None:
    answer = send(client, ("cd.zip", zipped(("notes.txt", b"text"))))
    assert answer.status_code == 422 and answer.json()["error"]["code"] == "not_an_image"
    answer = send(client, ("cd.zip", zipped()))
    assert answer.status_code == 422 and answer.json()["error"]["code"] == "empty_archive"


def test_the_api_takes_what_the_sender_says_of_the_patient(client: TestClient) -> None:
    said = {"patient_name": "Roe, Mary", "birth_date": "1980-02-03", "sex": "F", "patient_id": ""}
    answer = send(client, ("a.png", picture()), **said)
    number = answer.json()["studies"][0]["id"]
    patient = client.get(f"/studies/{number}").json()["patient"]
    assert (patient["name"], patient["birth_date"], patient["sex"]) == (
        "Roe^Mary", "1980-02-03", "F",
    )  # fmt: skip


@pytest.mark.parametrize(
    "said", [{"birth_date": "3. 2. 1980"}, {"birth_date": "1066-01-01"}, {"sex": "X"},
             {"patient_name": "a\u202eb"}]
)  # fmt: skip
def test_the_api_refuses_a_patient_who_cannot_be_kept(
    client: TestClient, said: dict[str, str]
) -> None:
    answer = send(client, ("a.png", picture()), **said)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] in ("invalid_request", "invalid_patient")
    assert client.get("/studies").json()["total"] == 0


def test_the_api_says_that_the_server_failed(
    client: TestClient, place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> str:
        raise StorageFullError()

    monkeypatch.setattr(receive_files, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(type(place.blobs), "put", full)
    answer = send(client, ("a.dcm", small_film(1)), ("b.dcm", small_film(2)))
    assert answer.status_code == 507 and answer.json()["error"]["code"] == "storage_full"
    assert [item["file"] for item in answer.json()["rejected"]] == ["a.dcm", "b.dcm"]
