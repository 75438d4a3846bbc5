"""The way from a signed study to its teaching case, on the review page."""

from __future__ import annotations

import streamlit as st

from dashboard.components import parts
from dashboard.language import translate as _
from dashboard.navigation import TEACHING
from dashboard.services.edit_report import Review
from dashboard.services.teaching import cases
from dashboard.workspace import Workspace

STUDY = "case_of"
"""Names the study in the teaching page's address."""


def asked() -> int | None:
    """The study that the address asks to make a case of."""
    asked = st.query_params.get(STUDY, "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else None


def show(place: Workspace, review: Review) -> None:
    """One click makes a signed study a case's form; what was made of it before is said beside."""
    if not review.signed:
        return
    made = cases.case_of_study(place, review.study.id)
    st.page_link(
        TEACHING,
        label=_("Make another teaching case") if made else _("Make a teaching case"),
        query_params={parts.PART: "cases", STUDY: str(review.study.id)},
        help=_("Without the patient: you see what it will hold before it is made."),
        width="content",
    )
