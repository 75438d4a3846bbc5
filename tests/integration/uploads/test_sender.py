"""What the sender of an upload says of its patient and its study."""

from __future__ import annotations

from datetime import date

import pytest

from core.domain.errors import ConflictingPatientError, InvalidPatientError
from core.domain.reader import Reader
from core.domain.study import PATIENT_FIELDS
from dashboard.services.receive_study import IntakeContext, new_study_uid, receive_file
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from tests.integration.small_films import picture, small_film
from tests.integration.uploads.conftest import received, refused, upload


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
