"""Filters of the worklist: counts per status as chips, one search field, the page."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.domain.errors import N_
from core.domain.study import StudyStatus
from dashboard.language import translate as _

STATUS_LABELS = {
    StudyStatus.WAITING: N_("waiting"),
    StudyStatus.DRAFTED: N_("drafted"),
    StudyStatus.IN_PROGRESS: N_("in progress"),
    StudyStatus.SIGNED: N_("signed"),
}


@dataclass(frozen=True)
class Filter:
    status: StudyStatus | None
    query: str
    page: int

    @property
    def narrowed(self) -> bool:
        return self.status is not None or bool(self.query.strip())


def chosen() -> Filter:
    """What the filters below are set to."""
    state = st.session_state
    return Filter(state.get("status"), state.get("query") or "", int(state.get("page", 1)))


def show(counts: dict[StudyStatus, int]) -> None:
    """The row of filters."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.pills(
            _("Status"),
            list(StudyStatus),
            format_func=lambda item: f"{_(STATUS_LABELS[item])} {counts[item]}",
            key="status",
            label_visibility="collapsed",
            on_change=_first_page,
            width="content",
        )
        st.text_input(
            _("Search"),
            placeholder=_("Name, ID, accession, indication"),
            key="query",
            label_visibility="collapsed",
            max_chars=200,
            on_change=_first_page,
            width=360,
        )


def pages(total: int, size: int) -> None:
    """The pager, where there is more than one page."""
    if total > size:
        st.pagination((total + size - 1) // size, key="page")


def _first_page() -> None:
    st.session_state["page"] = 1
