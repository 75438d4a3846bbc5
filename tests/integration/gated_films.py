"""Studies whose films a gate of the test's choosing judges."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from core.domain.draft import Draft
from core.domain.reader import Reader
from core.models.film_standing import FilmStanding
from core.models.preprocessing import Grey
from dashboard.services.edit_report import open_review
from dashboard.services.request_draft import finished_draft
from dashboard.services.state_patient import state_patient
from dashboard.workspace import Workspace
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


def state_birth_date(place: Workspace, study_id: int, reader: Reader) -> None:
    """What an image without an age asks for; the age is part of what a draft depends on."""
    patient = open_review(place, study_id).study.patient
    stated = replace(patient, birth_date=dt.date(1960, 1, 2))
    state_patient(place, study_id, reader=reader, patient=stated)
