"""Which run is looked at; the address keeps it."""

from __future__ import annotations

import streamlit as st

from dashboard.components.training.words import stage_words
from dashboard.language import translate as _
from dashboard.services.training_runs import TrainingRun, TrainingRuns

ADDRESS = "run"
CHOSEN = "training_run"


def look_at(name: str) -> None:
    """Choose a run for the run of the page that follows."""
    st.session_state[CHOSEN] = name


def choose(found: TrainingRuns) -> TrainingRun:
    """Ask which run is looked at: the one of the address, else one at work, else the newest."""
    names = [row.name for row in found.rows]
    if st.session_state.get(CHOSEN) not in names:
        asked = st.query_params.get(ADDRESS, "")
        first = next(iter(found.active), found.rows[0]).name
        st.session_state[CHOSEN] = asked if asked in names else first
    stages = {row.name: stage_words(row.stage) for row in found.rows}
    chosen = st.selectbox(
        _("Run in detail"),
        names,
        format_func=lambda name: f"{name} · {stages.get(name, '')}",
        key=CHOSEN,
    )
    st.query_params[ADDRESS] = chosen
    row = found.named(chosen)
    return row if row is not None else found.rows[0]
