"""Intake, typing, signing and the interface without room."""

from __future__ import annotations

from fastapi.testclient import TestClient

from core.domain.reader import Reader
from dashboard.api.application import api
from dashboard.guard import LoopbackGuard
from dashboard.services.addendum import add_addendum
from dashboard.services.edit_report import mark_opened, open_review, save_report
from dashboard.services.receive_study import receive_file
from dashboard.services.sign_report import sign
from dashboard.services.verify_chain import verify_chain
from dashboard.workspace import Workspace
from tests.factories import dicom_bytes
from tests.integration.conftest import take_in
from tests.integration.disk_full.conftest import Attempt, Disk, empty_log, rows
from tests.integration.test_report_life_cycle import TEXT, override_all


def test_intake(there: Workspace, reader: Reader, refused_then_done: Attempt) -> None:
    content = dicom_bytes()
    refused_then_done(lambda: receive_file(there, "film.dcm", content, reader=reader))
    assert rows(there)["instances"] == 1


def test_typing(there: Workspace, reader: Reader, refused_then_done: Attempt) -> None:
    study_id = take_in(there, reader).study_id
    version = open_review(there, study_id).report.version
    refused_then_done(lambda: save_report(there, study_id, TEXT, version=version, reader=reader))
    assert open_review(there, study_id).report.sections == TEXT


def test_signing(there: Workspace, reader: Reader, refused_then_done: Attempt) -> None:
    study_id = take_in(there, reader).study_id
    version = open_review(there, study_id).report.version
    version = save_report(there, study_id, TEXT, version=version, reader=reader).version
    reasons = override_all(there, study_id)
    refused_then_done(
        lambda: sign(there, study_id, version=version, reader=reader, resolutions=reasons)
    )
    assert verify_chain(there) == 1 and there.seal.head().sequence == 1
    refused_then_done(lambda: add_addendum(there, study_id, "Late note.", reader=reader))
    assert verify_chain(there) == 2 and there.seal.head().sequence == 2


def test_reading_goes_on(disk: Disk, there: Workspace, reader: Reader) -> None:
    study_id = take_in(there, reader).study_id
    empty_log(there)
    with disk.full():
        review = open_review(there, study_id)
        mark_opened(there, study_id, reader=reader)
        assert there.blobs.get(review.study.instances[0].blob_digest)
    assert review.study.id == study_id


def test_the_interface_says_so(disk: Disk, there: Workspace, reader: Reader) -> None:
    client = TestClient(LoopbackGuard(api), base_url="http://127.0.0.1:8501")
    study_id = take_in(there, reader).study_id
    known = client.get(f"/studies/{study_id}/report").json()
    report = {"sections": known["sections"], "version": known["version"]}
    empty_log(there)
    with disk.full():
        answer = client.put(f"/studies/{study_id}/report", json=report)
        sent = client.post("/studies", files=[("files", ("film.dcm", dicom_bytes()))])
    wanted = (507, "storage_full") if disk.kind == "tmpfs" else (503, "storage_unavailable")
    assert (answer.status_code, answer.json()["error"]["code"]) == wanted
    assert (sent.status_code, sent.json()["error"]["code"]) == (507, "storage_full")
    assert client.put(f"/studies/{study_id}/report", json=report).status_code == 200
