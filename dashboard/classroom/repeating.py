"""What a trainee missed comes back after days: read again, outside of any session."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.domain.teaching import Trainee
from dashboard.components.teaching import blind_read
from dashboard.language import translate as _
from dashboard.services.teaching import progress, reading
from dashboard.services.teaching.reading import Turn
from dashboard.workspace import Workspace

CASE = "repeat_case"
AGAIN = "repeat_again"


def offer(place: Workspace, trainee: Trainee) -> None:
    """How many cases are due again, and the way to the first; nothing where none is."""
    due = progress.due(place, trainee)
    if not due:
        return
    with st.container(horizontal_alignment="center", key="repeat_offer"):
        told = _("Cases that you missed something of are due again: {count}.")
        st.html(f'<p class="muted">{escape(told.format(count=len(due)))}</p>', width="content")
        st.button(_("Read them again"), type="primary", on_click=_begin, args=(due[0].case_id,))


def show(place: Workspace, trainee: Trainee, who: blind_read.Who) -> bool:
    """The case that is being read again; returns whether there is one."""
    case_id = st.session_state.get(CASE)
    if case_id is None:
        return False
    again = bool(st.session_state.pop(AGAIN, False))
    position = reading.practice(place, trainee, case_id, again=again)
    blind_read.show(
        place,
        trainee,
        position,
        key=f"repeat_{case_id}_{position.committed}_{position.turn}",
        at_end=lambda: _steps(place, trainee, position.turn),
        who=who,
    )
    return True


def _steps(place: Workspace, trainee: Trainee, turn: Turn) -> None:
    with st.container(horizontal=True, key="case_steps", gap="small", width="content"):
        st.button(_("Leave"), key="repeat_leave", on_click=_end)
        due = progress.due(place, trainee) if turn is Turn.REVEALED else ()
        if due:
            st.button(
                _("Next"), key="repeat_next", type="primary", on_click=_begin,
                args=(due[0].case_id,),
            )  # fmt: skip


def _begin(case_id: int) -> None:
    st.session_state[CASE] = case_id
    st.session_state[AGAIN] = True


def _end() -> None:
    st.session_state.pop(CASE, None)
