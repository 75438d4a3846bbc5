"""The gate before a draft: refused, overridden with a name, read as the film should stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from core.domain.draft import Draft, Refusal
from core.domain.errors import NothingToOverrideError
from core.domain.job import GateOverride, JobState
from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.study import StudyStatus
from core.models.base import FilmReading, FindingFigures, Interval
from core.models.fake import FakeClassifier
from core.models.film_standing import FilmStanding
from core.models.preprocessing import Grey
from core.models.registry import FAKE
from dashboard.services import draft_study as drafting_service
from dashboard.services.edit_report import open_review, save_report
from dashboard.services.request_draft import draft_state, finished_draft, request_draft
from dashboard.services.state_patient import state_patient
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from tests.factories import film_pixels
from tests.integration.conftest import draft_next, take_in


class Gate:
    """A double that gives the same answer of every film, or the next of several."""

    def __init__(self, *answers: FilmStanding) -> None:
        self.answers, self.looked = list(answers), 0

    def check(self, grey: Grey) -> FilmStanding:  # noqa: ARG002
        self.looked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


NO_CHEST = FilmStanding(chest=False, chance=0.01, quarter_turns=1)
CHEST = FilmStanding(chest=True, chance=0.99)
OVERRIDE = "gate_overridden"
REFUSED = "not_a_frontal_chest_film"


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def newest(place: Workspace, study_id: int) -> Draft:
    found = finished_draft(place, study_id)
    assert isinstance(found, Draft)
    return found


def codes(draft: Draft) -> list[str]:
    return [warning.code for warning in draft.warnings]


def refused_study(place: Workspace, reader: Reader, **tags: str) -> int:
    study_id = take_in(place, reader, **tags).study_id
    draft_next(place, Gate(NO_CHEST))
    return study_id


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


def state_birth_date(place: Workspace, study_id: int, reader: Reader) -> None:
    """What an image without an age asks for; the age is part of what a draft depends on."""
    patient = open_review(place, study_id).study.patient
    stated = replace(patient, birth_date=dt.date(1960, 1, 2))
    state_patient(place, study_id, reader=reader, patient=stated)


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


def test_a_header_that_says_lateral_is_asked_first(place: Workspace, reader: Reader) -> None:
    study_id = take_in(place, reader, ViewPosition="LL").study_id
    gate = Gate(CHEST)
    draft_next(place, gate)
    assert codes(newest(place, study_id)) == [REFUSED] and gate.looked == 0


def test_the_first_film_that_passes_is_read(place: Workspace, reader: Reader) -> None:
    uid = "1.2.3.4.5"
    take_in(place, reader, StudyInstanceUID=uid)
    second = take_in(place, reader, StudyInstanceUID=uid, ViewPosition="AP")
    with place.work() as work:
        first = work.jobs.claim(now())
        assert first is not None
        work.jobs.finish(first.id, JobState.CANCELLED)
    draft_next(place, Gate(NO_CHEST, CHEST))
    draft = newest(place, second.study_id)
    assert {item.instance_id for item in draft.maps} == {second.instance_id}


class NothingThere(FakeClassifier):
    """A double that scores nothing, and has earned every denial."""

    @property
    def figures(self) -> Mapping[str, FindingFigures]:
        sure = Interval(0.99, 0.95, 1.0, 100)
        found = super().figures.items()
        return {name: replace(each, sensitivity_uncertain=sure) for name, each in found}

    def read(self, grey: Grey, maps_for: tuple[str, ...] | None = None) -> FilmReading:
        reading = super().read(grey, maps_for)
        nothing = dict.fromkeys(reading.scores, 0.0)
        return FilmReading(nothing, dict.fromkeys(reading.probabilities, 0.0), {})


@pytest.mark.parametrize(
    ("answers", "technique", "denied"),
    [
        ((CHEST,), "PA and lateral chest radiographs.", True),
        ((NO_CHEST, CHEST), "AP and lateral chest radiographs.", False),
        ((NO_CHEST, NO_CHEST, CHEST), "Chest radiographs, lateral; one projection not stated.",
         False),
    ],
)  # fmt: skip
def test_a_draft_is_worded_from_the_film_that_was_read(
    place: Workspace,
    reader: Reader,
    answers: tuple[FilmStanding, ...],
    technique: str,
    denied: bool,
) -> None:
    """A frontal film that the gate refuses, or that nobody looked at, is not of the draft."""
    for view in ("PA", "AP", None, "LL"):
        study_id = take_in(place, reader, StudyInstanceUID="1.2.3.4.6", ViewPosition=view).study_id
    with place.work() as work:
        while (job := work.jobs.claim(now())) is not None:
            newest_job = job
    gate = Gate(*answers)
    drafting_service.draft_study(place, newest_job, NothingThere(), lambda _f, _s: None, gate)
    draft = newest(place, study_id)
    assert gate.looked == len(answers) and draft.sections.technique == technique
    assert ("cardiomegaly" in draft.sections.findings) is denied
    assert ("projection_not_stated" in codes(draft)) is (len(answers) == 3)


@pytest.mark.parametrize(
    ("turns", "inverted", "corner"), [(1, False, (0, -1)), (2, True, (-1, -1)), (3, False, (-1, 0))]
)
def test_a_film_is_read_as_it_should_stand_and_its_maps_lie_as_it_lies(
    place: Workspace,
    reader: Reader,
    turns: int,
    inverted: bool,
    corner: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Grey] = []
    read = FakeClassifier.read

    def spy(self: FakeClassifier, grey: Grey, maps_for: tuple[str, ...] | None = None):  # type: ignore[no-untyped-def]
        seen.append(grey)
        reading = read(self, grey, maps_for)
        # Each map is bright at the upper left of the film as it should stand.
        lit = np.zeros((16, 16), np.float32)
        lit[:4, :4] = 1
        return replace(reading, maps=dict.fromkeys(reading.maps, lit))

    monkeypatch.setattr(FakeClassifier, "read", spy)
    study_id = take_in(place, reader).study_id
    draft_next(place, Gate(FilmStanding(True, 0.9, turns, inverted)))
    draft = newest(place, study_id)
    assert ("read_turned" in codes(draft), "read_inverted" in codes(draft)) == (True, inverted)
    rows, columns = film_pixels().shape
    assert seen[0].shape == ((columns, rows) if turns % 2 else (rows, columns))
    with place.look() as look:
        film = look.studies.get(study_id).instances[0]
        blob = look.drafts.evidence_blob(draft.maps[0].id or 0)
    drawn = cv2.imdecode(np.frombuffer(place.blobs.get(blob), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert drawn.shape == (film.rows, film.columns)
    bright = [at for at in ((0, 0), (0, -1), (-1, 0), (-1, -1)) if drawn[at] > 128]
    assert bright == [corner]


def test_the_api_takes_an_override_and_answers_a_refusal(
    client: TestClient, place: Workspace, reader: Reader
) -> None:
    study_id = refused_study(place, reader)
    answer = client.get(f"/studies/{study_id}/draft")
    assert answer.status_code == 200 and answer.json()["findings"] == []
    assert [item["code"] for item in answer.json()["warnings"]] == [REFUSED]
    assert client.get("/studies").json()["items"][0]["withheld"] == REFUSED
    override = {"override_gate": True}
    asked = client.post(f"/studies/{study_id}/draft", json=override)
    assert asked.status_code == 202
    assert client.get(f"/studies/{study_id}/draft").status_code == 202
    draft_next(place, Gate(NO_CHEST))
    draft = client.get(f"/studies/{study_id}/draft").json()
    assert draft["findings"] and OVERRIDE in [item["code"] for item in draft["warnings"]]
    child = take_in(place, reader, PatientBirthDate="20200101").study_id
    refused = client.post(f"/studies/{child}/draft", json=override)
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "nothing_to_override"


def test_without_a_double_the_gate_that_ships_is_asked(place: Workspace, reader: Reader) -> None:
    """A bright oval is no chest: the fake model, too, stands behind the gate."""
    study_id = take_in(place, reader).study_id
    with place.work() as work:
        job = work.jobs.claim(now())
    assert job is not None and job.model == FAKE
    drafting_service.draft_study(place, job, FakeClassifier(), lambda _f, _s: None)
    _, draft = draft_state(place, study_id)
    assert draft is not None and codes(draft) == [REFUSED]
