"""Reading first: the switch that opens unread studies bare, and the reveal of their draft."""

from __future__ import annotations

import streamlit as st

from core.domain.errors import OverreadError
from core.domain.study import StudyStatus
from dashboard.components.review_state import not_opened
from dashboard.language import translate as _
from dashboard.services.read_first import open_bare, reveal
from dashboard.workspace import Workspace

ERROR = "read_first_error"
"""Session state: why a draft could be neither hidden nor revealed."""
_ON = "read_first"
_KEY = "read_first_switch"
_PARAMETER, _FIRST = "read", "first"


def is_on() -> bool:
    """Whether unread studies open without their draft.

    The session knows; the address says it as well, so that a reload keeps it.
    """
    if st.query_params.get(_PARAMETER) == _FIRST and _ON not in st.session_state:
        st.session_state[_ON] = True
    on = bool(st.session_state.get(_ON, False))
    if on:
        st.query_params[_PARAMETER] = _FIRST
    return on


def unlisted(status: StudyStatus) -> bool:
    """Whether the worklist keeps to itself what a draft found: in a study that nobody typed in."""
    typed = (StudyStatus.IN_PROGRESS, StudyStatus.SIGNED)
    return bool(st.session_state.get(_ON, False)) and status not in typed


def switch(place: Workspace, study_id: int) -> None:
    """One switch; a study that was opened with its draft stays as it is."""
    st.session_state[_KEY] = is_on()
    st.toggle(
        _("Read first"),
        key=_KEY,
        on_change=_turn,
        args=(place, study_id),
        help=_(
            "Opens each unread study without its draft until R reveals it, and leaves the findings "
            "of unread studies out of the worklist. A study whose draft was seen stays as it is."
        ),
        width="content",
    )


def _turn(place: Workspace, study_id: int) -> None:
    st.session_state[_ON] = st.session_state[_KEY]
    if not st.session_state[_ON]:
        st.query_params.pop(_PARAMETER, None)
        return
    try:
        open_bare(place, study_id, reader=place.reader())
    except OverreadError as error:
        st.session_state[ERROR] = error


def hide(place: Workspace, study_id: int) -> None:
    """Hide the draft of the study that is being opened, if nobody has read it yet.

    A study whose draft cannot be hidden now is not opened: the next run tries again.
    """
    try:
        open_bare(place, study_id, reader=place.reader())
    except OverreadError:
        not_opened()
        raise


def show_draft(place: Workspace, study_id: int) -> None:
    """A callback of the editor; an error stands above the text in the run that follows."""
    try:
        reveal(place, study_id, reader=place.reader())
    except OverreadError as error:
        st.session_state[ERROR] = error
