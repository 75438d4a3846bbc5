"""Teaching cases in the database: as they were made, found by film, map and study; on both."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from core.domain.errors import NotFoundError
from core.domain.finding import Laterality
from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.study import Window
from core.domain.teaching import (
    CaseDraft,
    CaseFilm,
    CaseMap,
    Drill,
    Level,
    Reference,
    Region,
    TeachingCase,
    TrueFinding,
)
from dashboard.workspace import Workspace
from storage.named import named_digests
from tests.integration.conftest import take_in

MAP = CaseMap("map-key", "pleural effusion", True, "c" * 64)
CASE = TeachingCase(
    id=0,
    title="Right effusion",
    level=Level.BASIC,
    reference=Reference.CT,
    reference_note="CT two days later.",
    findings=(
        TrueFinding("pleural effusion", True, Laterality.RIGHT),
        TrueFinding("nodule", False),
    ),
    regions=(Region("pleural effusion", ((1.0, 2.0), (30.5, 2.0), (30.5, 40.0))),),
    film=CaseFilm("film-key", 96, 80, Window(2000.0, 3500.0), False, (0.2, 0.2), "PA", "a" * 64),
    history="இருமல். Cough.",
    learning_points="Look at the costophrenic angle.",
    report=Sections(findings="Effusion.", impression="Effusion on the right."),
    draft=CaseDraft(
        "embedded",
        ({"name": "pleural effusion", "certainty": "present", "value": 0.9},),
        Sections(findings="Drafted."),
        (MAP,),
    ),
    made_by="Dr. Test",
    made_at=dt.datetime(2026, 11, 27, 8, 0, tzinfo=dt.UTC),
)
DRILL = replace(
    CASE,
    film=replace(CASE.film, key="drill-key", spacing_mm=None, pixel_blob_digest="d" * 64),
    draft=None,
    drill=Drill("nodule", 12.0, 0.5, True, "phantom", 7),
)


def test_a_case_comes_back_as_it_was(either: Workspace, reader: Reader) -> None:
    study_id = take_in(either, reader).study_id
    with either.work() as work:
        case = work.teaching_cases.add(replace(CASE, study_id=study_id), dicom_blob_digest="b" * 64)
    assert case.id
    with either.look() as look:
        assert look.teaching_cases.get(case.id) == case
        assert look.teaching_cases.by_film("film-key") == case
        assert look.teaching_cases.by_map("map-key") == (case, MAP)
        assert look.teaching_cases.of_study(study_id) == case
        assert look.teaching_cases.dicom_blob(case.id) == "b" * 64
        named = set(named_digests(look.session))
    assert all(letter * 64 in named for letter in "abc")


def test_retired_cases_and_drills_come_when_asked_for(either: Workspace) -> None:
    with either.work() as work:
        case = work.teaching_cases.add(CASE)
        drill = work.teaching_cases.add(DRILL)
        assert work.teaching_cases.every() == (case,)
        assert work.teaching_cases.every(drills=True) == (drill, case)
        work.teaching_cases.retire(case.id)
    with either.work() as work:
        retired = replace(case, retired=True)
        assert work.teaching_cases.every() == ()
        assert work.teaching_cases.every(retired=True) == (retired,)
        assert work.teaching_cases.of_ids((drill.id, 99, case.id)) == (drill, retired)
        work.teaching_cases.retire(case.id, retired=False)
        assert work.teaching_cases.every() == (case,)


def test_what_is_not_there_is_not_found(either: Workspace) -> None:
    with either.work() as work:
        cases = work.teaching_cases
        assert cases.of_study(1) is None
        for ask in (
            lambda: cases.get(1),
            lambda: cases.by_film("x"),
            lambda: cases.by_map("x"),
            lambda: cases.dicom_blob(1),
            lambda: cases.retire(1),
        ):
            with pytest.raises(NotFoundError):
                ask()
