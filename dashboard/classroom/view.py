"""The classroom's page: who reads, which session, and the case that it is at."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.domain.teaching import Pace, TeachingSession, Trainee
from dashboard.classroom import repeating
from dashboard.classroom.frame import bar
from dashboard.classroom.join_route import COOKIE
from dashboard.components import messages
from dashboard.components.teaching import blind_read, join
from dashboard.language import translate as _
from dashboard.services.teaching import reading, sessions, standing
from dashboard.services.teaching.reading import Position, Turn
from dashboard.workspace import Workspace

LOOK_SECONDS = 2.0
CHOSEN = "session"


def show(place: Workspace) -> None:
    """The page. Who reads is asked of the cookie at every run; nothing else that a browser says."""
    trainee = trainee_here(place)
    bar(trainee)
    blind_read.show_refused()
    if trainee is None:
        join.show()
        return
    if repeating.show(place, trainee, lambda: trainee_here(place)):
        return
    session = _session(place, trainee)
    if session is None:
        sentence = _("You are in no session. Join one with its code: choose your nickname above.")
        st.html(f'<p class="case-wait">{escape(sentence)}</p>')
        repeating.offer(place, trainee)
        return
    _room(place, trainee, session)


def trainee_here(place: Workspace) -> Trainee | None:
    token = st.context.cookies.get(COOKIE, "")
    return sessions.trainee_of(place, token) if token else None


def _session(place: Workspace, trainee: Trainee) -> TeachingSession | None:
    """The open session that was joined, else the newest; of several open ones a choice.

    An address may name one of them; one that was never joined is not among them.
    """
    joined = sessions.sessions_of(place, trainee)
    open_ones = [session for session in joined if session.open] or list(joined[:1])
    if len(open_ones) < 2:
        return open_ones[0] if open_ones else None
    by_id = {session.id: session for session in open_ones}
    if st.session_state.get(CHOSEN) not in by_id:
        asked = st.query_params.get("session")
        named = (number for number in by_id if str(number) == asked)
        st.session_state[CHOSEN] = next(named, open_ones[0].id)
    # Of numbers: a box that holds sessions gives back what a session was when it was chosen.
    chosen = st.selectbox(
        _("Session"),
        list(by_id),
        width=360,
        format_func=lambda number: by_id[number].title or by_id[number].code,
        key=CHOSEN,
        label_visibility="collapsed",
    )
    return by_id[chosen]


def _room(place: Workspace, trainee: Trainee, session: TeachingSession) -> None:
    key = f"case_{session.id}"
    at = f"{key}_at"
    # Once it is over nobody leads: each goes through the answers of what he committed.
    alone = session.pace is Pace.OWN or not session.open
    asked = st.session_state.get(at) if alone else None
    position = reading.position(place, trainee, session.id, at=asked)
    number = _number(position)
    # Another case is another film and another answer: nothing of the last one may linger.
    shown = f"{key}_{number or 0}"
    if alone:
        # What is on show stays on show: a commit opens its answer and does not go on by itself.
        st.session_state[at] = None if number is None else number - 1

    def steps() -> None:
        _steps(position, session, standing.places_open(place, trainee, session), at)

    blind_read.show(
        place,
        trainee,
        position,
        key=shown,
        at_end=steps if alone else None,
        who=lambda: trainee_here(place),
    )
    if not alone:
        _follow_teacher(place, session)
    if position.turn is Turn.DONE:
        repeating.offer(place, trainee)


def _number(position: Position) -> int | None:
    shown = position.blind or position.revealed
    return None if shown is None else shown.number


def _steps(position: Position, session: TeachingSession, places: tuple[int, ...], at: str) -> None:
    """Previous and next of ``places``; the next case opens once this one is committed."""
    number = _number(position)
    here = len(session.case_ids) if number is None else number - 1
    before = max((place for place in places if place < here), default=None)
    with st.container(horizontal=True, key="case_steps", gap="small", width="content"):
        st.button(
            _("Previous"),
            key=f"{at}_previous",
            disabled=before is None,
            on_click=_go,
            args=(at, before),
        )
        st.button(
            _("Next"),
            key=f"{at}_next",
            disabled=position.turn is not Turn.REVEALED,
            on_click=_go,
            args=(at, min((place for place in places if place > here), default=None)),
            type="primary" if position.turn is Turn.REVEALED else "secondary",
        )


def _go(at: str, index: int | None) -> None:
    st.session_state[at] = index


def _follow_teacher(place: Workspace, session: TeachingSession) -> None:
    """Run the page again when the teacher goes on, opens the answer or ends the session."""

    @st.fragment(run_every=LOOK_SECONDS)
    @messages.shown_here()
    def look() -> None:
        now = sessions.session(place, session.id)
        if (now.position, now.revealed, now.open) != (
            session.position,
            session.revealed,
            session.open,
        ):
            st.rerun()

    look()
