"""The teaching page: sessions from the form to the end, and the answers of a session as it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.errors import N_
from core.domain.reader import Reader
from core.domain.teaching import Pace, TeachingSession
from core.domain.teaching_errors import SessionRefusedError
from dashboard.components.teaching import live_answers, live_film
from dashboard.services.teaching import progress, room, sessions
from dashboard.services.teaching.progress import Distribution
from dashboard.services.teaching.room import Door
from dashboard.workspace import Workspace
from storage.repositories.teaching_trainees import Secrets
from tests.integration.teaching_room import NOTHING, RIGHT, WRONG, committed, joined
from tests.integration.teaching_room import opened as opened_session
from tests.teaching_cases import (
    ANSWER_WORDS,
    EFFUSION,
    drill_case,
    made_case,
    normal_case,
    unscored_case,
)
from tests.ui.conftest import words

Open = Callable[..., AppTest]
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def opened(app: AppTest) -> Open:
    def open_at(part: str = "sessions", **query: str) -> AppTest:
        app.run()
        app.query_params["part"] = part
        for name, value in query.items():
            app.query_params[name] = value
        app.switch_page("../pages/teaching.py")
        app.run()
        assert not app.exception
        return app

    return open_at


def buttons(app: AppTest) -> set[str]:
    return {each.key or "" for each in app.button}


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def test_no_session_and_no_case_are_one_sentence_each(place: Workspace, opened: Open) -> None:
    app = opened()
    assert "No session was opened yet." in words(app)
    press(app, "teaching_new_session_button")
    assert "A session needs a teaching case." in words(app)
    press(app, "teaching_leave_session")
    assert "No session was opened yet." in words(app)


def test_a_session_is_made_of_cases_with_a_warning_until_a_normal_is_among_them(
    place: Workspace, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The test runner cannot type a cohort that is not there yet.
    monkeypatch.setattr(progress, "cohorts", lambda _place: ("Batch 7",))
    effusion, normal, alone = made_case(place), normal_case(place), unscored_case(place)
    drill_case(place)
    app = press(opened(), "teaching_new_session_button")
    app.checkbox(key=f"teaching_case_{effusion.id}").check().run()
    assert "No normal film is among them" in app.warning[0].value
    app.checkbox(key=f"teaching_case_{alone.id}").check().run()
    assert "signed report is all they rest on: 1" in words(app)
    app.text_input(key="teaching_new_search").input("normalword").run()
    app.checkbox(key=f"teaching_case_{normal.id}").check().run()
    assert not app.warning and "3 cases chosen, 1 of them normal" in words(app)
    app.text_input(key="teaching_new_title").input("Monday").run()
    app.selectbox(key="teaching_new_cohort").set_value("Batch 7").run()
    app.radio(key="teaching_new_pace").set_value(Pace.STEP).run()
    press(app, "teaching_open_session")
    (session,) = sessions.sessions(place)
    assert (session.title, session.cohort, session.pace) == ("Monday", "Batch 7", Pace.STEP)
    assert set(session.case_ids) == {effusion.id, normal.id, alone.id}
    assert "Nobody can join" in words(app) and "Case 1 of 3" in words(app)


def test_a_session_without_cohort_is_refused_and_nothing_typed_is_lost(
    place: Workspace, opened: Open
) -> None:
    case = made_case(place)
    app = press(opened(), "teaching_new_session_button")
    app.text_input(key="teaching_new_title").input("Monday").run()
    press(app, "teaching_new_all")
    press(app, "teaching_open_session")
    assert "it names no cohort" in app.error[0].value
    assert app.text_input(key="teaching_new_title").value == "Monday"
    assert app.checkbox(key=f"teaching_case_{case.id}").value
    press(app, "teaching_new_all")
    assert not app.checkbox(key=f"teaching_case_{case.id}").value


@pytest.fixture
def in_step(place: Workspace, reader: Reader) -> TeachingSession:
    cases = [made_case(place), normal_case(place)]
    return opened_session(place, reader, [case.id for case in cases], pace=Pace.STEP)


def test_the_switch_opens_and_closes_the_classroom_and_says_where(
    place: Workspace, in_step: TeachingSession, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = [Door(open=False)]

    def switch(door: Door) -> Callable[..., Door]:
        return lambda *_args, **_named: standing.__setitem__(0, door) or door  # type: ignore[func-returns-value]

    monkeypatch.setattr(room, "door", lambda _place: standing[0])
    monkeypatch.setattr(room, "open_door", switch(Door(True, ("http://10.0.0.7:8502",), True)))
    monkeypatch.setattr(room, "close_door", switch(Door(open=False)))
    app = opened()
    assert "Closed: nobody can join." in words(app) and in_step.code not in words(app)
    app.toggle(key="teaching_door").set_value(True).run()
    said = words(app)
    assert in_step.code in said and "http://10.0.0.7:8502" in said
    assert "Everybody on the network" in said and "nothing else" in said
    app.toggle(key="teaching_door").set_value(False).run()
    assert in_step.code not in words(app)


def test_a_door_that_does_not_open_says_why(
    place: Workspace, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any, **_named: Any) -> Door:
        raise SessionRefusedError(reason=N_("the classroom did not start"))

    monkeypatch.setattr(room, "open_door", refuse)
    app = opened()
    app.toggle(key="teaching_door").set_value(True).run()
    assert "the classroom did not start" in app.error[0].value
    assert not app.toggle(key="teaching_door").value


def answer_each(
    place: Workspace, session: TeachingSession, answers: Sequence[Any], *nicknames: str
) -> None:
    case_id = session.case_ids[session.position]
    for trainee, answer in zip(joined(place, session, *nicknames), answers, strict=True):
        committed(place, trainee, session, case_id, answer)


def test_answers_are_hidden_until_the_answer_is_open_and_then_shown_without_names(
    place: Workspace, in_step: TeachingSession, opened: Open
) -> None:
    answer_each(place, in_step, [RIGHT], "கவிதா")
    app = opened()
    said = words(app)
    assert "<b>1</b> of <b>1</b> committed" in said
    assert "Answers are shown from 5 committed reads on." in said
    assert "picked by" not in said
    answer_each(place, in_step, [WRONG, NOTHING], HOSTILE[:20], "z")
    app.run()
    said = words(app)
    # A count that rises beside a name would tell whose answer came.
    assert "picked by" not in said and "கவிதா" in said and "of 2" not in said.split("joined")[-1]
    press(app, "teaching_answer")
    said = words(app)
    assert "1 of 3" in said and "pneumothorax" in said and "left 1" in said
    assert "<img src=x" not in said and "&lt;img src=x" in said
    assert "கவிதா" in said and "1 of 2" in said


def test_the_reference_stays_hidden_until_it_is_asked_for(
    place: Workspace, in_step: TeachingSession, opened: Open
) -> None:
    answer_each(place, in_step, [RIGHT, WRONG], "a", "b")
    app = opened()
    assert not any(word in words(app) for word in ANSWER_WORDS)
    (peek,) = [each for each in app.toggle if (each.key or "").startswith("teaching_peek")]
    peek.set_value(True).run()
    assert "Numbat learningword" in words(app)
    press(app, "teaching_next")
    assert not any(word in words(app) for word in ANSWER_WORDS)


def test_the_teacher_opens_the_answer_and_leads_on(
    place: Workspace, in_step: TeachingSession, opened: Open
) -> None:
    app = press(opened(), "teaching_answer")
    now = sessions.session(place, in_step.id)
    assert (now.position, now.revealed) == (0, True)
    assert "Quokka" in words(app)
    press(app, "teaching_next")
    now = sessions.session(place, in_step.id)
    assert (now.position, now.revealed) == (1, False)
    assert app.button(key="teaching_next").disabled and "Case 2 of 2" in words(app)
    press(app, "teaching_previous")
    assert sessions.session(place, in_step.id).position == 0


def test_at_ones_own_pace_looking_through_cases_leads_nobody(
    place: Workspace, reader: Reader, opened: Open
) -> None:
    ids = [made_case(place).id, normal_case(place).id]
    session = opened_session(place, reader, ids)
    app = press(opened(), "teaching_next")
    assert "Case 2 of 2" in words(app) and "teaching_answer" not in buttons(app)
    assert sessions.session(place, session.id).position == 0


def test_a_closed_session_can_be_looked_at_and_no_more(
    place: Workspace, in_step: TeachingSession, opened: Open
) -> None:
    app = press(opened(session=str(in_step.id)), "teaching_close_session")
    assert not sessions.session(place, in_step.id).open
    assert "This session is closed." in words(app) and in_step.code not in words(app)
    assert {"teaching_answer", "teaching_close_session"}.isdisjoint(buttons(app))


def test_thirty_trainees_fit_in_the_list(
    place: Workspace, in_step: TeachingSession, opened: Open
) -> None:
    with place.work() as work:
        for number in range(30):
            digest = f"{number:064d}"
            made = work.trainees.add(
                in_step.cohort, f"t{number}", f"t{number}", Secrets(digest, digest),
                joined_at=in_step.made_at,
            )  # fmt: skip
            assert made is not None
            work.teaching_sessions.admit(in_step.id, made.id)
    said = words(opened())
    assert "30 joined" in said and said.count("<bdi>t") == 30


def test_a_finding_that_nobody_picked_is_told_once_the_answer_is_open(place: Workspace) -> None:
    case = made_case(place)
    found = Distribution(
        case.id, 3, 3, {"nodule": (0.6, 0.6)}, {"nodule": {"left": 2}}, (), least=2
    )
    tints = live_answers.colours()
    hidden = live_answers.answers_html(found, None, tints)
    shown = live_answers.answers_html(found, case, tints)
    assert EFFUSION not in hidden and "0 of 3" in shown and "present: right" in shown
    assert "not in the reference" in shown and "0.6: 2 times" in shown


def test_marks_and_outlines_lie_where_they_are_on_the_film(place: Workspace) -> None:
    case = made_case(place)
    tints = {EFFUSION: "#4da3ff"}
    plain = live_film.overlay_svg(case.film, [(EFFUSION, 40.0, 180.0)], (), tints)
    assert 'viewBox="0 0 200 240"' in plain and 'cx="40.0" cy="180.0"' in plain
    assert "polygon" not in plain
    assert "23.5,151.2" in live_film.overlay_svg(case.film, (), case.regions, tints)


def test_a_session_that_is_closed_stays_in_sight_beside_one_of_its_name(
    place: Workspace, reader: Reader, opened: Open
) -> None:
    ids = [made_case(place).id]
    first, second = (opened_session(place, reader, ids) for _number in range(2))
    app = opened(session=str(first.id))
    box = app.selectbox(key="teaching_session")
    assert len(set(box.options)) == 2
    press(app, "teaching_close_session")
    assert app.selectbox(key="teaching_session").value == first.id
    assert "This session is closed." in words(app)
    assert sessions.session(place, second.id).open
