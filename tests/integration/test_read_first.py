"""Read first: what hides a draft, what reveals it, and what must not give it away."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from core.domain.errors import DraftHiddenError, ReportSignedError
from core.domain.reader import Reader
from core.domain.report import Sections
from dashboard.services.edit_report import mark_opened, open_review, save_report
from dashboard.services.read_first import open_bare, require_shown, reveal
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_readings import readings
from tests.integration.test_report_life_cycle import TEXT, write_and_sign


def typed(place: Workspace, study_id: int, reader: Reader, text: Sections = TEXT) -> None:
    version = open_review(place, study_id).report.version
    save_report(place, study_id, text, version=version, reader=reader)


def test_an_unread_study_opens_bare(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    assert open_review(either, study_id).report.sections.findings
    assert open_bare(either, study_id, reader=reader)
    review = open_review(either, study_id)
    assert review.hidden and review.draft is None and review.override is None
    assert (review.report.sections.findings, review.report.sections.impression) == ("", "")
    assert review.report.sections.indication == "Cough." and review.report.draft_id is None
    assert {check.finding for check in review.checks} <= {None}
    (row,) = worklist(either).page.items
    assert not row.top
    with pytest.raises(DraftHiddenError):
        require_shown(either, study_id)


def test_a_reveal_keeps_what_was_written_and_puts_the_draft_beside_it(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    open_bare(either, study_id, reader=reader)
    typed(either, study_id, reader)
    report = reveal(either, study_id, reader=reader)
    assert report.sections == TEXT and report.before_reveal == TEXT and not report.hidden
    review = open_review(either, study_id)
    assert not review.hidden and review.draft is not None and review.report.draft_id is None
    assert worklist(either).page.items[0].top
    require_shown(either, study_id)
    # What comes later changes nothing of what was kept.
    write_and_sign(either, study_id, reader, Sections(findings="Other.", impression="Other."))
    assert readings(either)[0].before_reveal == TEXT
    with pytest.raises(ReportSignedError):
        reveal(either, study_id, reader=reader)


def test_a_reveal_before_the_first_word_fills_the_report(
    place: Workspace, reader: Reader, unread: int
) -> None:
    open_bare(place, unread, reader=reader)
    report = reveal(place, unread, reader=reader)
    draft = open_review(place, unread).draft
    assert draft is not None and report.sections.findings == draft.sections.findings
    assert report.before_reveal is not None and report.before_reveal.findings == ""
    again = reveal(place, unread, reader=reader)
    assert (again.revealed_at, again.version) == (report.revealed_at, report.version)


def test_a_draft_that_comes_meanwhile_stays_hidden(place: Workspace, reader: Reader) -> None:
    study_id = take_in(place, reader).study_id
    open_bare(place, study_id, reader=reader)
    draft_next(place)
    review = open_review(place, study_id)
    assert review.hidden and not review.report.sections.findings
    assert not worklist(place).page.items[0].top
    assert reveal(place, study_id, reader=reader).sections.findings


def test_a_study_that_was_read_is_not_hidden(place: Workspace, reader: Reader, unread: int) -> None:
    mark_opened(place, unread, reader=reader)
    assert not open_bare(place, unread, reader=reader)
    other = take_in(place, reader, StudyInstanceUID="1.2.9", SOPInstanceUID="1.2.9.1").study_id
    typed(place, other, reader)
    assert not open_bare(place, other, reader=reader)
    write_and_sign(place, unread, reader)
    assert not open_bare(place, unread, reader=reader)
    assert open_review(place, unread).draft is not None


def test_a_study_that_was_opened_before_its_draft_came_is_still_unread(
    place: Workspace, reader: Reader
) -> None:
    study_id = take_in(place, reader).study_id
    mark_opened(place, study_id, reader=reader)
    assert open_bare(place, study_id, reader=reader)


def test_a_signature_without_a_reveal_is_held_against_the_draft(
    place: Workspace, reader: Reader, unread: int
) -> None:
    open_bare(place, unread, reader=reader)
    signed = write_and_sign(place, unread, reader)
    # The text did not grow from the draft, so it does not name its model.
    assert signed.provenance == {}
    (reading,) = readings(place)
    assert reading.before_reveal == TEXT
    with place.look() as look:
        assert look.ledger.entries(study_id=unread)
    review = open_review(place, unread)
    assert not review.hidden and review.draft is not None
    assert worklist(place).page.items[0].top


def test_no_address_gives_a_hidden_draft_away(
    client: TestClient, place: Workspace, reader: Reader, study: int
) -> None:
    shown = client.get(f"/studies/{study}/draft").json()
    evidence = next(item["evidence"] for item in shown["findings"] if item["evidence"])
    path = evidence.removeprefix("/api/v1")
    assert client.get(path).status_code == 200
    assert open_bare(place, study, reader=reader)
    for address in (f"/studies/{study}/draft", path):
        answer = client.get(address)
        assert answer.status_code == 409 and answer.json()["error"]["code"] == "draft_hidden"
    report = client.get(f"/studies/{study}/report").json()
    assert report["draft_hidden"] and report["sections"]["findings"] == ""
    names = {item["name"] for item in shown["findings"]}
    said = client.get(f"/studies/{study}").text + client.get("/studies").text
    sheet = PdfReader(io.BytesIO(client.get(f"/studies/{study}/report.pdf").content))
    said += "".join(page.extract_text() for page in sheet.pages)
    assert not [name for name in names if name in said]
    revealed = client.post(f"/studies/{study}/reveal").json()
    assert not revealed["draft_hidden"] and revealed["sections"]["findings"]
    assert client.get(path).status_code == 200
    assert client.get(f"/studies/{study}/draft").json() == shown


def test_the_assistant_knows_no_hidden_draft(
    client: TestClient, place: Workspace, reader: Reader, study: int
) -> None:
    question = {"message": "What do you see?"}
    draft = client.get(f"/studies/{study}/draft").json()
    seen = [item["name"] for item in draft["findings"] if item["certainty"] == "present"]
    told = client.post(f"/studies/{study}/chat", json=question).text
    assert seen and any(name in told for name in seen)
    open_bare(place, study, reader=reader)
    told = client.post(f"/studies/{study}/chat", json=question).text
    assert [name for name in seen if name in told] == []


def test_an_unknown_study_is_not_found(client: TestClient) -> None:
    for call in (client.get("/studies/9/draft"), client.post("/studies/9/reveal")):
        assert call.status_code == 404
    assert client.get("/evidence/9.png").status_code == 404


@pytest.fixture
def unread(place: Workspace, reader: Reader) -> int:
    """A drafted study that nobody opened, on SQLite alone."""
    study_id = take_in(place, reader).study_id
    draft_next(place)
    return study_id


def test_the_language_of_what_was_written_first_is_kept(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    open_bare(either, study_id, reader=reader)
    version = open_review(either, study_id).report.version
    first = Sections(findings="நுரையீரல் தெளிவு.")
    save_report(either, study_id, first, version=version, reader=reader, language="ta")
    assert reveal(either, study_id, reader=reader).before_language == "ta"
    version = open_review(either, study_id).report.version
    save_report(either, study_id, TEXT, version=version, reader=reader, language="en")
    write_and_sign(either, study_id, reader)
    (reading,) = readings(either)
    assert (reading.before_language, reading.before_in_english) == ("ta", None)
