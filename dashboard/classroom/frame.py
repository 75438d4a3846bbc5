"""What stands around the classroom's page: its bar, its notice, and nothing of the dashboard."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import streamlit as st

from core.domain.errors import OverreadError
from core.domain.teaching import Trainee
from dashboard.components import messages
from dashboard.components.teaching import join
from dashboard.language import translate as _

ROOT = Path(__file__).resolve().parents[2]
_COMPONENTS = ROOT / "dashboard" / "components"
_CSS = (_COMPONENTS / "page.css").read_text(encoding="utf-8") + (
    _COMPONENTS / "assets" / "classroom.css"
).read_text(encoding="utf-8")


def run() -> None:
    """One run: page settings, then the one page that there is."""
    title = _("Classroom")
    st.set_page_config(
        page_title=f"{title} · Overread",
        page_icon=str(_COMPONENTS / "assets" / "icon.png"),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    lost = json.dumps(_("The server does not answer. What you type is kept and saved later."))
    st.html(f"<style>{_CSS}\n:root {{ --lost: {lost}; }}</style>")
    page = st.navigation([st.Page(ROOT / "pages" / "classroom.py", title=title)], position="hidden")
    try:
        page.run()
    except OverreadError as error:
        messages.error(error)


def bar(trainee: Trainee | None) -> None:
    """The bar: who reads, under which nickname, and the way out."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="top_bar"):
        st.html('<span class="brand">Overread</span>', width="content")
        room = _("Classroom")
        st.html(f'<span class="muted">{escape(room)}</span>', width="content")
        st.space("stretch")
        notice = _("Research software, not a medical device. Cases hold no patient's identity.")
        st.html(f'<span class="notice">{escape(notice)}</span>', width="content")
        if trainee is not None:
            with st.popover(messages.plain(trainee.nickname), width="content"):
                join.show_member(trainee)
