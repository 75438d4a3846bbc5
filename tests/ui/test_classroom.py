"""The classroom's page through Streamlit's own test runner: what each state shows."""

from __future__ import annotations

from dataclasses import replace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.domain.finding import Laterality
from core.domain.reader import Reader
from core.domain.teaching import Answer, AnsweredFinding, Mark, Pace, TeachingSession, Trainee
from dashboard.classroom import view
from dashboard.services.teaching import progress, reading, sessions
from dashboard.services.teaching.sessions import SessionWish
from dashboard.workspace import Workspace
from tests.teaching_cases import (
    ANSWER_WORDS,
    EFFUSION,
    INSIDE,
    LEARNING,
    OUTSIDE,
    SIGNED_FINDINGS,
    TITLE,
    drill_case,
    made_case,
    normal_case,
    unscored_case,
)
from tests.ui.conftest import ROOT, component, words

ANSWER = Answer(
    (
        AnsweredFinding(EFFUSION, 0.8, Laterality.RIGHT),
        AnsweredFinding("nodule", 0.4, Laterality.LEFT),
    ),
    (Mark(EFFUSION, *INSIDE), Mark("nodule", *OUTSIDE)),
    "Right pleural effusion. <b>",
)


@pytest.fixture
def classroom(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page without a cookie; `sit_down` gives it one."""
    st.cache_data.clear()
    monkeypatch.setattr(view, "trainee_here", lambda _place: None)
    return AppTest.from_file(str(ROOT / "dashboard" / "classroom" / "main.py"), default_timeout=60)


def sit_down(
    place: Workspace, patch: pytest.MonkeyPatch, *ids: int, **wish: object
) -> tuple[TeachingSession, Trainee]:
    session = sessions.open_session(
        place,
        SessionWish(f"Batch {ids}", "Monday", ids, **wish),
        reader=Reader(1, "T", confirmed=True),
    )  # type: ignore[arg-type]
    joined = sessions.join(place, session.code, "<i>Kea</i>")
    patch.setattr(view, "trainee_here", lambda _place: joined.trainee)
    return session, joined.trainee


def holds(app: AppTest, name: str) -> bool:
    return any(item.proto.component_name.endswith(name) for item in app.get("bidi_component"))


def test_without_a_cookie_there_is_the_form_alone(classroom: AppTest) -> None:
    classroom.query_params["code"] = "ABCDEFGH"
    classroom.run()
    assert not classroom.exception
    assert component(classroom, "join")["code"] == "ABCDEFGH"
    assert not holds(classroom, "blind_read") and not holds(classroom, "viewer")


def test_a_case_to_read_says_nothing_of_its_answer(
    classroom: AppTest, place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit_down(place, monkeypatch, made_case(place).id)
    classroom.run()
    assert not classroom.exception
    form, film = component(classroom, "blind_read"), component(classroom, "viewer")
    assert "Case 1 of 1" in words(classroom) and "historyword" in words(classroom)
    assert film["maps"] == [] and film["marks"]["mode"] == "edit"  # type: ignore[index]
    everything = words(classroom) + str(form) + str(film)
    assert not [word for word in ANSWER_WORDS if word in everything]
    # What a trainee called himself is no markup.
    assert "<i>Kea" not in words(classroom)


def test_the_commit_opens_everything_in_place(
    classroom: AppTest, place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = made_case(place)
    session, trainee = sit_down(place, monkeypatch, case.id, normal_case(place).id)
    at = session.case_ids.index(case.id)
    classroom.session_state[f"case_{session.id}_at"] = at
    classroom.run()
    assert next(one for one in classroom.button if one.label == "Next").disabled
    reading.commit(place, trainee, case.id, session.id, ANSWER)
    classroom.run()
    assert not classroom.exception
    shown = words(classroom)
    for expected in (TITLE, LEARNING, SIGNED_FINDINGS, "CT two days later", "Potoroo", "Kowari"):
        assert expected in shown
    assert "You saw pleural effusion, which is there (80 % sure)." in shown
    assert "1 pleural effusion: on the region" in shown
    assert "Right pleural effusion. &lt;b&gt;" in shown
    rows = component(classroom, "reveal")["rows"]
    effusion, nodule = rows[0], rows[1]  # type: ignore[index]
    assert effusion["yours"] == "very likely 80 %, right"
    assert (effusion["reference"], effusion["model"]) == ("present, right", "present 0.87, right")
    assert (effusion["brier"], effusion["outcome"], effusion["side_right"]) == ("0.04", "hit", True)
    assert nodule["outcome_word"] == "not judged"
    film = component(classroom, "viewer")
    assert [mark["hit"] for mark in film["marks"]["marks"]] == [True, False]  # type: ignore[index]
    assert len(film["marks"]["regions"]) == len(film["maps"]) == 1  # type: ignore[index,arg-type]
    # The answer stays until the trainee goes on.
    next(
        one for one in classroom.button if one.label == ("Next" if at == 0 else "Previous")
    ).click()
    classroom.run()
    assert component(classroom, "blind_read")["case"] != case.id


def test_what_a_case_is_stands_above_it(
    classroom: AppTest, place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = unscored_case(place)
    session, trainee = sit_down(place, monkeypatch, case.id)
    classroom.run()
    assert "not scored: no firm reference" in words(classroom)
    reading.commit(place, trainee, case.id, session.id, ANSWER)
    classroom.run()
    assert component(classroom, "reveal")["labels"]["reference"] == "Signed report"  # type: ignore[index]
    assert component(classroom, "reveal")["scored"] is False
    sit_down(place, monkeypatch, drill_case(place).id)
    again = AppTest.from_file(str(ROOT / "dashboard" / "classroom" / "main.py")).run(timeout=60)
    assert "generated film" in words(again) and component(again, "viewer")["films"][0]["phantom"]  # type: ignore[index]


def test_in_step_a_read_waits_for_the_teacher(
    classroom: AppTest, place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, trainee = sit_down(place, monkeypatch, made_case(place).id, pace=Pace.STEP)
    classroom.run()
    assert not [one for one in classroom.button if one.label == "Next"]
    reading.commit(place, trainee, session.case_ids[0], session.id, ANSWER)
    classroom.run()
    assert "The teacher opens the answer" in words(classroom)
    assert not holds(classroom, "reveal") and not holds(classroom, "viewer")
    assert not [word for word in ANSWER_WORDS if word in words(classroom)]
    sessions.step(place, session.id, position=0, revealed=True, reader=reader)
    classroom.run()
    assert holds(classroom, "reveal")


def test_a_session_that_ended_says_so(
    classroom: AppTest, place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, _ = sit_down(place, monkeypatch, made_case(place).id)
    sessions.close_session(place, session.id, reader=reader)
    classroom.run()
    assert not classroom.exception and "This session has ended." in words(classroom)


def test_a_late_read_has_no_score(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from dashboard.components.teaching import reveal_rows

    session, trainee = sit_down(place, monkeypatch, made_case(place).id)
    reading.position(place, trainee, session.id)
    reading.commit(place, trainee, session.case_ids[0], session.id, ANSWER)
    found = reading.position(place, trainee, session.id, at=0).revealed
    assert found is not None
    late = replace(found, attempt=replace(found.attempt, score=None))
    assert reveal_rows.marks(late) == reveal_rows.wording(late) == ()
    assert {row.outcome for row in reveal_rows.rows(late)} == {""}


def test_what_is_due_again_is_offered_at_the_end(
    classroom: AppTest, place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = made_case(place)
    session, trainee = sit_down(place, monkeypatch, case.id)
    reading.position(place, trainee, session.id)
    reading.commit(place, trainee, case.id, session.id, ANSWER)
    # Weeks later.
    due = progress.Due(case.id, session.made_at, ("nodule",))
    monkeypatch.setattr(progress, "due", lambda _place, _trainee: (due,))
    classroom.run()
    assert "You have read every case." in words(classroom)
    # What was missed names the answer, and is not said.
    assert "due again: 1" in words(classroom) and "nodule" not in words(classroom)
    next(one for one in classroom.button if one.label == "Read them again").click().run()
    assert not classroom.exception
    form = component(classroom, "blind_read")
    assert (form["case"], form["session"]) == (case.id, None) and not holds(classroom, "reveal")
    reading.commit(place, trainee, case.id, None, ANSWER)
    classroom.run()
    assert holds(classroom, "reveal")
    next(one for one in classroom.button if one.label == "Leave").click().run()
    assert "You have read every case." in words(classroom)


def test_of_several_sessions_the_one_just_joined_is_shown(
    classroom: AppTest, place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = made_case(place)
    first, trainee = sit_down(place, monkeypatch, case.id)
    wish = SessionWish(first.cohort, "Tuesday", (case.id,))
    second = sessions.open_session(place, wish, reader=reader)
    stranger = sessions.open_session(place, wish, reader=reader)
    with place.work() as work:
        work.teaching_sessions.admit(second.id, trainee.id)
    for asked, shown in ((first, first), (second, second), (stranger, second)):
        app = AppTest.from_file(str(ROOT / "dashboard" / "classroom" / "main.py"))
        app.query_params["session"] = str(asked.id)
        app.run(timeout=60)
        assert component(app, "blind_read")["session"] == shown.id
