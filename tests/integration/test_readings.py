"""How a report came to be signed: kept with the signature, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from core.domain.errors import InvalidReportError
from core.domain.reader import Reader
from core.domain.reading import Nature, Reading, Reason
from core.domain.report import Sections
from dashboard.services.addendum import add_addendum
from dashboard.services.corrections import changed_from_draft
from dashboard.services.edit_report import mark_opened, open_review, save_report
from dashboard.services.sign_report import sign
from dashboard.workspace import Workspace
from storage.tables import ReportRow
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import TEXT, override_all, write_and_sign


def readings(place: Workspace, study_id: int | None = None) -> tuple[Reading, ...]:
    with place.look() as look:
        return look.readings.readings(study_id)


def earlier(place: Workspace, study_id: int, **moments: float) -> None:
    """Put moments of a report so many seconds before now."""
    now = dt.datetime.now(dt.UTC)
    values = {name: now - dt.timedelta(seconds=back) for name, back in moments.items()}
    with place.work() as work:
        work.session.execute(
            update(ReportRow).where(ReportRow.study_id == study_id).values(**values)
        )


def typed(place: Workspace, study_id: int, reader: Reader, findings: str) -> int:
    report = open_review(place, study_id).report
    text = Sections(findings=findings, impression="Normal chest.")
    return save_report(place, study_id, text, version=report.version, reader=reader).version


def test_a_signature_keeps_why_and_how_long(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    mark_opened(either, study_id, reader=reader)
    earlier(either, study_id, opened_at=120)
    typed(either, study_id, reader, "The lungs")
    earlier(either, study_id, saved_at=8)
    typed(either, study_id, reader, "The lungs are")
    earlier(either, study_id, saved_at=500)
    version = typed(either, study_id, reader, "The lungs are clear.")
    signed = sign(
        either,
        study_id,
        version=version,
        reader=reader,
        resolutions=override_all(either, study_id),
        reason=Reason.SEEN,
        reason_text="  Rotated. ",
    )
    (reading,) = readings(either, study_id)
    draft = open_review(either, study_id).draft
    assert draft is not None
    assert (reading.sequence, reading.reader) == (signed.sequence, reader.name)
    assert (reading.model, reading.model_digest) == (draft.model.name, draft.model.digest)
    assert (reading.reason, reading.reason_text) == (Reason.SEEN, "Rotated.")
    assert reading.before_reveal is None and not reading.phantom
    # The first save, eight seconds, and at most fifteen of a long pause.
    assert reading.seconds_editing == pytest.approx(2 + 8 + 15, abs=1)
    assert reading.seconds_reading == pytest.approx(120 - 25, abs=20)
    with either.look() as look:
        entries = look.ledger.entries(study_id=study_id)
    natures = {nature for entry in entries for nature in entry.correction.natures}
    assert natures and natures <= set(Nature)
    add_addendum(either, study_id, "Late note.", reader=reader)
    assert len(readings(either)) == 1


def test_what_was_never_opened_has_no_seconds_of_reading(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    first, second = drafted(PatientID="1"), drafted(PatientID="2")
    write_and_sign(either, first, reader)
    write_and_sign(either, second, reader)
    newest, oldest = readings(either)
    assert (newest.study_id, oldest.study_id) == (second, first)
    assert newest.seconds_reading is None and newest.seconds_editing == 2.0
    assert (newest.reason, newest.reason_text) == (Reason.UNSTATED, "")


def test_a_report_without_a_draft_has_no_reading(place: Workspace, reader: Reader) -> None:
    study_id = take_in(place, reader).study_id
    write_and_sign(place, study_id, reader)
    assert readings(place) == ()


def test_typing_from_before_it_was_counted_stays_unknown(
    place: Workspace, reader: Reader, drafted_here: int
) -> None:
    typed(place, drafted_here, reader, "The lungs")
    with place.work() as work:
        work.session.execute(update(ReportRow).values(first_typed_at=None, seconds_editing=0.0))
    write_and_sign(place, drafted_here, reader)
    (reading,) = readings(place)
    assert reading.seconds_editing is None and reading.seconds_reading is None


def test_a_reason_is_asked_where_the_text_left_its_draft(
    place: Workspace, reader: Reader, drafted_here: int
) -> None:
    assert not changed_from_draft(open_review(place, drafted_here))
    typed(place, drafted_here, reader, "The lungs are clear.")
    assert changed_from_draft(open_review(place, drafted_here))
    write_and_sign(place, drafted_here, reader)
    assert not changed_from_draft(open_review(place, drafted_here))


def test_a_text_of_ones_own_is_no_changed_draft(place: Workspace, reader: Reader) -> None:
    study_id = take_in(place, reader).study_id
    version = open_review(place, study_id).report.version
    save_report(place, study_id, TEXT, version=version, reader=reader)
    draft_next(place)
    assert not changed_from_draft(open_review(place, study_id))


@pytest.mark.parametrize("text", ["x" * 2001, "a\x00b"])
def test_a_reason_that_cannot_be_kept_signs_nothing(
    place: Workspace, reader: Reader, drafted_here: int, text: str
) -> None:
    version = open_review(place, drafted_here).report.version
    with pytest.raises(InvalidReportError):
        sign(place, drafted_here, version=version, reader=reader, reason_text=text)
    assert not open_review(place, drafted_here).signed


def test_a_client_may_say_why(client: TestClient, place: Workspace, study: int) -> None:
    report = client.get(f"/studies/{study}/report").json()
    text = {**report["sections"], "findings": "The lungs are clear.", "impression": "Normal."}
    saved = client.put(
        f"/studies/{study}/report", json={"sections": text, "version": report["version"]}
    ).json()
    body = {
        "version": saved["version"],
        "resolutions": [
            {"check": one.check, "action": "override", "reason": one.reason}
            for one in override_all(place, study)
        ],
    }
    unknown = client.post(f"/studies/{study}/sign", json={**body, "reason": "mood"})
    assert unknown.status_code == 422
    answer = client.post(
        f"/studies/{study}/sign", json={**body, "reason": "wording", "reason_text": "Shorter."}
    )
    assert answer.status_code == 200, answer.text
    (reading,) = readings(place)
    assert (reading.reason, reading.reason_text) == (Reason.WORDING, "Shorter.")


@pytest.fixture
def drafted_here(place: Workspace, reader: Reader) -> int:
    """A drafted study on SQLite alone."""
    study_id = take_in(place, reader).study_id
    draft_next(place)
    return study_id
