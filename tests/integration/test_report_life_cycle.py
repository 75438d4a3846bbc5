"""Draft, typing, signature, addendum, ledger: on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from core.domain.errors import (
    FilmsChangedError,
    OpenChecksError,
    ReportSignedError,
    StaleReportError,
)
from core.domain.reader import Reader
from core.domain.report import ReportStatus, Sections
from core.domain.study import StudyStatus
from dashboard.services.edit_report import open_review, read_report, save_report
from dashboard.services.ledger import ledger_rows
from dashboard.services.sign_report import Resolution, sign
from dashboard.services.verify_chain import verify_chain
from dashboard.workspace import Workspace
from tests.factories import film_pixels
from tests.integration.conftest import draft_next, take_in

TEXT = Sections(findings="The lungs are clear.", impression="Normal chest.")


def override_all(place: Workspace, study_id: int) -> list[Resolution]:
    checks = open_review(place, study_id).checks
    return [Resolution(check.id, "override", "Seen and judged.") for check in checks]


def write_and_sign(place: Workspace, study_id: int, reader: Reader, sections: Sections = TEXT):
    version = open_review(place, study_id).report.version
    saved = save_report(place, study_id, sections, version=version, reader=reader)
    resolutions = override_all(place, study_id)
    return sign(place, study_id, version=saved.version, reader=reader, resolutions=resolutions)


def test_a_draft_fills_an_untouched_report(either: Workspace, drafted: Callable[..., int]) -> None:
    review = open_review(either, drafted())
    assert review.draft is not None and review.draft.findings
    assert review.report.sections.findings == review.draft.sections.findings
    assert not review.report.typed and review.study.status is StudyStatus.DRAFTED
    assert {item.finding for item in review.draft.maps} <= {f.name for f in review.draft.findings}


def test_a_draft_never_replaces_typed_text(either: Workspace, reader: Reader) -> None:
    study_id = take_in(either, reader).study_id
    version = open_review(either, study_id).report.version
    save_report(either, study_id, TEXT, version=version, reader=reader)
    draft_next(either)
    review = open_review(either, study_id)
    assert review.draft is not None and review.report.sections == TEXT
    assert review.study.status is StudyStatus.IN_PROGRESS


def test_typing_that_began_before_the_draft_came_wins_without_conflict(
    either: Workspace, reader: Reader
) -> None:
    study_id = take_in(either, reader).study_id
    version = open_review(either, study_id).report.version
    draft_next(either)
    saved = save_report(either, study_id, TEXT, version=version, reader=reader)
    assert saved.sections == TEXT and saved.version == version + 2


def test_a_stale_save_is_refused_with_both_texts(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    version = open_review(either, study_id).report.version
    save_report(either, study_id, TEXT, version=version, reader=reader)
    other = replace(TEXT, impression="Another.")
    with pytest.raises(StaleReportError) as refusal:
        save_report(either, study_id, other, version=version, reader=reader)
    assert refusal.value.facts["theirs"]["impression"] == "Normal chest."
    assert refusal.value.facts["yours"]["impression"] == "Another."
    assert read_report(either, study_id).sections == TEXT


def test_of_many_saves_at_once_on_one_version_one_wins(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    version = open_review(either, study_id).report.version

    def save(number: int) -> bool:
        sections = replace(TEXT, impression=f"Writer {number}.")
        try:
            save_report(either, study_id, sections, version=version, reader=reader)
        except StaleReportError:
            return False
        return True

    with ThreadPoolExecutor(6) as writers:
        won = list(writers.map(save, range(6)))
    assert sum(won) == 1
    winner = read_report(either, study_id)
    assert winner.sections.impression == f"Writer {won.index(True)}."
    assert winner.version == version + 1


def test_signing_wants_the_version_that_was_seen(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    version = open_review(either, study_id).report.version
    save_report(either, study_id, TEXT, version=version, reader=reader)
    with pytest.raises(StaleReportError):
        sign(either, study_id, version=version, reader=reader)


def test_a_film_that_nobody_saw_is_not_signed(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    uid = "1.2.3.4.6"
    study_id = drafted(StudyInstanceUID=uid)
    seen = open_review(either, study_id)
    saved = save_report(either, study_id, TEXT, version=seen.report.version, reader=reader)
    take_in(either, reader, StudyInstanceUID=uid, pixels=film_pixels(seed=7))
    with pytest.raises(StaleReportError):
        sign(either, study_id, version=saved.version, reader=reader)
    # Typing goes on without a conflict, but its new version does not cover the film either.
    saved = save_report(either, study_id, TEXT, version=saved.version, reader=reader)
    shown = [film.id for film in seen.study.instances]
    with pytest.raises(FilmsChangedError):
        sign(either, study_id, version=saved.version, reader=reader, films=shown)


def test_checks_and_signature_look_at_the_same_draft(either: Workspace, reader: Reader) -> None:
    uid = "1.2.3.4.7"
    study_id = take_in(either, reader, StudyInstanceUID=uid).study_id
    draft_next(either)
    version = open_review(either, study_id).report.version
    save_report(either, study_id, TEXT, version=version, reader=reader)
    take_in(either, reader, StudyInstanceUID=uid, pixels=film_pixels(seed=8))
    draft_next(either)
    version = open_review(either, study_id).report.version
    reasons = override_all(either, study_id)
    assert sign(either, study_id, version=version, reader=reader, resolutions=reasons)


def test_a_text_that_owes_nothing_to_a_draft_says_so(either: Workspace, reader: Reader) -> None:
    study_id = take_in(either, reader).study_id
    version = open_review(either, study_id).report.version
    save_report(either, study_id, TEXT, version=version, reader=reader)
    draft_next(either)
    version = open_review(either, study_id).report.version
    reasons = override_all(either, study_id)
    signed = sign(either, study_id, version=version, reader=reader, resolutions=reasons)
    assert signed.provenance == {} and ledger_rows(either) == []


def test_an_earlier_study_of_the_patient_is_named_and_not_compared(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    drafted(StudyDate="20250301")
    drafted(StudyDate="20240101", PatientName="ANOTHER^PERSON")
    draft = open_review(either, drafted()).draft
    assert draft is not None
    assert draft.sections.comparison == "Study of 2025-03-01 is at hand; not compared by the model."


def test_open_checks_stop_a_signature_until_each_has_a_reason(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    version = open_review(either, study_id).report.version
    empty = Sections(findings="The lungs are clear.")
    saved = save_report(either, study_id, empty, version=version, reader=reader)
    with pytest.raises(OpenChecksError) as refusal:
        sign(either, study_id, version=saved.version, reader=reader)
    assert "empty_impression" in {check.kind for check in refusal.value.facts["checks"]}
    without_reason = [Resolution(c.id, "override") for c in refusal.value.facts["checks"]]
    with pytest.raises(OpenChecksError):
        sign(either, study_id, version=saved.version, reader=reader, resolutions=without_reason)
    signed = sign(
        either, study_id, version=saved.version, reader=reader,
        resolutions=override_all(either, study_id),
    )  # fmt: skip
    assert {item.reason for item in signed.overrides} == {"Seen and judged."}


def test_a_side_left_open_cannot_be_signed_away(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    version = open_review(either, study_id).report.version
    text = Sections(findings="There is a [side] nodule.", impression="Nodule.")
    saved = save_report(either, study_id, text, version=version, reader=reader)
    with pytest.raises(OpenChecksError):
        sign(
            either, study_id, version=saved.version, reader=reader,
            resolutions=override_all(either, study_id),
        )  # fmt: skip


def test_a_signed_report_cannot_be_changed_or_signed_again(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    study_id = drafted()
    signed = write_and_sign(either, study_id, reader)
    assert (signed.number, signed.status, signed.signed_by) == (1, ReportStatus.FINAL, "Dr. Test")
    version = open_review(either, study_id).report.version
    with pytest.raises(ReportSignedError):
        save_report(either, study_id, Sections(), version=version, reader=reader)
    with pytest.raises(ReportSignedError):
        sign(either, study_id, version=version, reader=reader)
    assert read_report(either, study_id).sections == TEXT


def test_films_that_come_after_signing_are_flagged_and_not_drafted(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    uid = "1.2.3.4.5"
    study_id = drafted(StudyInstanceUID=uid)
    write_and_sign(either, study_id, reader)
    take_in(either, reader, StudyInstanceUID=uid, pixels=film_pixels(seed=5))
    review = open_review(either, study_id)
    assert [film.after_signing for film in review.study.instances] == [False, True]
    assert review.job is not None and not review.job.state.open
    assert len(review.signed[0].image_digests) == 1


def test_many_signatures_at_once_form_one_chain(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    studies = [drafted(PatientID=str(number)) for number in range(5)]
    with ThreadPoolExecutor(5) as signers:
        signed = list(signers.map(lambda s: write_and_sign(either, s, reader), studies))
    assert sorted(version.sequence for version in signed) == [1, 2, 3, 4, 5]
    assert verify_chain(either) == 5
