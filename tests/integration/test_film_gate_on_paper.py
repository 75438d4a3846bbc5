"""What the sheet of a report says of the gate and of the other limits of its draft."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from core.domain.reader import Reader
from core.reporting.pdf.blocks import moment
from dashboard.services.edit_report import open_review
from dashboard.services.report_document import report_document
from dashboard.services.request_draft import request_draft
from dashboard.workspace import Workspace
from tests.integration.conftest import draft_next, take_in
from tests.integration.gated_films import CHEST, NO_CHEST, Gate, refused_study, state_birth_date
from tests.integration.test_report_life_cycle import write_and_sign
from tests.unit.reporting.pdf.read_back import spoken

DOUBT = "does not look like a frontal chest film"
AGE = "The age of the patient is not known"
TAMIL = Reader(1, "கவிதா <b>குமார்</b>", confirmed=True)


def sheet(place: Workspace, study_id: int) -> str:
    """Text of the PDF with single blanks between words."""
    pages = PdfReader(io.BytesIO(report_document(place, study_id))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def sheet_of_signed(place: Workspace, study_id: int, reader: Reader) -> str:
    write_and_sign(place, study_id, reader)
    return sheet(place, study_id)


def drafted_against_the_gate(place: Workspace, reader: Reader, **tags: str) -> int:
    study_id = refused_study(place, reader, **tags)
    request_draft(place, study_id, reader=reader, override_gate=True)
    draft_next(place, Gate(NO_CHEST))
    return study_id


def test_the_act_behind_a_draft_is_found_again(place: Workspace, reader: Reader) -> None:
    study_id = drafted_against_the_gate(place, reader, PatientAge="", PatientBirthDate="")
    first = open_review(place, study_id)
    assert first.override is not None and first.override.reader == reader.name
    # The patient is stated: another job makes another draft, by the same act.
    state_birth_date(place, study_id, Reader(1, "Dr. Other", confirmed=True))
    draft_next(place, Gate(NO_CHEST))
    again = open_review(place, study_id)
    assert again.draft is not None and first.draft is not None
    assert again.draft.id != first.draft.id and again.override == first.override


def test_a_plain_draft_has_no_act_behind_it(place: Workspace, reader: Reader) -> None:
    study_id = take_in(place, reader).study_id
    draft_next(place, Gate(CHEST))
    assert open_review(place, study_id).override is None


def test_a_draft_prints_its_warnings(place: Workspace, reader: Reader) -> None:
    study_id = take_in(place, reader, PatientAge="", PatientBirthDate="").study_id
    draft_next(place, Gate(CHEST))
    shown = sheet(place, study_id)
    assert AGE in shown and DOUBT not in shown and "Drafted by fake" in shown


def test_a_draft_that_says_nothing_says_why(place: Workspace, reader: Reader) -> None:
    shown = sheet(place, refused_study(place, reader))
    assert DOUBT in shown and "nothing was drafted" in shown
    # And no model drafted it.
    assert "Drafted by" not in shown


def test_a_draft_against_the_gate_says_by_whom_and_when(place: Workspace) -> None:
    study_id = drafted_against_the_gate(place, TAMIL)
    [act] = acts(place, study_id)
    words = f"drafted at a reader's request: {TAMIL.name}, {moment(act.astimezone())}."
    [said] = spoken(report_document(place, study_id))
    assert said.endswith(words)


def test_a_signed_report_keeps_the_gate_and_no_other_warning(
    place: Workspace, reader: Reader
) -> None:
    study_id = drafted_against_the_gate(place, reader, PatientAge="", PatientBirthDate="")
    [act] = acts(place, study_id)
    shown = sheet_of_signed(place, study_id, reader)
    assert AGE not in shown
    words = f"drafted at a reader's request: {reader.name}, {moment(act.astimezone())}."
    assert squeezed(words) in squeezed(shown)
    # It is part of what was signed, whatever becomes of the table.
    with place.work() as work:
        work.session.execute(text("DELETE FROM gate_overrides"))
    assert sheet(place, study_id) == shown


@pytest.mark.parametrize("age", [True, False])
def test_a_signed_report_of_a_plain_draft_says_nothing_of_it(
    place: Workspace, reader: Reader, age: bool
) -> None:
    tags = {} if age else {"PatientAge": "", "PatientBirthDate": ""}
    study_id = take_in(place, reader, **tags).study_id
    draft_next(place, Gate(CHEST))
    shown = sheet_of_signed(place, study_id, reader)
    assert DOUBT not in shown and AGE not in shown and "edited and signed" in shown


def acts(place: Workspace, study_id: int) -> list[dt.datetime]:
    with place.look() as look:
        return [act.at for act in look.overrides.of_study(study_id)]


def squeezed(words: str) -> str:
    return "".join(words.split())
