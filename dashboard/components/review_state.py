"""Which study is open: the address says it, so that a link opens it."""

from __future__ import annotations

import streamlit as st

from dashboard.navigation import REVIEW, WORKLIST
from dashboard.services.worklist import next_study
from dashboard.workspace import Workspace


def chosen_study() -> int | None:
    """The study of the address, else the one opened last in this session."""
    asked = st.query_params.get("study", "")
    if asked.isdecimal() and len(asked) <= 9:
        st.session_state["last_study"] = int(asked)
    study_id: int | None = st.session_state.get("last_study")
    if study_id is not None:
        st.query_params["study"] = str(study_id)
    return study_id


def newly_opened(study_id: int) -> bool:
    """Whether this session opens the study now, and not only runs its page again."""
    before, st.session_state["open_now"] = st.session_state.get("open_now"), study_id
    return bool(before != study_id)


def not_opened() -> None:
    """Take back that this session opens the study: its opening failed."""
    st.session_state.pop("open_now", None)


def follow_requests(place: Workspace) -> None:
    """Go where a callback of the last run asked to go; a callback cannot switch pages itself."""
    after = st.session_state.pop("next_after", None)
    if after is None:
        return
    following = next_study(place, after)
    if following is None:
        st.switch_page(WORKLIST)
    st.switch_page(REVIEW, query_params={"study": str(following)})
