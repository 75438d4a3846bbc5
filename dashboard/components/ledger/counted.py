"""What is counted: the state of the ledger, and whether phantoms stand in it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import streamlit as st

from dashboard.language import translate as _
from dashboard.services.ledger_figures import LedgerFigures, ledger_figures, newest_signature
from dashboard.workspace import Workspace

_KEPT, _SWITCH = "ledger_phantoms_kept", "ledger_phantoms"


@dataclass(frozen=True)
class State:
    """All that the figures depend on: what was signed is never changed."""

    database: str
    newest: int
    phantoms: bool


def state(place: Workspace) -> State:
    return State(str(place.engine.url), newest_signature(place), with_phantoms())


def figures_of(place: Workspace) -> LedgerFigures:
    """Return the figures, counted once for each state of the ledger."""
    return _counted(place, state(place))


@st.cache_data(show_spinner=False, max_entries=4)
def _counted(_place: Workspace, asked: State) -> LedgerFigures:
    return ledger_figures(_place, phantoms=asked.phantoms)


def with_phantoms() -> bool:
    """Whether this reader asked for phantoms beside real studies."""
    return bool(st.session_state.get(_KEPT, False))


def switch(real: bool, phantoms: bool) -> None:
    """Ask whether phantoms count where there are both; say so where there is nothing else."""
    if real and phantoms:
        # Of a widget that is not drawn, in another part of the page, nothing is kept.
        st.toggle(_("Count phantoms too"), with_phantoms(), key=_SWITCH, on_change=_keep)
    elif phantoms:
        note(_("All of these are phantoms: the figures show the page, and nothing of patients."))


def _keep() -> None:
    st.session_state[_KEPT] = st.session_state[_SWITCH]


def note(sentence: str) -> None:
    """A line below a chart or a table."""
    st.html(f'<p class="muted note">{escape(sentence)}</p>')
