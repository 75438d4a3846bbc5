"""Whose films these are, said by the reader where no file says it; never against a file."""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from pydicom.dataset import Dataset

from core.domain.errors import (
    IdentityFromFileError,
    InvalidPatientError,
    ReportSignedError,
    StalePatientError,
    StatedPatientError,
)
from core.domain.job import JobState
from core.domain.reader import Reader
from core.domain.study import Patient, Projection
from dashboard.services.edit_report import open_review
from dashboard.services.receive_study import IntakeContext, receive_file
from dashboard.services.sign_report import sign
from dashboard.services.state_patient import state_patient, stated_patient
from dashboard.services.verify_chain import verify_chain
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from tests.factories import dicom_bytes, dicom_dataset, film_pixels, image_bytes
from tests.integration.conftest import draft_next, send
from tests.integration.test_report_life_cycle import write_and_sign


def plain_study(place: Workspace, reader: Reader) -> int:
    content = image_bytes((film_pixels() >> 4).astype("uint8"))
    return receive_file(place, "film.png", content, reader=reader).study_id


def written(dataset: Dataset) -> bytes:
    target = io.BytesIO()
    dataset.save_as(target, enforce_file_format=True)
    return target.getvalue()


def test_a_plain_film_gets_its_patient_and_is_found_by_it(
    either: Workspace, reader: Reader
) -> None:
    study_id = plain_study(either, reader)
    before = open_review(either, study_id)
    assert set(before.study.open_fields) == {"patient_id", "name", "birth_date", "sex"}
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


def test_a_later_file_names_the_patient_and_closes_the_question(
    either: Workspace, reader: Reader
) -> None:
    nameless = dicom_dataset(film_pixels(seed=1), PatientName=None, PatientID=None, PatientSex="F")
    study_id = receive_file(either, "1.dcm", written(nameless), reader=reader).study_id
    named = dicom_bytes(film_pixels(seed=2), StudyInstanceUID=nameless.StudyInstanceUID)
    assert receive_file(either, "2.dcm", named, reader=reader).study_id == study_id
    study = open_review(either, study_id).study
    assert (study.patient.name, study.patient.patient_id) == ("DOE^JANE", "4711")
    assert study.open_fields == ()
    with pytest.raises(IdentityFromFileError):
        state_patient(either, study_id, reader=reader, patient=stated_patient("9", "Smith, Bob"))


def test_a_file_that_contradicts_what_was_stated_says_where_to_correct_it(
    either: Workspace, reader: Reader
) -> None:
    nameless = dicom_dataset(film_pixels(seed=1), PatientName=None, PatientID=None)
    study_id = receive_file(either, "1.dcm", written(nameless), reader=reader).study_id
    before = open_review(either, study_id).study.patient
    typo = replace(before, name="Dow^Jane")
    state_patient(either, study_id, reader=reader, patient=typo, seen=before)
    named = dicom_bytes(film_pixels(seed=2), StudyInstanceUID=nameless.StudyInstanceUID)
    with pytest.raises(StatedPatientError):
        receive_file(either, "2.dcm", named, reader=reader)
    right = replace(before, name="DOE^JANE")
    state_patient(either, study_id, reader=reader, patient=right, seen=typo)
    receive_file(either, "2.dcm", named, reader=reader)
    assert open_review(either, study_id).study.patient_stated == frozenset()


def test_a_stale_form_erases_nothing(either: Workspace, reader: Reader) -> None:
    study_id = plain_study(either, reader)
    drawn = open_review(either, study_id).study.patient
    state_patient(either, study_id, reader=reader, patient=stated_patient("9", "Smith, Bob"))
    with pytest.raises(StalePatientError):
        state_patient(either, study_id, reader=reader, patient=drawn, seen=drawn)
    assert open_review(either, study_id).study.patient.name == "Smith^Bob"


def test_what_is_said_of_a_film_that_is_there_is_kept(either: Workspace, reader: Reader) -> None:
    study_id = plain_study(either, reader)
    content = image_bytes((film_pixels() >> 4).astype("uint8"))
    context = IntakeContext(patient_id="P-7", projection=Projection.PA)
    again = receive_file(either, "film.png", content, reader=reader, context=context)
    assert again.duplicate and again.study_id == study_id
    study = open_review(either, study_id).study
    assert study.patient.patient_id == "P-7" and study.patient_stated == {"patient_id"}
    assert study.instances[0].projection is Projection.PA


def test_the_signed_content_says_what_a_person_stated(either: Workspace, reader: Reader) -> None:
    study_id = plain_study(either, reader)
    draft_next(either)
    state_patient(either, study_id, reader=reader, patient=stated_patient("9", "Smith, Bob"))
    write_and_sign(either, study_id, reader)
    with either.look() as look:
        [link] = look.signed.links()
    assert json.loads(link.content)["identity"]["stated"] == "name, patient_id"
    assert verify_chain(either) == 1


def test_a_context_with_a_nul_is_refused_before_any_file() -> None:
    with pytest.raises(InvalidPatientError):
        IntakeContext(indication="cough\x00")


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
