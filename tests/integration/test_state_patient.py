"""Whose films these are, said by the reader where no file says it; never against a file."""

from __future__ import annotations

import datetime as dt

import pytest
from fastapi.testclient import TestClient

from core.domain.errors import IdentityFromFileError, InvalidPatientError, ReportSignedError
from core.domain.job import JobState
from core.domain.reader import Reader
from core.domain.study import Patient, Projection
from dashboard.services.edit_report import open_review
from dashboard.services.receive_study import receive_file
from dashboard.services.sign_report import sign
from dashboard.services.state_patient import state_patient, stated_patient
from dashboard.services.verify_chain import verify_chain
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from tests.factories import dicom_bytes, film_pixels, image_bytes
from tests.integration.conftest import draft_next, send
from tests.integration.test_report_life_cycle import write_and_sign


def plain_study(place: Workspace, reader: Reader) -> int:
    content = image_bytes((film_pixels() >> 4).astype("uint8"))
    return receive_file(place, "film.png", content, reader=reader).study_id


def test_a_plain_film_gets_its_patient_and_is_found_by_it(
    either: Workspace, reader: Reader
) -> None:
    study_id = plain_study(either, reader)
    before = open_review(either, study_id)
    assert not before.study.patient_from_file
    assert [film.projection_from_file for film in before.study.instances] == [False]
    patient = stated_patient("P-7", "Kumar, Asha", dt.date(1980, 2, 1), "F")
    film = before.study.instances[0].id
    state_patient(
        either, study_id, reader=reader, patient=patient, projections={film: Projection.AP}
    )
    after = open_review(either, study_id)
    assert after.study.patient == Patient("P-7", "Kumar^Asha", dt.date(1980, 2, 1), "F")
    assert after.study.instances[0].projection is Projection.AP
    assert after.report.sections.technique == "Frontal chest radiograph, AP projection."
    assert after.report.version > before.report.version
    found = worklist(either, query="asha kumar").page
    assert [item.study.id for item in found.items] == [study_id]
    assert found.items[0].projections == "AP"


def test_another_projection_is_drafted_again(either: Workspace, reader: Reader) -> None:
    study_id = plain_study(either, reader)
    draft_next(either)
    first = open_review(either, study_id)
    film = first.study.instances[0].id
    state_patient(either, study_id, reader=reader, projections={film: Projection.PA})
    job = open_review(either, study_id).job
    assert job is not None and job.state is JobState.QUEUED
    assert first.job is not None and job.id != first.job.id


def test_a_name_alone_is_not_drafted_again(either: Workspace, reader: Reader) -> None:
    study_id = plain_study(either, reader)
    draft_next(either)
    state_patient(either, study_id, reader=reader, patient=stated_patient("1", "Doe"))
    job = open_review(either, study_id).job
    assert job is not None and job.state is JobState.DONE


def test_a_header_is_never_overruled(either: Workspace, reader: Reader) -> None:
    study_id = receive_file(either, "film.dcm", dicom_bytes(), reader=reader).study_id
    study = open_review(either, study_id).study
    with pytest.raises(IdentityFromFileError):
        state_patient(either, study_id, reader=reader, patient=Patient("other"))
    with pytest.raises(IdentityFromFileError):
        film = study.instances[0].id
        state_patient(either, study_id, reader=reader, projections={film: Projection.AP})
    assert open_review(either, study_id).study == study


def test_a_signed_study_keeps_its_patient(either: Workspace, reader: Reader) -> None:
    study_id = plain_study(either, reader)
    draft_next(either)
    state_patient(either, study_id, reader=reader, patient=stated_patient("1", "Doe"))
    write_and_sign(either, study_id, reader)
    with pytest.raises(ReportSignedError):
        state_patient(either, study_id, reader=reader, patient=stated_patient("2", "Roe"))
    assert verify_chain(either)


def test_what_was_approved_under_another_name_is_not_signed(
    either: Workspace, reader: Reader
) -> None:
    from core.domain.errors import StaleReportError

    study_id = plain_study(either, reader)
    draft_next(either)
    approved = open_review(either, study_id).report.version
    state_patient(either, study_id, reader=reader, patient=stated_patient("2", "Roe"))
    with pytest.raises(StaleReportError):
        sign(either, study_id, version=approved, reader=reader)


@pytest.mark.parametrize(
    ("patient_id", "name", "birth_date", "sex"),
    [
        ("x" * 65, "", None, ""),
        ("", "x" * 201, None, ""),
        ("", "evil\u202eeman", None, ""),
        ("1\n2", "", None, ""),
        ("", "", dt.date(1750, 1, 1), ""),
        ("", "", dt.date.today() + dt.timedelta(days=1), ""),
        ("", "", None, "female"),
    ],
)
def test_what_no_patient_can_be_called_is_refused(
    patient_id: str, name: str, birth_date: dt.date | None, sex: str
) -> None:
    with pytest.raises(InvalidPatientError):
        stated_patient(patient_id, name, birth_date, sex)


def test_joiners_of_indic_and_arabic_names_stay() -> None:
    assert stated_patient(name="ക്\u200dഷ, மீனா").name == "ക്\u200dഷ^மீனா"


def test_the_api_states_a_patient_and_refuses_against_a_header(
    client: TestClient, place: Workspace
) -> None:
    plain = image_bytes((film_pixels() >> 4).astype("uint8"))
    number = send(client, ("film.png", plain)).json()["studies"][0]["id"]
    body = {"patient_id": "P-7", "name": "Kumar, Asha", "sex": "F"}
    said = client.put(f"/studies/{number}/patient", json=body | {"projections": {"1": "PA"}})
    assert said.status_code == 200, said.text
    assert said.json()["patient"]["name"] == "Kumar^Asha"
    assert said.json()["series"][0]["instances"][0]["projection"] == "PA"
    assert client.put(f"/studies/{number}/patient", json={"sex": "X"}).status_code == 422
    named = send(client, ("film.dcm", dicom_bytes())).json()["studies"][0]["id"]
    refused = client.put(f"/studies/{named}/patient", json=body)
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "identity_from_file"
