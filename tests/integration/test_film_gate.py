"""The gate before a draft: refused, and overridden with a name."""

from __future__ import annotations

import pytest

from core.domain.draft import Refusal
from core.domain.errors import NothingToOverrideError
from core.domain.job import GateOverride, JobState
from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.study import StudyStatus
from core.models.fake import FakeClassifier
from dashboard.services import draft_study as drafting_service
from dashboard.services.edit_report import open_review, save_report
from dashboard.services.request_draft import draft_state, request_draft
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from tests.integration.conftest import draft_next, take_in
from tests.integration.gated_films import (
    CHEST,
    NO_CHEST,
    OVERRIDE,
    REFUSED,
    Gate,
    codes,
    newest,
    now,
    refused_study,
    state_birth_date,
)


def test_a_refused_film_gets_a_draft_that_says_so(either: Workspace, reader: Reader) -> None:
    draft = newest(either, refused_study(either, reader))
    assert codes(draft) == [REFUSED] and draft.refusal is Refusal.FILM
    assert not draft.findings and not draft.sentences and not draft.maps
    assert not draft.sections.findings and not draft.sections.technique
    [item] = worklist(either).page.items
    assert item.withheld == REFUSED and item.top is None
    assert item.study.status is StudyStatus.WAITING


def test_a_study_whose_later_draft_is_withheld_waits_again(
    either: Workspace, reader: Reader
) -> None:
    """Nobody typed: the text of the draft before is gone from the report, and so is its status."""
    study_id = take_in(either, reader, PatientAge="", PatientBirthDate="").study_id
    draft_next(either, Gate(CHEST))
    assert status_of(either, study_id) is StudyStatus.DRAFTED
    state_birth_date(either, study_id, reader)
    draft_next(either, Gate(NO_CHEST))
    review = open_review(either, study_id)
    assert review.study.status is StudyStatus.WAITING
    assert not review.report.sections.findings and review.report.draft_id is None
    assert review.draft is not None and review.draft.refusal is Refusal.FILM
    assert worklist(either, status=StudyStatus.DRAFTED).page.items == ()
    # And drafted again once a draft says something.
    request_draft(either, study_id, reader=reader, override_gate=True)
    draft_next(either, Gate(NO_CHEST))
    assert status_of(either, study_id) is StudyStatus.DRAFTED


def test_a_study_that_somebody_writes_stays_in_progress(place: Workspace, reader: Reader) -> None:
    study_id = take_in(place, reader, PatientAge="", PatientBirthDate="").study_id
    draft_next(place, Gate(CHEST))
    typed = Sections(findings="Typed.")
    version = open_review(place, study_id).report.version
    save_report(place, study_id, typed, version=version, reader=reader)
    state_birth_date(place, study_id, reader)
    draft_next(place, Gate(NO_CHEST))
    review = open_review(place, study_id)
    assert review.study.status is StudyStatus.IN_PROGRESS
    assert review.report.sections == typed


def status_of(place: Workspace, study_id: int) -> StudyStatus:
    return open_review(place, study_id).study.status


def test_an_override_drafts_and_keeps_who_asked(either: Workspace, reader: Reader) -> None:
    study_id = refused_study(either, reader)
    job = request_draft(either, study_id, reader=reader, override_gate=True)
    assert job.override_gate and job.state is JobState.QUEUED
    assert request_draft(either, study_id, reader=reader, override_gate=True).id == job.id
    draft_next(either, Gate(NO_CHEST))
    draft = newest(either, study_id)
    assert draft.findings and OVERRIDE in codes(draft) and REFUSED not in codes(draft)
    # A film that is no chest film is read as it lies.
    assert "read_turned" not in codes(draft)
    with either.look() as look:
        [act] = look.overrides.of_study(study_id)
        assert (act.reader, act.job_id) == (reader.name, job.id) and act.at.tzinfo is not None
        assert look.jobs.get(job.id).override_gate
    assert worklist(either).page.items[0].withheld == ""


def test_asking_without_an_override_stays_refused(place: Workspace, reader: Reader) -> None:
    study_id = refused_study(place, reader)
    job = request_draft(place, study_id, reader=reader)
    assert job.state is JobState.DONE and not job.override_gate
    with place.look() as look:
        assert look.overrides.of_study(study_id) == ()


def test_an_override_holds_when_the_patient_is_stated(place: Workspace, reader: Reader) -> None:
    study_id = take_in(place, reader, PatientAge="", PatientBirthDate="").study_id
    draft_next(place, Gate(NO_CHEST))
    request_draft(place, study_id, reader=reader, override_gate=True)
    draft_next(place, Gate(NO_CHEST))
    state_birth_date(place, study_id, reader)
    draft_next(place, Gate(NO_CHEST))
    draft = newest(place, study_id)
    assert draft.findings and "gate_overridden" in codes(draft)


def test_an_override_of_a_film_that_passes_after_all_is_none(
    place: Workspace, reader: Reader
) -> None:
    study_id = refused_study(place, reader)
    request_draft(place, study_id, reader=reader, override_gate=True)
    draft_next(place, Gate(CHEST))
    assert OVERRIDE not in codes(newest(place, study_id)) and acts(place, study_id) == ()


@pytest.mark.parametrize(
    "tags",
    [{}, {"PatientBirthDate": "20200101"}, {"ViewPosition": "LL"}],
    ids=["a film that passes", "a child", "a lateral"],
)
@pytest.mark.parametrize("drafted", [True, False], ids=["drafted", "queued"])
def test_what_the_film_check_does_not_refuse_is_not_overridden(
    place: Workspace, reader: Reader, tags: dict[str, str], drafted: bool
) -> None:
    study_id = take_in(place, reader, **tags).study_id
    if drafted:
        draft_next(place, Gate(CHEST))
    if drafted or tags:
        with pytest.raises(NothingToOverrideError):
            request_draft(place, study_id, reader=reader, override_gate=True)
        job, _ = draft_state(place, study_id)
        assert job is not None and not job.override_gate
    else:
        # Nobody knows yet: the request stands, and is no act once the film has passed.
        request_draft(place, study_id, reader=reader, override_gate=True)
        draft_next(place, Gate(CHEST))
        assert OVERRIDE not in codes(newest(place, study_id))
    assert acts(place, study_id) == ()


def acts(place: Workspace, study_id: int) -> tuple[GateOverride, ...]:
    with place.look() as look:
        return look.overrides.of_study(study_id)


@pytest.mark.parametrize("running", [False, True])
def test_an_override_is_not_overtaken_by_the_plain_draft_before_it(
    either: Workspace, reader: Reader, running: bool
) -> None:
    study_id = take_in(either, reader).study_id
    with either.work() as work:
        plain = work.jobs.claim(now()) if running else work.jobs.latest(study_id)
    assert plain is not None
    job = request_draft(either, study_id, reader=reader, override_gate=True)
    draft_next(either, Gate(NO_CHEST))
    before = open_review(either, study_id)
    assert before.draft is not None and OVERRIDE in codes(before.draft)
    if running:
        drafting_service.draft_study(
            either, plain, FakeClassifier(), lambda _f, _s: None, Gate(NO_CHEST)
        )
    else:
        draft_next(either, Gate(NO_CHEST))
    after = open_review(either, study_id)
    assert (after.draft, after.report, after.job) == (before.draft, before.report, before.job)
    assert after.study.status is StudyStatus.DRAFTED and after.job is not None
    assert after.job.id == job.id and not worklist(either).page.items[0].withheld
    with either.look() as look:
        assert look.jobs.get(plain.id).state is JobState.CANCELLED
        assert [act.job_id for act in look.overrides.of_study(study_id)] == [job.id]
