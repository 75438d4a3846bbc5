"""Which unsigned studies are asked for next, and why; each opens with one click."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboard.components import messages, reading_first
from dashboard.components.models.table import lead
from dashboard.language import translate as _
from dashboard.navigation import REVIEW, WORKLIST
from dashboard.services.learning_queue import Queued, learning_queue
from dashboard.workspace import Workspace

COUNT = 12
"""As many as stand on one screen."""


def show(place: Workspace) -> None:
    """The queue in its order, and what was measured of it."""
    found = learning_queue(place, COUNT, bare=reading_first.is_on())
    if not found:
        messages.empty(
            _("No unsigned study of a patient has a draft to choose by; phantoms are left out."),
            WORKLIST,
            _("Open the worklist"),
        )
        return
    lead(_("Worth reading next, by what their drafts say."))
    measured = _(
        "On real films whose labels were hidden, this order has not been shown to teach faster "
        "than a random one."
    )
    st.html(f'<p class="muted">{escape(measured)}</p>')
    for each in found:
        _row(each)


def _row(each: Queued) -> None:
    with st.container(horizontal=True, gap="medium", key=f"ledger_asked_{each.study_id}"):
        with st.container(width=320):
            name = each.patient or _("no name")
            label = f"{each.rank}\\. {messages.plain(name)} · {messages.plain(each.projections)}"
            st.page_link(REVIEW, label=label, query_params={"study": str(each.study_id)})
        st.html(f'<p class="asked">{_reasons(each)}</p>')


def _reasons(each: Queued) -> str:
    first, *others = [escape(reason.words) for reason in each.reasons] or [""]
    return f"{first}<br><small>{' '.join(others)}</small>" if others else first
