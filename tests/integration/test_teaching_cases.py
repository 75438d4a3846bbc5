"""A signed study becomes a teaching case: without identity, whole or not at all."""

from __future__ import annotations

import io
from dataclasses import replace

import cv2
import numpy as np
import pydicom
import pytest
from pydicom.uid import generate_uid

from core.domain.errors import NotFoundError, StorageFullError
from core.domain.finding import Laterality
from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.teaching import Level, Pace, Reference, Region, TrueFinding
from core.domain.teaching_errors import CaseRefusedError, NotCommittedError
from core.imaging.burned_in import FoundText
from core.imaging.radiograph import decode_pixels
from dashboard.services.addendum import add_addendum
from dashboard.services.teaching import case_film, sessions
from dashboard.services.teaching.case_access import film_of, map_of
from dashboard.services.teaching.case_wish import CaseWish
from dashboard.services.teaching.cases import (
    CaseProposal,
    case_of_study,
    cases,
    deidentified_dicom,
    findings_offered,
    make_case,
    propose_case,
    retire_case,
)
from dashboard.workspace import Workspace
from storage.blobs import BlobStore
from tests.factories import film_pixels
from tests.integration.conftest import draft_next, take_in
from tests.integration.teaching_room import RIGHT, committed, joined, opened
from tests.integration.test_report_life_cycle import write_and_sign
from tests.teaching_cases import made_case

TEXT = Sections(
    indication="Cough.", findings="Right pleural effusion. No pneumothorax. Possible nodule.",
    impression="Right pleural effusion.",
)  # fmt: skip
EFFUSION = TrueFinding("pleural effusion", True, Laterality.RIGHT)
TRIANGLE = ((1.0, 1.0), (20.0, 1.0), (20.0, 30.0))
BURNED = FoundText((10, 12, 30, 6), "DOE JANE", 0.9, False)
MARKER = FoundText((60, 5, 6, 6), "L", 0.9, True)


@pytest.fixture(autouse=True)
def letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text stands where pixels are at their highest, instead of a reader that takes seconds."""

    def find(pixels: np.ndarray, *_: object, **__: object) -> tuple[FoundText, ...]:
        x, y, width, height = BURNED.box
        return (MARKER, BURNED) if (pixels[y : y + height, x : x + width] == 4095).any() else ()

    monkeypatch.setattr(case_film, "find_text", find)
    case_film._found.clear()


@pytest.fixture
def signed(place: Workspace, reader: Reader) -> int:
    """A drafted and signed study of a film without text in it."""
    study = take_in(place, reader, PatientID="PAT-4711-X").study_id
    draft_next(place)
    write_and_sign(place, study, reader, TEXT)
    return study


@pytest.fixture
def named(place: Workspace, reader: Reader) -> int:
    """A signed study whose film has the patient's name burned into it."""
    pixels = film_pixels()
    x, y, width, height = BURNED.box
    pixels[y : y + height, x : x + width] = 4095
    study = take_in(place, reader, pixels=pixels).study_id
    write_and_sign(place, study, reader, TEXT)
    return study


def wish_of(proposal: CaseProposal, **changes: object) -> CaseWish:
    values = {
        "title": "Effusion", "level": Level.BASIC, "reference": Reference.CT,
        "reference_note": "CT on the same day.", "findings": (EFFUSION,),
        "regions": (Region("pleural effusion", TRIANGLE),), "masked": (),
        "history": proposal.history, "learning_points": "", "report": proposal.report,
    }  # fmt: skip
    return CaseWish(**{**values, **changes})  # type: ignore[arg-type]


def test_a_signed_study_is_proposed_with_what_it_says(place: Workspace, signed: int) -> None:
    proposal = propose_case(place, signed)
    assert proposal.reference is Reference.SIGNED and not proposal.reference.firm
    assert set(proposal.findings) == {EFFUSION, TrueFinding("pneumothorax", False)}
    assert proposal.history == "Cough." and proposal.report.indication == ""
    assert proposal.report.findings == TEXT.findings
    assert not proposal.leads and proposal.burned_in == () and proposal.scale == 1.0
    picture = cv2.imdecode(np.frombuffer(proposal.preview, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture.shape == (proposal.film.rows, proposal.film.columns)


def test_an_unsigned_study_and_one_without_a_frontal_film_are_refused(
    place: Workspace, reader: Reader
) -> None:
    study = take_in(place, reader).study_id
    with pytest.raises(CaseRefusedError, match="not signed"):
        propose_case(place, study)
    lateral = take_in(place, reader, ViewPosition="LL", PatientID="1").study_id
    write_and_sign(place, lateral, reader, TEXT)
    with pytest.raises(CaseRefusedError, match="frontal"):
        propose_case(place, lateral)


def test_a_case_holds_all_but_whose_it_is(place: Workspace, signed: int, reader: Reader) -> None:
    case = make_case(place, signed, wish_of(propose_case(place, signed)), reader=reader)
    assert case_of_study(place, signed) == case == cases(place)[0]
    assert case.scored and case.draft is not None and case.draft.findings
    film, encoded = film_of(place, case.film.key, None)
    pixels = decode_pixels(encoded, film.rows, film.columns)
    with place.look() as look:
        source = look.studies.get(signed)
    anew = deidentified_dicom(place, case.id)
    dataset = pydicom.dcmread(io.BytesIO(anew))
    assert np.array_equal(dataset.pixel_array, pixels)
    assert dataset.BurnedInAnnotation == "NO"
    patient = source.patient
    for word in (patient.name, patient.patient_id, source.accession_number,
                 source.study_instance_uid, source.instances[0].sop_instance_uid):  # fmt: skip
        assert word and word.encode() not in anew
        assert word not in repr(replace(case, made_by=""))


def test_text_in_the_film_is_masked_or_the_case_is_refused(
    place: Workspace, named: int, reader: Reader
) -> None:
    proposal = propose_case(place, named)
    assert proposal.burned_in == (MARKER, BURNED)
    with pytest.raises(CaseRefusedError, match="DOE JANE"):
        make_case(place, named, wish_of(proposal), reader=reader)
    assert cases(place) == ()
    case = make_case(place, named, wish_of(proposal, masked=(BURNED.box,)), reader=reader)
    pixels = decode_pixels(place.blobs.get(case.film.pixel_blob_digest), 96, 80)
    assert pixels.max() < 4095
    dataset = pydicom.dcmread(io.BytesIO(deidentified_dicom(place, case.id)))
    assert [code.CodeValue for code in dataset.DeidentificationMethodCodeSequence] == [
        "113100",
        "113101",
    ]
    seen = make_case(place, named, wish_of(proposal, looked=True), reader=reader)
    dataset = pydicom.dcmread(io.BytesIO(deidentified_dicom(place, seen.id)))
    assert dataset.BurnedInAnnotation == "YES"


def test_words_that_name_somebody_are_named_and_refused(place: Workspace, reader: Reader) -> None:
    study = take_in(place, reader).study_id
    text = replace(
        TEXT, indication="Ms Jane Doe coughs.", comparison="Film of 12 March 2024.",
        impression="Effusion. Discussed with Dr. Miller, tel. 0301234567.",
    )  # fmt: skip
    write_and_sign(place, study, reader, text)
    proposal = propose_case(place, study)
    assert set(proposal.leads) == {"history", "comparison", "impression"}
    assert {kind.value for kind in proposal.leads["impression"]} == {"person", "contact"}
    clean = {"history": "Cough.", "report": TEXT}
    for field, words in (
        ("history", "Jane coughs."), ("title", "The case of Doe"), ("learning_points", "ID 4711"),
        ("reference_note", "CT on 3 May 2024"), ("report", text),
    ):  # fmt: skip
        with pytest.raises(CaseRefusedError, match="still names somebody"):
            make_case(place, study, wish_of(proposal, **{**clean, field: words}), reader=reader)
    assert make_case(place, study, wish_of(proposal, **clean), reader=reader).report == TEXT


def test_an_addendum_goes_with_the_report(place: Workspace, signed: int, reader: Reader) -> None:
    add_addendum(place, signed, "The effusion is on the left.", reader=reader)
    assert propose_case(place, signed).report.impression.endswith("on the left.")


CONTRADICTIONS = (
    ({"title": " "}, "no title"),
    ({"title": "x" * 121}, "longer"),
    ({"reference": Reference.PHANTOM}, "phantom"),
    ({"reference_note": ""}, "rests on"),
    ({"findings": (), "regions": ()}, "states no finding"),
    ({"findings": (TrueFinding("pneumonia", True),), "regions": ()}, "not offered"),
    ({"findings": (EFFUSION, EFFUSION)}, "twice"),
    ({"findings": (TrueFinding("edema", True, Laterality.LEFT),), "regions": ()}, "side"),
    ({"regions": (Region("nodule", TRIANGLE),)}, "not present"),
    ({"regions": (Region("pleural effusion", TRIANGLE[:2]),)}, "no area"),
    ({"regions": (Region("pleural effusion", (*TRIANGLE, (81.0, 5.0))),)}, "outside"),
    ({"masked": ((70, 5, 11, 5),)}, "outside"),
    ({"masked": ((1, 1, 0, 4),)}, "outside"),
    ({"learning_points": "a\0b"}, "NUL"),
)


def test_a_wish_that_contradicts_itself_is_refused(
    place: Workspace, signed: int, reader: Reader
) -> None:
    proposal = propose_case(place, signed)
    for changes, reason in CONTRADICTIONS:
        with pytest.raises(CaseRefusedError, match=reason):
            make_case(place, signed, wish_of(proposal, **changes), reader=reader)
    assert cases(place) == ()


def test_a_full_disk_leaves_no_case(
    place: Workspace, signed: int, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = wish_of(propose_case(place, signed))

    def full(*_: object) -> str:
        raise StorageFullError(reason="full")

    monkeypatch.setattr(BlobStore, "put", full)
    with pytest.raises(StorageFullError):
        make_case(place, signed, wish, reader=reader)
    assert cases(place) == ()


def test_of_several_films_one_is_chosen(place: Workspace, reader: Reader) -> None:
    uid = generate_uid()
    for seed in (1, 2):
        study = take_in(place, reader, pixels=film_pixels(seed=seed), StudyInstanceUID=uid).study_id
    write_and_sign(place, study, reader, TEXT)
    first, second = propose_case(place, study).films
    assert propose_case(place, study, film_id=second.id).film == second
    wish = wish_of(propose_case(place, study))
    case = make_case(place, study, wish, reader=reader, film_id=second.id)
    assert case.film.pixel_blob_digest == second.pixel_blob_digest != first.pixel_blob_digest
    with pytest.raises(CaseRefusedError, match="no frontal film"):
        propose_case(place, study, film_id=99)


def test_a_retired_case_is_offered_no_more(place: Workspace, signed: int, reader: Reader) -> None:
    case = make_case(place, signed, wish_of(propose_case(place, signed)), reader=reader)
    retire_case(place, case.id, reader=reader)
    assert cases(place) == () and case_of_study(place, signed) is None
    assert [each.id for each in cases(place, retired=True)] == [case.id]
    retire_case(place, case.id, reader=reader, retired=False)
    assert cases(place) == (case,)


def test_film_and_maps_come_to_whom_they_were_given(place: Workspace, reader: Reader) -> None:
    case, other = made_case(place), made_case(place, seed=5)
    session = opened(place, reader, [case.id])
    (inside,) = joined(place, session, "Mallee")
    (outside,) = joined(place, opened(place, reader, [other.id], cohort="B"), "Ringtail")
    assert case.draft is not None
    map_key = case.draft.maps[0].key
    assert film_of(place, case.film.key, inside)[0] == case.film
    for ask in (film_of, map_of):
        with pytest.raises(NotFoundError):
            ask(place, case.film.key if ask is film_of else map_key, outside)
    with pytest.raises(NotCommittedError):
        map_of(place, map_key, inside)
    committed(place, inside, session, case.id, RIGHT)
    assert map_of(place, map_key, inside).startswith(b"\x89PNG")
    local = sessions.local_trainee(place, reader=place.reader())
    assert film_of(place, other.film.key, local)[0] == other.film


def test_a_map_in_step_stays_shut_until_the_answer_is_opened(
    place: Workspace, reader: Reader
) -> None:
    case = made_case(place)
    session = opened(place, reader, [case.id], pace=Pace.STEP)
    (trainee,) = joined(place, session, "Mallee")
    committed(place, trainee, session, case.id, RIGHT)
    assert case.draft is not None
    with pytest.raises(NotCommittedError):
        map_of(place, case.draft.maps[0].key, trainee)
    sessions.step(place, session.id, position=0, revealed=True, reader=reader)
    assert map_of(place, case.draft.maps[0].key, trainee)


def test_every_case_offers_the_same_findings() -> None:
    offered = findings_offered()
    assert offered["pleural effusion"] and not offered["edema"]
    assert "pneumonia" not in offered and "no finding" not in offered
