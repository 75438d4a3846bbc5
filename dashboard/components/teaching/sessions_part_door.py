"""The switch that lets trainees in, and what it opens."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.domain.errors import OverreadError
from dashboard.components import messages
from dashboard.language import translate as _
from dashboard.services.teaching import room
from dashboard.services.teaching.room import Door
from dashboard.workspace import Workspace

SWITCH = "teaching_door"
_ERROR = "teaching_door_error"


def show(place: Workspace) -> Door:
    """The switch with one line on what it does; what the door is after it."""
    found = room.door(place)
    # A classroom may have been opened or ended elsewhere since this page ran last.
    st.session_state[SWITCH] = found.open
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="door"):
        st.toggle(_("Let trainees in"), key=SWITCH, on_change=_switched, args=(place,))
        st.html(f'<p class="muted note">{escape(words(found))}</p>', width="stretch")
    if error := st.session_state.pop(_ERROR, None):
        messages.error(error)
    return found


def words(found: Door) -> str:
    """Who can reach the classroom, and what of the program."""
    if found.on_network:
        reach = _("Everybody on the network of this machine can reach it")
    else:
        reach = _("This machine alone can reach it; OVERREAD_CLASSROOM_ADDRESS opens it wider")
    if found.open:
        return _("Open. {reach}. It shows the teaching pages and nothing else.").format(reach=reach)
    return _(
        "Closed: nobody can join. The switch starts a second server that knows the teaching pages "
        "and nothing else. {reach}."
    ).format(reach=reach)


def _switched(place: Workspace) -> None:
    try:
        if st.session_state[SWITCH]:
            room.open_door(place, reader=place.reader())
        else:
            room.close_door(place, reader=place.reader())
    except OverreadError as error:
        st.session_state[_ERROR] = error
