"""The worklist: take studies in, find one, open it."""

import streamlit as st

from dashboard.components import intake_panel, worklist_filters, worklist_table
from dashboard.services.worklist import PAGE_SIZE, worklist
from dashboard.workspace import workspace

place = workspace()
intake_panel.show(place)
chosen = worklist_filters.show(worklist(place, size=1).counts)


@st.fragment(run_every=3)
def table() -> None:
    """Rows alone, so that new drafts appear without touching what is being typed above."""
    found = worklist(place, status=chosen.status, query=chosen.query, page=chosen.page)
    worklist_table.show(found, filtered=chosen.narrowed)
    worklist_filters.pages(found.page.total, PAGE_SIZE)


table()
