"""Intake into the real databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from pydicom.uid import generate_uid

from core.domain.errors import ConflictingInstanceError, ConflictingPatientError, NotAnImageError
from core.domain.reader import Reader
from core.domain.study import Projection, StudyStatus
from dashboard.services.receive_study import IntakeContext, receive_file
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from tests.factories import dicom_bytes, film_pixels, image_bytes
from tests.integration.conftest import take_in


def test_a_film_becomes_a_study_with_a_report_and_a_job(either: Workspace, reader: Reader) -> None:
    received = take_in(either, reader)
    with either.look() as look:
        study = look.studies.get(received.study_id)
        report = look.reports.get(received.study_id)
        job = look.jobs.latest(received.study_id)
    assert study.patient.patient_id == "4711" and study.status is StudyStatus.WAITING
    assert study.age == 69 and study.instances[0].projection is Projection.PA
    assert report.sections.indication == "Cough." and not report.typed
    assert report.sections.technique == "Frontal chest radiograph, PA projection."
    assert job is not None and job.model == "fake"
    assert either.blobs.sound(study.instances[0].blob_digest)


def test_the_same_file_twice_is_one_instance(either: Workspace, reader: Reader) -> None:
    content = dicom_bytes()
    first = receive_file(either, "a.dcm", content, reader=reader)
    second = receive_file(either, "b.dcm", content, reader=reader)
    assert (first.duplicate, second.duplicate) == (False, True)
    assert first.instance_id == second.instance_id


def test_the_same_file_from_many_clients_at_once_is_one_instance(
    either: Workspace, reader: Reader
) -> None:
    content = dicom_bytes()
    with ThreadPoolExecutor(6) as clients:
        results = list(
            clients.map(lambda _: receive_file(either, "a.dcm", content, reader=reader), range(6))
        )
    assert len({result.instance_id for result in results}) == 1
    assert sum(not result.duplicate for result in results) == 1
    assert worklist(either).page.total == 1


def test_one_identifier_with_other_pixels_is_refused(either: Workspace, reader: Reader) -> None:
    uid = generate_uid()
    take_in(either, reader, SOPInstanceUID=uid)
    with pytest.raises(ConflictingInstanceError):
        take_in(either, reader, SOPInstanceUID=uid, pixels=film_pixels(seed=9))


def test_a_study_never_gets_another_patient(either: Workspace, reader: Reader) -> None:
    uid = generate_uid()
    take_in(either, reader, StudyInstanceUID=uid)
    with pytest.raises(ConflictingPatientError):
        take_in(either, reader, StudyInstanceUID=uid, PatientID="other")
    assert worklist(either).page.total == 1


@pytest.mark.parametrize(
    "other",
    [
        {"PatientID": "other"},
        {"StudyInstanceUID": "1.2.3.9"},
        {"PatientID": None, "PatientName": "ROE^RICHARD"},
        {"PatientID": None, "PatientBirthDate": "19990101"},
    ],
)
def test_the_same_film_under_another_identity_is_no_duplicate(
    either: Workspace, reader: Reader, other: dict[str, str | None]
) -> None:
    uids = {"SOPInstanceUID": "1.2.3.1", "StudyInstanceUID": "1.2.3.2"}
    take_in(either, reader, **uids)
    with pytest.raises(ConflictingPatientError):
        take_in(either, reader, **(uids | other))


def test_two_views_are_one_study_and_ask_for_a_new_draft(either: Workspace, reader: Reader) -> None:
    uid = generate_uid()
    first = take_in(either, reader, StudyInstanceUID=uid)
    with either.look() as look:
        before = look.jobs.latest(first.study_id)
    second = take_in(
        either, reader, StudyInstanceUID=uid, ViewPosition="LL", pixels=film_pixels(seed=1)
    )
    with either.look() as look:
        after = look.jobs.latest(first.study_id)
        report = look.reports.get(first.study_id)
    assert first.study_id == second.study_id
    assert before is not None and after is not None and before.key != after.key
    assert "lateral" in report.sections.technique


def test_a_refused_file_leaves_nothing(either: Workspace, reader: Reader) -> None:
    with pytest.raises(NotAnImageError):
        receive_file(either, "x.txt", b"text", reader=reader)
    assert worklist(either).page.total == 0
    assert not either.blobs.folder.exists() or not any(either.blobs.folder.rglob("*"))


def test_the_sender_fills_gaps_and_never_overrules_the_header(
    either: Workspace, reader: Reader
) -> None:
    context = IntakeContext("Fever.", Projection.AP, "P-9")
    content = image_bytes((film_pixels() // 16).astype("uint8"))
    plain = receive_file(either, "a.png", content, reader=reader, context=context)
    dicom = receive_file(either, "b.dcm", dicom_bytes(), reader=reader, context=context)
    with either.look() as look:
        filled = look.studies.get(plain.study_id)
        kept = look.studies.get(dicom.study_id)
    assert filled.instances[0].projection is Projection.AP
    assert (filled.patient.patient_id, filled.indication) == ("P-9", "Fever.")
    assert kept.instances[0].projection is Projection.PA
    assert (kept.patient.patient_id, kept.indication) == ("4711", "Cough.")


@pytest.mark.parametrize(
    ("query", "found"),
    [("doe", 1), ("DOE jane", 1), ("20-118", 1), ("cough", 1), ("4711", 1), ("roe", 0), ("%", 0),
     ("முருகன்", 1), ("_", 0)],
)  # fmt: skip
def test_search_finds_words_in_any_order_and_no_wildcards(
    either: Workspace, reader: Reader, query: str, found: int
) -> None:
    take_in(either, reader)
    tamil = {
        "PatientName": "முருகன்^கோ",
        "PatientID": "2",
        "AccessionNumber": "",
        "ReasonForStudy": "",
    }
    take_in(either, reader, **tamil)
    assert worklist(either, query=query).page.total == found


def test_pages_are_newest_first_and_complete(either: Workspace, reader: Reader) -> None:
    numbers = [take_in(either, reader, PatientID=str(n)).study_id for n in range(5)]
    pages = [worklist(either, page=page, size=2).page for page in (1, 2, 3, 9)]
    listed = [item.study.id for page in pages[:3] for item in page.items]
    assert listed == numbers[::-1] and pages[0].total == 5
    assert [item.study.id for item in pages[3].items] == [numbers[0]]
    assert worklist(either).counts[StudyStatus.WAITING] == 5
