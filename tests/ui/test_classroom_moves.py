"""The classroom's page while things move beneath it: the teacher goes on, ends, or is away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.domain.errors import DatabaseUnavailableError
from core.domain.reader import Reader
from core.domain.teaching import Pace
from dashboard.classroom import view
from dashboard.components.teaching import blind_read
from dashboard.services.teaching import reading, sessions
from dashboard.services.teaching.sessions import SessionWish
from dashboard.workspace import Workspace
from tests.teaching_cases import EFFUSION, TITLE, made_case, normal_case
from tests.ui.conftest import component, words
from tests.ui.test_classroom import ANSWER, holds, sit_down
from tests.ui.test_classroom import classroom as classroom

SENT = {
    "findings": [{"name": EFFUSION, "certainty": 0.8, "laterality": "right"}],
    "marks": [],
    "impression": "Right pleural effusion.",
}


@pytest.fixture
def committing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A button in the place of the answer's form, which sends what a browser would."""

    def mount(*, key: str, data: dict[str, object], on_commit_change: Callable[[], None]) -> None:
        st.session_state[key] = {"commit": {"case": data["case"], "answer": SENT}}
        st.button("Commit", key=f"{key}_button", on_click=on_commit_change)

    monkeypatch.setattr(blind_read, "_mount", mount)


def button(app: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(one for one in app.button if one.label == label)


def test_of_two_sessions_in_step_the_page_follows_the_teacher_and_rests(
    classroom: AppTest, place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = (made_case(place).id, normal_case(place).id)
    first, trainee = sit_down(place, monkeypatch, *cases, pace=Pace.STEP)
    wish = SessionWish(first.cohort, "Tuesday", cases, pace=Pace.STEP)
    second = sessions.open_session(place, wish, reader=reader)
    with place.work() as work:
        work.teaching_sessions.admit(second.id, trainee.id)
    classroom.query_params["session"] = str(first.id)
    classroom.run(timeout=20)
    box = classroom.selectbox[0]
    assert box.value == first.id and "Case 1 of 2" in words(classroom)
    box.select(box.options[1] if box.index == 0 else box.options[0])
    classroom.run(timeout=20)
    box = classroom.selectbox[0]
    chosen = box.value
    assert chosen == second.id
    sessions.step(place, chosen, position=1, revealed=False, reader=reader)
    classroom.run(timeout=20)
    assert not classroom.exception and "Case 2 of 2" in words(classroom)
    assert component(classroom, "blind_read")["session"] == chosen


@pytest.mark.usefixtures("committing")
def test_a_refused_commit_is_said_whatever_follows(
    classroom: AppTest, place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = (made_case(place).id, normal_case(place).id)
    session, _ = sit_down(place, monkeypatch, *cases, pace=Pace.STEP)
    classroom.run()
    sessions.step(place, session.id, position=1, revealed=False, reader=reader)
    button(classroom, "Commit").click().run()
    assert "Case 2 of 2" in words(classroom)
    assert "the teacher is at another case" in classroom.error[0].value
    # Said once.
    classroom.run()
    assert not classroom.error
    sessions.close_session(place, session.id, reader=reader)
    button(classroom, "Commit").click().run()
    assert "This session has ended." in words(classroom)
    assert "session is closed" in classroom.error[0].value


@pytest.mark.usefixtures("committing")
def test_whose_token_was_replaced_commits_nothing(
    classroom: AppTest, place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, trainee = sit_down(place, monkeypatch, made_case(place).id)
    classroom.run()
    monkeypatch.setattr(view, "trainee_here", lambda _place: None)
    button(classroom, "Commit").click().run()
    assert holds(classroom, "join") and "joined elsewhere" in classroom.error[0].value
    assert reading.position(place, trainee, session.id).committed == 0


def test_answers_of_a_closed_session_stay_in_reach(
    classroom: AppTest, place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = made_case(place)
    for pace in Pace:
        session, trainee = sit_down(place, monkeypatch, case.id, normal_case(place).id, pace=pace)
        reading.position(place, trainee, session.id)
        at = session.case_ids.index(case.id)
        if pace is Pace.STEP:
            sessions.step(place, session.id, position=at, revealed=False, reader=reader)
        reading.position(place, trainee, session.id, at=at)
        reading.commit(place, trainee, case.id, session.id, ANSWER)
        sessions.close_session(place, session.id, reader=reader)
        classroom.run()
        assert "This session has ended." in words(classroom)
        button(classroom, "Previous").click().run()
        assert TITLE in words(classroom) and holds(classroom, "reveal")
        assert button(classroom, "Previous").disabled
        button(classroom, "Next").click().run()
        assert "This session has ended." in words(classroom) and not classroom.exception


def test_a_database_that_is_away_is_said_and_looked_for_again(
    classroom: AppTest, place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit_down(place, monkeypatch, made_case(place).id, pace=Pace.STEP)

    def away(_place: Workspace, _id: int) -> None:
        raise DatabaseUnavailableError()

    with monkeypatch.context() as patch:
        patch.setattr(sessions, "session", away)
        classroom.run()
        assert not classroom.exception and len(classroom.error) == 1
        assert holds(classroom, "blind_read")
    classroom.run()
    assert not classroom.error
