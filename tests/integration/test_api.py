"""The REST API as the contract has it: what it answers when all goes well."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from core.domain.job import JobState
from dashboard.workspace import Workspace
from tests.factories import dicom_bytes, film_pixels
from tests.integration.conftest import draft_next, send

ROOT = Path(__file__).resolve().parents[2]
TEXT = {
    "indication": "Cough.",
    "comparison": "",
    "technique": "",
    "findings": "The lungs are clear.",
    "impression": "Normal chest.",
}


def reasons(client: TestClient, study: int, version: int) -> list[dict[str, str]]:
    answer = client.post(f"/studies/{study}/sign", json={"version": version})
    assert answer.status_code == 422
    return [
        {"check": check["id"], "action": "override", "reason": "Seen."}
        for check in answer.json()["error"]["checks"]
    ]


def test_intake_answers_per_study_and_refuses_by_file(client: TestClient) -> None:
    content = dicom_bytes()
    answer = send(client, ("a.dcm", content), ("b.txt", b"text"), ("c.dcm", content))
    assert answer.status_code == 201
    [study] = answer.json()["studies"]
    assert study["instances"] == [1, 1] and not study["duplicate"]
    [refused] = answer.json()["rejected"]
    assert refused["file"] == "b.txt" and refused["code"] == "not_an_image"
    again = send(client, ("a.dcm", content)).json()["studies"][0]
    assert again["duplicate"] and again["id"] == study["id"]


def test_intake_of_nothing_good_is_422_in_the_error_shape(client: TestClient) -> None:
    answer = send(client, ("b.txt", b"text"))
    assert answer.status_code == 422
    assert answer.json()["rejected"][0]["file"] == "b.txt"
    assert set(answer.json()["error"]) == {"code", "message", "remedy"}


def test_a_broken_file_in_the_middle_stops_nothing(client: TestClient) -> None:
    broken = dicom_bytes(RescaleIntercept="0", RescaleSlope="1\\2")
    other = dicom_bytes(film_pixels(seed=4))
    answer = send(client, ("a.dcm", dicom_bytes()), ("b.dcm", broken), ("c.dcm", other))
    assert answer.status_code == 201 and len(answer.json()["studies"]) == 2
    [refused] = answer.json()["rejected"]
    assert refused["file"] == "b.dcm" and refused["remedy"]


def test_pixels_and_maps_are_asked_for_again_and_answered_briefly(
    client: TestClient, study: int
) -> None:
    draft = client.get(f"/studies/{study}/draft").json()
    evidence = next(item["evidence"] for item in draft["findings"] if item["evidence"])
    for path in ("/instances/1/pixels", evidence.removeprefix("/api/v1")):
        first = client.get(path)
        assert first.headers["cache-control"] == "private, no-cache"
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304 and not again.content


def test_the_worklist_and_one_study(client: TestClient, study: int) -> None:
    page = client.get("/studies", params={"status": "", "query": "doe"}).json()
    assert (page["total"], page["page"]) == (1, 1)
    assert page["items"][0]["top_finding"]["certainty"] in ("present", "uncertain")
    one = client.get(f"/studies/{study}").json()
    assert one["patient"] == {
        "id": "4711", "name": "DOE^JANE", "birth_date": "1957-03-05", "sex": "F", "age": 69,
    }  # fmt: skip
    assert one["series"][0]["instances"][0]["projection"] == "PA"


def test_pixels_are_16_bit_little_endian_and_private(client: TestClient, study: int) -> None:
    answer = client.get("/instances/1/pixels")
    assert "private" in answer.headers["cache-control"]
    pixels = np.frombuffer(answer.content, "<u2").reshape(96, 80)
    assert np.array_equal(pixels, film_pixels())
    raw = client.get("/instances/1/pixels", headers={"Accept-Encoding": "identity"})
    assert raw.headers.get("content-encoding") is None
    assert raw.content == answer.content == gzip.decompress(gzip.compress(pixels.tobytes()))


def test_a_draft_runs_once_and_is_answered_in_full(client: TestClient, place: Workspace) -> None:
    study = send(client, ("a.dcm", dicom_bytes())).json()["studies"][0]["id"]
    waiting = client.get(f"/studies/{study}/draft")
    assert waiting.status_code == 202 and waiting.json()["job"]["state"] == "queued"
    asked = [client.post(f"/studies/{study}/draft").json()["job"]["id"] for _ in range(3)]
    assert set(asked) == {waiting.json()["job"]["id"]}
    draft_next(place)
    draft = client.get(f"/studies/{study}/draft").json()
    assert draft["model"]["name"] == "fake" and draft["seconds"] > 0
    names = [finding["name"] for finding in draft["findings"]]
    assert len(names) == len(set(names)) > 5
    first = next(finding for finding in draft["findings"] if finding["evidence"])
    assert set(first) == {
        "name", "laterality", "zone", "score", "probability", "operating_point", "certainty",
        "drafted", "evidence",
    }  # fmt: skip
    for sentence in draft["sentences"]:
        assert sentence["text"] in draft["sections"][sentence["section"]]
    assert "not for diagnosis" in draft["notice"]


def test_evidence_has_the_film_s_geometry(client: TestClient, study: int) -> None:
    draft = client.get(f"/studies/{study}/draft").json()
    path = next(item["evidence"] for item in draft["findings"] if item["evidence"])
    answer = client.get(path.removeprefix("/api/v1"))
    grey = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert grey.shape == (96, 80) and grey.dtype == np.uint8 and grey.max() > 200


def test_a_failed_draft_is_503_with_the_reason_and_can_be_asked_again(
    client: TestClient, place: Workspace
) -> None:
    study = send(client, ("a.dcm", dicom_bytes())).json()["studies"][0]["id"]
    with place.work() as work:
        job = work.jobs.latest(study)
        assert job is not None
        work.jobs.finish(
            job.id, JobState.FAILED, error_code="draft_failed", error_reason="no memory"
        )
    answer = client.get(f"/studies/{study}/draft")
    assert answer.status_code == 503 and "no memory" in answer.json()["error"]["message"]
    assert client.post(f"/studies/{study}/draft").json()["job"]["state"] == "queued"


def test_a_lateral_film_alone_is_drafted_with_a_warning_and_no_findings(
    client: TestClient, place: Workspace
) -> None:
    study = send(client, ("a.dcm", dicom_bytes(ViewPosition="LL"))).json()["studies"][0]["id"]
    draft_next(place)
    draft = client.get(f"/studies/{study}/draft")
    assert draft.status_code == 200 and draft.json()["findings"] == []
    assert [item["code"] for item in draft.json()["warnings"]] == ["not_a_frontal_chest_film"]


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ({"BodyPartExamined": "HAND"}, "not_a_frontal_chest_film"),
        ({"PatientBirthDate": "20200101"}, "under_16"),
    ],
)
def test_hands_and_children_get_no_draft(
    client: TestClient, place: Workspace, tags: dict[str, str], code: str
) -> None:
    study = send(client, ("a.dcm", dicom_bytes(**tags))).json()["studies"][0]["id"]
    draft_next(place)
    draft = client.get(f"/studies/{study}/draft").json()
    assert draft["findings"] == [] and draft["sections"]["findings"] == ""
    assert [item["code"] for item in draft["warnings"]] == [code]


def test_the_report_counts_versions_and_shows_conflicts(client: TestClient, study: int) -> None:
    path = f"/studies/{study}/report"
    version = client.get(path).json()["version"]
    saved = client.put(path, json={"sections": TEXT, "version": version})
    assert saved.status_code == 200 and saved.json()["version"] == version + 1
    other = TEXT | {"impression": "Other."}
    conflict = client.put(path, json={"sections": other, "version": version})
    assert conflict.status_code == 409
    error = conflict.json()["error"]
    assert error["code"] == "stale_report" and error["version"] == version + 1
    assert error["yours"]["impression"] == "Other."
    assert error["theirs"]["impression"] == "Normal chest."


def test_sign_addendum_pdf_ledger(client: TestClient, study: int) -> None:
    path = f"/studies/{study}/report"
    draft_pdf = PdfReader(io.BytesIO(client.get(f"{path}.pdf").content))
    assert "DRAFT" in draft_pdf.pages[0].extract_text()
    version = client.get(path).json()["version"]
    version = client.put(path, json={"sections": TEXT, "version": version}).json()["version"]
    body = {"version": version, "resolutions": reasons(client, study, version)}
    signed = client.post(f"/studies/{study}/sign", json=body)
    assert signed.status_code == 200
    assert {"number", "status", "signed_by", "digest", "previous_digest"} <= set(signed.json())
    assert client.put(path, json={"sections": TEXT, "version": version}).status_code == 409
    added = client.post(f"/studies/{study}/addenda", json={"text": "Late note."})
    assert added.status_code == 201
    assert added.json()["previous_digest"] == signed.json()["digest"]
    words = PdfReader(io.BytesIO(client.get(f"{path}.pdf").content)).pages[0].extract_text()
    assert "The lungs are clear." in words and "Late note." in words
    assert "DRAFT" not in words and "score" not in words.lower()
    ledger = client.get("/ledger").json()
    assert ledger["total"] == len(ledger["items"]) > 0
    lines = client.get("/ledger", params={"format": "jsonl"}).text.splitlines()
    assert len(lines) == ledger["total"]
    assert client.get("/ledger", params={"format": "csv"}).text.startswith("study_id,")


def test_an_addendum_wants_a_signed_report(client: TestClient, study: int) -> None:
    answer = client.post(f"/studies/{study}/addenda", json={"text": "x"})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "report_not_signed"
