"""Which case is on show: for all in step, or as the teacher looks through them."""

from __future__ import annotations

import streamlit as st

from core.domain.errors import OverreadError
from core.domain.teaching import Pace, TeachingSession
from dashboard.components import messages
from dashboard.language import translate as _
from dashboard.services.teaching import sessions
from dashboard.workspace import Workspace

_ERROR = "teaching_step_error"


def position(session: TeachingSession) -> int:
    """Index of the case on show; a teacher's own choice where nobody is led."""
    if leads(session):
        return session.position
    last = len(session.case_ids) - 1
    return max(0, min(last, int(st.session_state.get(_key(session), 0))))


def leads(session: TeachingSession) -> bool:
    """Whether going on takes everybody along."""
    return session.open and session.pace is Pace.STEP


def show(place: Workspace, session: TeachingSession) -> None:
    """Previous, next and, in step, the answer."""
    at, last = position(session), len(session.case_ids) - 1
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="steps"):
        _button(place, session, at - 1, _("Previous"), "previous", "Alt+P", off=at == 0)
        if leads(session):
            _answer(place, session)
        _button(place, session, at + 1, _("Next"), "next", "Alt+N", off=at >= last)
    if error := st.session_state.pop(_ERROR, None):
        messages.error(error)


def _button(
    place: Workspace, session: TeachingSession, to: int, label: str, key: str, keys: str, off: bool
) -> None:
    # Once the answer is open, going on is what comes next.
    forth = key == "next" and leads(session) and session.revealed
    st.button(
        label,
        key=f"teaching_{key}",
        type="primary" if forth else "secondary",
        shortcut=keys,
        disabled=off,
        on_click=_go,
        args=(place, session, to, False),
    )


def _answer(place: Workspace, session: TeachingSession) -> None:
    st.button(
        _("Hide the answer") if session.revealed else _("Open the answer"),
        key="teaching_answer",
        type="secondary" if session.revealed else "primary",
        shortcut="Alt+O",
        on_click=_go,
        args=(place, session, session.position, not session.revealed),
    )


def _go(place: Workspace, session: TeachingSession, to: int, revealed: bool) -> None:
    if not leads(session):
        st.session_state[_key(session)] = to
        return
    try:
        sessions.step(place, session.id, position=to, revealed=revealed, reader=place.reader())
    except OverreadError as error:
        st.session_state[_ERROR] = error


def _key(session: TeachingSession) -> str:
    return f"teaching_look_{session.id}"
