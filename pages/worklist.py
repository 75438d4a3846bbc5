"""The worklist: take studies in, find one, open it."""

import streamlit as st

from dashboard.components import intake_panel, worklist_filters, worklist_table
from dashboard.services.worklist import PAGE_SIZE, worklist
from dashboard.workspace import workspace

place = workspace()
intake_panel.show(place)


@st.fragment(run_every=3)
def studies() -> None:
    """Runs by itself, so that new drafts appear without touching the upload above."""
    chosen = worklist_filters.chosen()
    found = worklist(place, status=chosen.status, query=chosen.query, page=chosen.page)
    worklist_filters.show(found.counts)
    worklist_table.show(found, filtered=chosen.narrowed)
    worklist_filters.pages(found.page.total, PAGE_SIZE)


studies()
