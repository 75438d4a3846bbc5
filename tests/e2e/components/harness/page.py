"""A review page in small: what the real one does with the three components, without a database."""

from __future__ import annotations

import case
import streamlit as st

from dashboard.components import findings_panel, report_editor, viewer

HEIGHT = "calc(100vh - 96px)"

st.set_page_config(layout="wide")
st.html(
    "<style>[data-testid=stHeader]{display:none}"
    "[data-testid=stMainBlockContainer]{padding:8px 16px}"
    "[data-testid=stVerticalBlock]{gap:8px}</style>"
)
current = case.read()

with st.container(horizontal=True, height=72, border=False):
    st.button("Run again")
    st.text(" · ".join(st.session_state.get("said", [])) or "nothing yet")


def say(sentence: str) -> None:
    st.session_state["said"] = [*st.session_state.get("said", []), sentence]


left, right = st.columns([3, 2], gap="small")
with left:
    viewer.show(
        [viewer.FilmView(**film) for film in current["films"]],
        [viewer.MapView(**map_) for map_ in current["maps"]],
        height_css=HEIGHT,
        key="viewer",
    )
with right:
    findings_panel.show(
        [findings_panel.FindingRow(**row) for row in current["rows"]],
        not_assessed=current["not_assessed"],
        state=current["state"],
        key="panel",
    )
    report_editor.show(
        study_id=7,
        url="/api/v1/studies/7/report",
        sections=current["sections"],
        version=current["version"],
        typed=current["typed"],
        read_only=current["read_only"],
        draft_sentences=[
            report_editor.DraftSentenceView(**sentence) for sentence in current["sentences"]
        ],
        checks_open=current["checks_open"],
        can_sign=True,
        pdf_url="/api/v1/studies/7/report.pdf",
        key="editor",
        height_css=HEIGHT,
        on_sign=lambda version: say(f"sign {version}"),
        on_next=lambda: say("next"),
        on_saved=(lambda version: say(f"saved {version}")) if current["tell_saves"] else None,
    )
