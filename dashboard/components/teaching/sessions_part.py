"""Sessions: the door, one session in sight with its code, and a new one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape

import streamlit as st

from core.domain.errors import OverreadError
from core.domain.teaching import TeachingSession
from dashboard.components import messages
from dashboard.components.models.table import lead
from dashboard.components.teaching import live, sessions_part_door, sessions_part_form
from dashboard.components.teaching.view_words import PACES, day, moment
from dashboard.language import translate as _
from dashboard.services.teaching import progress, sessions
from dashboard.services.teaching.room import Door
from dashboard.workspace import Workspace

CHOSEN = "teaching_session"
ADDRESS = "session"
_ERROR = "teaching_close_error"


def show(place: Workspace) -> None:
    """The whole part."""
    door = sessions_part_door.show(place)
    found = sessions.sessions(place)
    if st.session_state.get(sessions_part_form.ASKED):
        lead(_("Who reads together, which cases, and at whose pace?"))
        sessions_part_form.show(place)
        return
    if not found:
        _nothing()
        return
    session = _choose(found)
    _head(place, session, door)
    if error := st.session_state.pop(_ERROR, None):
        messages.error(error)
    live.show(place, session)


def _nothing() -> None:
    with st.container(key="empty", horizontal_alignment="center", gap="small"):
        sentence = _("No session was opened yet.")
        st.html(f'<p class="muted">{escape(sentence)}</p>', width="content")
        _new()


def _new() -> None:
    st.button(
        _("New session"),
        type="primary",
        key="teaching_new_session_button",
        on_click=sessions_part_form.ask,
    )


def _choose(found: Sequence[TeachingSession]) -> TeachingSession:
    """Ask which session is looked at: the one of the address, else the newest open one."""
    by_id = {session.id: session for session in found}
    if st.session_state.get(CHOSEN) not in by_id:
        asked = st.query_params.get(ADDRESS, "")
        number = int(asked) if asked.isascii() and asked.isdigit() else 0
        st.session_state[CHOSEN] = number if number in by_id else found[0].id
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="session_choice"
    ):
        chosen = st.selectbox(
            _("Session"),
            list(by_id),
            format_func=lambda number: told(by_id[number]),
            key=CHOSEN,
            label_visibility="collapsed",
        )
        _new()
    st.query_params[ADDRESS] = str(chosen)
    return by_id[chosen]


def told(session: TeachingSession) -> str:
    """One line that tells a session from others; its number, since two may be named alike."""
    facts = [session.title, session.cohort, day(session.made_at), f"#{session.id}"]
    if not session.open:
        facts.append(_("closed"))
    return " · ".join(filter(None, facts))


def _head(place: Workspace, session: TeachingSession, door: Door) -> None:
    """What trainees type, large enough for the last row; and the end of the session."""
    with st.container(
        horizontal=True, vertical_alignment="center", gap="medium", key="session_head"
    ):
        st.html(head_html(session, door), width="stretch")
        st.download_button(
            _("Export {format}").format(format="CSV"),
            partial(_csv, place, session.id),
            file_name=f"session-{session.id}.csv",
            mime="text/csv",
            key="teaching_session_csv",
            on_click="ignore",
        )
        if session.open:
            with st.popover(_("Close the session")):
                st.caption(_("Its code opens nothing any more. Committed reads stay."))
                st.button(
                    _("Close for good"),
                    key="teaching_close_session",
                    on_click=_close,
                    args=(place, session.id),
                )


def head_html(session: TeachingSession, door: Door) -> str:
    """The code and the addresses; one sentence where nobody can join."""
    count = len(session.case_ids)
    facts = [
        _(PACES[session.pace]),
        _("with history") if session.history_allowed else _("without history"),
        _("1 case") if count == 1 else _("{count} cases").format(count=count),
        _("opened {when}").format(when=moment(session.made_at)),
    ]
    note = f'<span class="muted">{escape(" · ".join(facts))}</span>'
    if not session.open:
        closed = escape(_("This session is closed."))
        return f'<div class="join"><p>{closed}</p>{note}</div>'
    if not door.open:
        shut = escape(_("Nobody can join: the switch above lets trainees in."))
        return f'<div class="join"><p class="warn">{shut}</p>{note}</div>'
    addresses = "".join(f"<span>{escape(each)}</span>" for each in door.addresses[:2])
    code = escape(_("code"))
    return (
        f'<div class="join"><div class="where">{addresses}</div>'
        f'<div class="code"><small>{code}</small><b>{escape(session.code)}</b></div>{note}</div>'
    )


def _csv(place: Workspace, session_id: int) -> bytes:
    return progress.session_csv(place, session_id).encode("utf-8")


def _close(place: Workspace, session_id: int) -> None:
    try:
        sessions.close_session(place, session_id, reader=place.reader())
    except OverreadError as error:
        st.session_state[_ERROR] = error
    # Its line reads otherwise now, by which the box would lose it and show another session.
    st.session_state[CHOSEN] = session_id
