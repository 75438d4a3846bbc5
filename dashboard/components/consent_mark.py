"""The mark that a signed study may train models: one small switch, for wherever it is shown."""

from __future__ import annotations

import streamlit as st

from core.domain.errors import OverreadError
from dashboard.components import messages
from dashboard.language import translate as _
from dashboard.services import consent
from dashboard.workspace import Workspace

ERROR = "consent_error"


def switch(place: Workspace, study_id: int) -> None:
    """The switch of one signed study."""
    key = f"consent_{study_id}"
    # What is stored holds, also where it was marked on another page.
    st.session_state[key] = consent.may_train(place, study_id)
    st.checkbox(_("May train models"), key=key, on_change=_mark, args=(place, study_id, key))
    if error := st.session_state.pop(ERROR, None):
        messages.error(error)


def _mark(place: Workspace, study_id: int, key: str) -> None:
    say = consent.give_consent if st.session_state[key] else consent.withdraw_consent
    try:
        say(place, [study_id], reader=place.reader())
    except OverreadError as error:
        st.session_state[ERROR] = error
