"""The teaching page: a cohort over the weeks, one trainee of it, and practice for oneself."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.reader import Reader
from core.domain.teaching import Pace
from core.models.base import Interval
from dashboard.components.teaching import charts, progress_part, progress_part_trainee
from dashboard.services.teaching import progress, reading, sessions
from dashboard.services.teaching.progress import DetectionCurve, Due, WeekOfFinding
from dashboard.workspace import Workspace
from tests.integration.teaching_room import RIGHT, WRONG, committed, joined, opened
from tests.teaching_cases import ANSWER_WORDS, EFFUSION, drill_case, made_case, normal_case
from tests.ui.conftest import words

Open = Callable[..., AppTest]
WEEK = dt.date(2026, 11, 23)


def week(finding: str, value: float, *, weeks_ago: int = 0, reads: int = 12) -> WeekOfFinding:
    interval = Interval(value, value - 0.1, value + 0.1, reads)
    monday = WEEK - dt.timedelta(weeks=weeks_ago)
    return WeekOfFinding(monday, finding, reads, interval, None, interval)


@pytest.fixture
def open_part(app: AppTest) -> Open:
    def open_at(part: str) -> AppTest:
        app.run()
        app.query_params["part"] = part
        app.switch_page("../pages/teaching.py")
        app.run()
        assert not app.exception
        return app

    return open_at


def charts_of(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(each.proto.spec) for each in app.get("vega_lite_chart")]


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def test_no_cohort_is_one_sentence(place: Workspace, open_part: Open) -> None:
    assert "No cohort read anything yet." in words(open_part("progress"))


def test_a_cohort_and_a_trainee_are_told_from_their_reads(
    place: Workspace, reader: Reader, open_part: Open
) -> None:
    cases = [made_case(place), normal_case(place)]
    session = opened(place, reader, [case.id for case in cases])
    nila, kavi = joined(place, session, "நிலா", "kavi")
    for trainee, answer in ((nila, RIGHT), (kavi, WRONG)):
        committed(place, trainee, session, cases[0].id, answer)
    app = open_part("progress")
    said = words(app)
    assert "0.50" in said and "2026-" in said and EFFUSION in said
    assert len(charts_of(app)) == 1
    box = app.selectbox(key="teaching_trainee")
    assert set(box.options) == {"நிலா", "kavi"}
    box.select("kavi").run()
    assert not app.exception
    assert "No drawn lesion was read yet" in words(app) and "Due again:" in words(app)


def test_the_most_read_findings_are_drawn_and_others_can_be_chosen(
    place: Workspace, open_part: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [week("nodule", 0.4, reads=3)]
    found += [week(name, 0.6) for name in (EFFUSION, "pneumothorax", "edema")]
    monkeypatch.setattr(progress, "cohorts", lambda _place: ("Batch 7",))
    monkeypatch.setattr(progress, "cohort_progress", lambda *_args, **_named: tuple(found))
    app = open_part("progress")
    assert app.multiselect(key="teaching_findings").value == [EFFUSION, "pneumothorax", "edema"]
    assert "nodule" not in words(app)
    app.multiselect(key="teaching_findings").set_value(["nodule"]).run()
    assert "nodule" in words(app) and "0.30 to 0.50" in words(app)


def test_the_table_has_the_newest_week_of_a_finding_first_and_says_what_is_missing() -> None:
    found = [week(EFFUSION, 0.5, weeks_ago=1), week(EFFUSION, 0.7)]
    table = progress_part.table(found, [EFFUSION])
    assert [row[1] for row in table.rows] == ["2026-11-23", "2026-11-16"]
    missing = table.rows[0][4]
    assert not isinstance(missing, str) and missing.title == "no film without this finding"


def test_a_chart_has_a_point_with_its_interval_for_every_week_and_figure() -> None:
    spec = charts.weeks([week(EFFUSION, 0.5), week("nodule", 0.4)], [EFFUSION])
    rows = spec["data"]["values"]
    assert {row["figure"] for row in rows} == {"sensitivity", "Brier score, 0 is best"}
    assert all(row["low"] < row["value"] < row["high"] for row in rows)
    assert {row["finding"] for row in rows} == {EFFUSION}


CURVE = DetectionCurve(
    "nodule",
    ((0.2, 1, 8), (0.8, 7, 8)),
    9.0,
    Interval(0.47, 0.38, 0.58, 16),
    Interval(0.1, 0.02, 0.3, 20),
)


def test_a_detection_curve_has_its_points_its_fit_and_its_threshold() -> None:
    spec = charts.detection(CURVE)
    assert [point["count"] for point in spec["data"]["values"]] == ["1 of 8", "7 of 8"]
    assert all(point["low"] < point["share"] < point["high"] for point in spec["data"]["values"])
    assert len(spec["layer"]) == 6
    assert charts.logistic(9.0, 0.47, 0.47) == pytest.approx(0.5)
    assert charts.logistic(1e6, 0.5, 0.0) < 1e-9
    assert "contrast of 0.47 (0.38 to 0.58)" in progress_part_trainee.told(CURVE)
    assert "0.10 (0.02 to 0.30), 20 films" in progress_part_trainee.told(CURVE)


def test_a_curve_of_too_few_films_is_not_drawn_and_says_so() -> None:
    few = DetectionCurve("nodule", ((0.2, 1, 2),), None, None, None)
    assert len(charts.detection(few)["layer"]) == 3
    assert "No threshold" in progress_part_trainee.told(few)


def test_practice_without_a_case_says_what_to_do(place: Workspace, open_part: Open) -> None:
    assert "There is nothing to read" in words(open_part("practise"))


def test_practice_offers_cases_and_drills_and_gives_no_answer_away(
    place: Workspace, open_part: Open
) -> None:
    made_case(place)
    drill_case(place)
    app = open_part("practise")
    assert "cases not read yet" in words(app) and "drills not read yet" in words(app)
    assert not any(word in words(app) for word in ANSWER_WORDS)
    press(app, "teaching_practise_cases")
    # The case has the page for itself.
    assert not app.get("button_group")
    assert not any(word in words(app) for word in ANSWER_WORDS)
    assert not any(each.key == "teaching_practice_next" for each in app.button)
    press(app, "teaching_practice_leave")
    assert app.button(key="teaching_practise_cases")


def test_a_committed_read_opens_its_answer_and_the_way_to_the_next(
    place: Workspace, reader: Reader, open_part: Open
) -> None:
    case, _drill = made_case(place), drill_case(place)
    app = press(open_part("practise"), "teaching_practise_cases")
    me = sessions.local_trainee(place, reader=place.reader())
    reading.commit(place, me, case.id, None, RIGHT)
    app.run()
    assert "Quokka titleword" in words(app)
    press(app, "teaching_practice_next")
    assert "generated film" in words(app) and "Quokka" not in words(app)


def test_what_is_due_comes_first_and_is_read_anew(
    place: Workspace, reader: Reader, open_part: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _second = made_case(place), normal_case(place)
    me = sessions.local_trainee(place, reader=place.reader())
    reading.practice(place, me, first.id)
    reading.commit(place, me, first.id, None, WRONG)
    due = (Due(first.id, dt.datetime.now(dt.UTC), (EFFUSION,)),)
    monkeypatch.setattr(progress, "due", lambda *_args, **_named: due)
    app = open_part("practise")
    assert not any(word in words(app) for word in ANSWER_WORDS)
    press(app, "teaching_practise_due")
    assert not any(word in words(app) for word in ANSWER_WORDS)
    reading.commit(place, me, first.id, None, RIGHT)
    app.run()
    assert "Quokka titleword" in words(app)


def test_a_session_at_the_teachers_pace_is_no_progress_before_its_reads(
    place: Workspace, reader: Reader, open_part: Open
) -> None:
    opened(place, reader, [made_case(place).id], pace=Pace.STEP)
    assert "No scored read of a case is committed yet" in words(open_part("progress"))
