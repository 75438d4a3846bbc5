"""What a session and a cohort are told of their reads; on both databases."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace

import pytest
from fsrs import Rating

from core.domain.errors import NotFoundError
from core.domain.reader import Reader
from core.domain.teaching import Answer, AnsweredFinding, Pace, Reference
from dashboard.services.teaching import progress, reading, repetition, sessions
from dashboard.workspace import Workspace
from tests.integration.teaching_room import NOTHING, RIGHT, WRONG, committed, joined, opened
from tests.teaching_cases import EFFUSION, drill_case, made_case, normal_case

NOW = dt.datetime(2026, 11, 27, 9, 0, tzinfo=dt.UTC)


def test_answers_are_shown_without_names_and_not_before_the_answer_or_five(
    either: Workspace, reader: Reader
) -> None:
    case = made_case(either)
    session = opened(either, reader, [case.id], pace=Pace.STEP)
    first, second, _idle = joined(either, session, "first", "second", "idle")
    committed(either, first, session, case.id, RIGHT)
    alone = progress.distribution(either, session.id, case.id)
    assert (alone.joined, alone.committed) == (3, 1)
    assert not alone.picked and not alone.sides and not alone.marks
    committed(either, second, session, case.id, WRONG)
    assert not progress.distribution(either, session.id, case.id).picked
    sessions.step(either, session.id, position=0, revealed=True, reader=reader)
    both = progress.distribution(either, session.id, case.id)
    assert both.picked == {EFFUSION: (1.0,), "pneumothorax": (0.75,)}
    assert both.sides == {EFFUSION: {"right": 1}, "pneumothorax": {"left": 1}}
    assert both.marks == ((EFFUSION, 40.0, 180.0), ("pneumothorax", 150.0, 60.0))
    assert "first" not in repr(both)
    with pytest.raises(NotFoundError):
        progress.distribution(either, 4711, case.id)


def test_a_cohort_is_followed_by_week_and_finding(either: Workspace, reader: Reader) -> None:
    case, normal, drill = made_case(either), normal_case(either), drill_case(either)
    session = opened(either, reader, [case.id, normal.id, drill.id])
    first, second = joined(either, session, "first", "second")
    for trainee, answer in ((first, RIGHT), (second, WRONG)):
        committed(either, trainee, session, case.id, answer)
        committed(either, trainee, session, normal.id, NOTHING)
        committed(either, trainee, session, drill.id, NOTHING)
    # A repeat knows the answer, and counts for nothing here.
    reading.practice(either, second, case.id, again=True)
    reading.commit(either, second, case.id, None, RIGHT)
    assert progress.cohorts(either) == ("Batch 7",)
    found = {week.finding: week for week in progress.cohort_progress(either, "Batch 7")}
    assert set(found) == {EFFUSION, "pneumothorax"}
    effusion, pneumothorax = found[EFFUSION], found["pneumothorax"]
    assert effusion.week.weekday() == 0 and effusion.reads == 4
    assert effusion.sensitivity is not None and effusion.sensitivity.cases == 2
    assert (effusion.sensitivity.value, effusion.sensitivity.low > 0.05) == (0.5, True)
    assert effusion.specificity is not None and effusion.specificity.value == 1
    assert effusion.specificity.low < 0.5  # Wilson's, of two
    assert effusion.brier is not None and effusion.brier.value == pytest.approx(0.25)
    assert pneumothorax.sensitivity is None
    assert pneumothorax.brier is not None and pneumothorax.brier.value == pytest.approx(0.5625 / 4)
    own = {week.finding: week for week in progress.trainee_progress(either, second)}
    assert own[EFFUSION].sensitivity is not None and own[EFFUSION].sensitivity.value == 0
    assert progress.cohort_progress(either, "nobody") == ()


def test_a_phantom_is_no_patients_film(place: Workspace, reader: Reader) -> None:
    case = made_case(place, reference=Reference.PHANTOM)
    session = opened(place, reader, [case.id])
    trainees = joined(place, session, *"abcdef")
    for number, trainee in enumerate(trainees):
        read = committed(place, trainee, session, case.id, RIGHT)
        shown = progress.distribution(place, session.id, case.id)
        assert read.score is not None and bool(shown.picked) == (number >= 4)
    assert progress.cohort_progress(place, "Batch 7") == ()
    weeks = progress.cohort_progress(place, "Batch 7", generated=True)
    assert {week.finding for week in weeks} == {EFFUSION, "pneumothorax"}
    # All alike: a resample would claim certainty.
    assert all(week.brier is None and week.reads == 6 for week in weeks)


def test_what_was_missed_is_due_again(either: Workspace, reader: Reader) -> None:
    case, normal = made_case(either), normal_case(either)
    session = opened(either, reader, [case.id, normal.id])
    (trainee,) = joined(either, session, "Anbu")
    committed(either, trainee, session, case.id, WRONG)
    committed(either, trainee, session, normal.id, NOTHING)
    assert progress.due(either, trainee) == ()
    (due,) = progress.due(either, trainee, now=dt.datetime.now(dt.UTC) + dt.timedelta(days=2))
    assert (due.case_id, due.missed) == (case.id, (EFFUSION,))
    reading.practice(either, trainee, case.id, again=True)
    reading.commit(either, trainee, case.id, None, RIGHT)
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(days=400)
    (later,) = progress.due(either, trainee, now=soon)
    assert later.due_at > due.due_at and later.missed == ()


def test_what_is_due_waits_until_its_answer_is_open(place: Workspace, reader: Reader) -> None:
    case = made_case(place)
    session = opened(place, reader, [case.id], pace=Pace.STEP)
    (trainee,) = joined(place, session, "Anbu")
    committed(place, trainee, session, case.id, WRONG)
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    assert progress.due(place, trainee, now=later) == ()
    sessions.close_session(place, session.id, reader=reader)
    assert len(progress.due(place, trainee, now=later)) == 1


def test_intervals_grow_with_right_reads_and_shrink_with_a_miss(
    place: Workspace, reader: Reader
) -> None:
    case = made_case(place)
    right, wrong = (reading.score(case, answer) for answer in (RIGHT, WRONG))
    beside = reading.score(case, replace(RIGHT, marks=()))
    assert repetition.rating_of(right) is Rating.Good
    assert repetition.rating_of(beside) is Rating.Hard
    assert repetition.rating_of(wrong) is Rating.Again
    assert repetition.seen(None, case.id, right, at=NOW) is None
    card, at, days = None, NOW, []
    for scored in (wrong, right, right, right, wrong):
        card = repetition.seen(card, case.id, scored, at=at)
        assert card is not None
        days.append((card.due_at - at).days)
        at = card.due_at
    assert days[0] == 1 and days[0] < days[1] < days[2] < days[3] > days[4]
    # The same reads have the same dates.
    assert repetition.seen(None, 1, wrong, at=NOW) == repetition.seen(None, 1, wrong, at=NOW)


def test_drills_give_a_curve(place: Workspace, reader: Reader) -> None:
    contrasts = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8] * 3
    drawn = [drill_case(place, contrast=each, seed=seed) for seed, each in enumerate(contrasts)]
    normals = [drill_case(place, lesion=False, seed=seed) for seed in range(50, 54)]
    alone = sessions.local_trainee(place, reader=reader)
    seen = Answer((AnsweredFinding("nodule", 1.0),))
    missed_at = {0.1: 3, 0.2: 3, 0.3: 2, 0.4: 1, 0.5: 1}
    for case in drawn:
        assert case.drill is not None
        missed = missed_at.get(case.drill.contrast, 0) > 0
        if missed:
            missed_at[case.drill.contrast] -= 1
        _read(place, alone, case.id, NOTHING if missed else seen)
    for number, case in enumerate(normals):
        _read(place, alone, case.id, NOTHING if number else seen)
    (curve,) = progress.detection_curves(place, alone)
    assert curve.finding == "nodule"
    assert sum(shown for _, _, shown in curve.points) == 24
    assert curve.false_rate is not None and curve.false_rate.value == 0.25
    assert curve.threshold is not None and 0.2 < curve.threshold.value < 0.45
    assert curve.threshold.low < curve.threshold.value < curve.threshold.high
    assert progress.trainee_progress(place, alone) == ()


def _read(place: Workspace, trainee: reading.Trainee, case_id: int, answer: Answer) -> None:
    reading.practice(place, trainee, case_id)
    reading.commit(place, trainee, case_id, None, answer)


def test_reads_leave_as_a_sheet(either: Workspace, reader: Reader) -> None:
    case, normal = made_case(either), normal_case(either)
    session = opened(either, reader, [case.id, normal.id])
    first, second = joined(either, session, "=first", "second")
    committed(either, first, session, case.id, RIGHT)
    committed(either, second, session, case.id, replace(WRONG, impression="@left pneumothorax"))
    text = progress.session_csv(either, session.id)
    one, two = csv.DictReader(io.StringIO(text))
    assert (one["nickname"], two["nickname"]) == ("'=first", "second")
    assert one["number"] == str(session.case_ids.index(case.id) + 1)
    assert one["findings"] == f"{EFFUSION} 1.00 right" and one["brier"] == "0.0000"
    assert (two["missed"], two["false"], two["false_marks"]) == (EFFUSION, "pneumothorax", "1")
    assert two["impression"] == "'@left pneumothorax"
    assert reader.name not in text and case.title not in text and session.code not in text
    reading.practice(either, first, case.id, again=True)
    reading.commit(either, first, case.id, None, RIGHT)
    rows = list(csv.DictReader(io.StringIO(progress.cohort_csv(either, "Batch 7"))))
    assert [row["session"] for row in rows] == ["Monday", "Monday", ""]
