"""The gate before a draft: which film is read, and how it should stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from core.domain.job import JobState
from core.domain.reader import Reader
from core.models.base import FilmReading, FindingFigures, Interval
from core.models.fake import FakeClassifier
from core.models.film_standing import FilmStanding
from core.models.preprocessing import Grey
from core.models.registry import FAKE
from dashboard.services import draft_study as drafting_service
from dashboard.services.request_draft import draft_state
from dashboard.workspace import Workspace
from tests.factories import film_pixels
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
)


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
