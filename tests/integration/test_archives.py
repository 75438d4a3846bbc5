"""Uploads of films and archives: through the services and through the API."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydicom.uid import generate_uid

from core.domain.errors import (
    ConflictingPatientError,
    DatabaseUnavailableError,
    FileTooLargeError,
    InvalidPatientError,
    StorageFullError,
)
from core.domain.import_errors import (
    DamagedArchiveError,
    UnsafeNameError,
)
from core.domain.reader import Reader
from core.domain.study import PATIENT_FIELDS
from dashboard import workspace as workspaces
from dashboard.jobs.importer import Importer
from dashboard.services import receive_files
from dashboard.services.receive_files import (
    Outcome,
    Refused,
    group_refused,
    receive_uploads,
)
from dashboard.services.receive_study import (
    IntakeContext,
    Received,
    new_study_uid,
    receive_file,
)
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork
from tests.factories import dicom_bytes, film_pixels, image_bytes
from tests.integration.conftest import send

ROOT = Path(__file__).resolve().parents[2]


def small_film(seed: int = 0, **tags: object) -> bytes:
    return dicom_bytes(film_pixels(64, 64, seed), **tags)


def picture(seed: int = 0) -> bytes:
    return image_bytes((film_pixels(64, 64, seed) // 16).astype("uint8"))


def zipped(*files: tuple[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def upload(
    place: Workspace, reader: Reader, *files: tuple[str, bytes], **said: Any
) -> list[Outcome]:
    sent = [(name, io.BytesIO(content)) for name, content in files]
    return list(receive_uploads(place, sent, reader=reader, context=IntakeContext(**said)))


def received(outcomes: list[Outcome]) -> list[Received]:
    return [item for item in outcomes if isinstance(item, Received)]


def refused(outcomes: list[Outcome]) -> list[Refused]:
    return [item for item in outcomes if isinstance(item, Refused)]


# --- services -----------------------------------------------------------------------------------


def test_a_cd_becomes_its_studies_and_the_rest_is_refused(
    either: Workspace, reader: Reader
) -> None:
    study, film = generate_uid(), small_film(3)
    cd = zipped(
        ("IMAGES/IM1", small_film(1, StudyInstanceUID=study)),
        ("IMAGES/IM2", small_film(2, StudyInstanceUID=study, ViewPosition="LL")),
        ("IMAGES/IM3", film),
        ("IMAGES/COPY", film),
        ("VIEWER/viewer.exe", b"MZ..."),
        ("index.htm", b"<html>"),
        ("../up", film),
        ("DICOMDIR", b"x"),
    )
    outcomes = upload(either, reader, ("cd.zip", cd), ("one.dcm", small_film(4)))
    assert [item.file for item in outcomes] == [
        "cd.zip: IMAGES/IM1", "cd.zip: IMAGES/IM2", "cd.zip: IMAGES/IM3", "cd.zip: IMAGES/COPY",
        "cd.zip: VIEWER/viewer.exe", "cd.zip: index.htm", "cd.zip: ../up", "one.dcm",
    ]  # fmt: skip
    assert [item.duplicate for item in received(outcomes)] == [False, False, False, True, False]
    assert worklist(either).page.total == 3
    groups = group_refused(refused(outcomes))
    assert [(group.code, group.count) for group in groups] == [
        ("not_an_image", 2),
        ("unsafe_name", 1),
    ]
    assert isinstance(groups[1].error, UnsafeNameError)


def test_a_broken_archive_is_one_refusal_and_the_batch_goes_on(
    either: Workspace, reader: Reader
) -> None:
    broken = zipped(("a", small_film(1)))[:500]
    outcomes = upload(either, reader, ("cd.zip", broken), ("x.dcm", small_film(2)))
    [refusal] = refused(outcomes)
    assert refusal.file == "cd.zip" and isinstance(refusal.error, DamagedArchiveError)
    assert len(received(outcomes)) == 1


def test_a_file_too_large_is_never_read(
    either: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive_files, "FILE_LIMIT_MB", 0)
    [refusal] = refused(upload(either, reader, ("x.dcm", small_film())))
    assert isinstance(refusal.error, FileTooLargeError)


def test_names_of_uploads_are_shown_without_tricks(either: Workspace, reader: Reader) -> None:
    [refusal] = refused(upload(either, reader, ("x\u202e\n" + "y" * 10_000, b"text")))
    assert refusal.file.isprintable() and len(refusal.file) == 120
    assert refusal.file in str(refusal.error)


@pytest.mark.parametrize("failure", [DatabaseUnavailableError, StorageFullError])
def test_a_server_that_fails_twice_ends_the_batch(
    either: Workspace,
    reader: Reader,
    monkeypatch: pytest.MonkeyPatch,
    failure: type[DatabaseUnavailableError],
) -> None:
    monkeypatch.setattr(receive_files, "RETRY_SECONDS", 0.0)
    begin, begun = UnitOfWork.__enter__, 0

    def fail(work: UnitOfWork) -> UnitOfWork:
        nonlocal begun
        begun += 1
        if begun > 2:
            raise failure()
        return begin(work)

    files = [(f"{number}.dcm", small_film(number)) for number in range(5)]
    cd = zipped(*((f"IM{number}", small_film(9 + number)) for number in range(3)))
    files.insert(2, ("cd.zip", cd))
    with monkeypatch.context() as patch:
        patch.setattr(UnitOfWork, "__enter__", fail)
        outcomes = upload(either, reader, *files)
    assert begun == 4 and len(received(outcomes)) == 2
    assert [(item.file, type(item.error)) for item in refused(outcomes)] == [
        (name, failure) for name in ("cd.zip: IM0", "cd.zip", "2.dcm", "3.dcm", "4.dcm")
    ]
    assert len(received(upload(either, reader, *files))) == 8


def test_a_failure_that_passes_is_nobodys_trouble(
    either: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive_files, "RETRY_SECONDS", 0.0)
    begin, begun = UnitOfWork.__enter__, 0

    def fail(work: UnitOfWork) -> UnitOfWork:
        nonlocal begun
        begun += 1
        if begun == 1:
            raise DatabaseUnavailableError()
        return begin(work)

    monkeypatch.setattr(UnitOfWork, "__enter__", fail)
    assert len(received(upload(either, reader, ("x.dcm", small_film())))) == 1


# --- what the sender says -----------------------------------------------------------------------


def test_plain_images_of_one_study_are_gathered(either: Workspace, reader: Reader) -> None:
    files = [("pa.png", picture(1)), ("lat.png", picture(2)), ("other.dcm", small_film(3))]
    outcomes = received(upload(either, reader, *files, study_uid=new_study_uid()))
    assert outcomes[0].study_id == outcomes[1].study_id != outcomes[2].study_id
    again = received(upload(either, reader, *files[:2], study_uid=new_study_uid()))
    assert [item.duplicate for item in again] == [True, True]
    assert {item.study_id for item in again} == {outcomes[0].study_id}


def test_the_sender_names_the_patient_of_a_plain_image(either: Workspace, reader: Reader) -> None:
    said = {"patient_id": "P-9", "patient_name": "Roe, Mary", "birth_date": date(1980, 2, 3)}
    [plain] = received(upload(either, reader, ("a.png", picture()), sex="F", **said))
    with either.look() as look:
        study = look.studies.get(plain.study_id)
    assert (study.patient.name, study.patient.sex) == ("Roe^Mary", "F")
    assert study.patient.birth_date == date(1980, 2, 3) and study.open_fields == PATIENT_FIELDS
    assert not study.instances[0].projection_from_file


def test_a_sender_who_contradicts_the_file_fills_nothing(either: Workspace, reader: Reader) -> None:
    content = small_film(PatientBirthDate=None, PatientSex=None)
    [kept] = received(
        upload(either, reader, ("a", content), patient_name="Roe, Mary", sex="M",
               birth_date=date(1980, 2, 3))
    )  # fmt: skip
    with either.look() as look:
        patient = look.studies.get(kept.study_id).patient
        assert not look.studies.get(kept.study_id).patient_stated
    assert (patient.name, patient.birth_date, patient.sex) == ("DOE^JANE", None, "")


def test_one_picture_is_never_of_two_patients(either: Workspace, reader: Reader) -> None:
    upload(either, reader, ("a.png", picture()), patient_name="Roe, Mary")
    [refusal] = refused(upload(either, reader, ("a.png", picture()), patient_name="Doe, Jane"))
    assert isinstance(refusal.error, ConflictingPatientError)


def test_a_patient_who_cannot_be_kept_is_said(either: Workspace, reader: Reader) -> None:
    with pytest.raises(InvalidPatientError):
        receive_file(either, "a.png", picture(), reader=reader, context=IntakeContext(sex="female"))
    assert worklist(either).page.total == 0


# --- many at once -------------------------------------------------------------------------------


def test_clients_who_send_the_films_of_one_study_at_once_all_get_an_answer(
    either: Workspace, reader: Reader
) -> None:
    study = generate_uid()
    films = [small_film(number, StudyInstanceUID=study) for number in range(3)]
    files = [(f"{number}.dcm", film) for number, film in enumerate(films)] * 3
    with ThreadPoolExecutor(9) as clients:
        outcomes = [
            item
            for found in clients.map(lambda file: upload(either, reader, file), files)
            for item in found
        ]
    assert refused(outcomes) == []
    assert sum(not item.duplicate for item in received(outcomes)) == 3
    assert len({item.instance_id for item in received(outcomes)}) == 3
    assert worklist(either).page.total == 1


SENDING = """
import io, sys
from core.settings import load_settings
from dashboard.services.receive_files import receive_upload
from dashboard.workspace import open_workspace
place = open_workspace(load_settings())
content = open(sys.argv[1], "rb").read()
place.decoder.decode("warm", content)
sys.stdout.write("ready\\n"); sys.stdout.flush()
sys.stdin.readline()
for outcome in receive_upload(place, "a.zip", io.BytesIO(content), reader=place.reader()):
    sys.stdout.write(f"{outcome.instance_id} {outcome.duplicate}\\n")
place.decoder.close()
"""


def test_two_processes_that_send_one_film_at_once_store_it_once(
    either: Workspace, reader: Reader, tmp_path: Path
) -> None:
    film = tmp_path / "film.dcm"
    film.write_bytes(small_film())
    command = [sys.executable, "-c", SENDING, str(film)]
    senders = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for sender in senders:
        assert sender.stdout is not None and sender.stdout.readline() == "ready\n"
    for sender in senders:
        assert sender.stdin is not None
        sender.stdin.write("go\n")
        sender.stdin.flush()
    answers = [sender.communicate(timeout=60)[0].split() for sender in senders]
    assert answers[0][0] == answers[1][0]
    assert sorted(answer[1] for answer in answers) == ["False", "True"]
    assert worklist(either).page.total == 1


# --- API ----------------------------------------------------------------------------------------


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
