"""What stands around every page: the bar with the pages and the reader, and the research notice."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import streamlit as st

from core.domain.errors import OverreadError
from dashboard import navigation
from dashboard.components import messages
from dashboard.language import translate as _
from dashboard.navigation import Entry
from dashboard.services.readers import rename_reader
from dashboard.workspace import workspace

_ASSETS = Path(__file__).parent / "assets"
_CSS = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")


def run() -> None:
    """One run of the dashboard: page settings, the bar, and the page that was asked for."""
    st.set_page_config(
        page_title="Overread",
        page_icon=str(_ASSETS / "icon.png"),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    entries = navigation.pages()
    chosen = st.navigation([entry.page for entry in entries], position="hidden")
    try:
        show(entries)
        chosen.run()
    except OverreadError as error:
        messages.error(error)


def show(pages: list[Entry]) -> None:
    """Style the page and show the top bar."""
    lost = json.dumps(_("The server does not answer. What you type is kept and saved later."))
    st.html(f"<style>{_CSS}\n:root {{ --lost: {lost}; }}</style>")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="top_bar"):
        st.html('<span class="brand">Overread</span>', width="content")
        for entry in pages:
            if entry.listed:
                st.page_link(entry.page, label=entry.title, width="content")
        st.space("stretch")
        notice = _("Research software, not a medical device.")
        st.html(f'<span class="notice">{escape(notice)}</span>', width="content")
        _reader()


def _reader() -> None:
    """The name that will stand under signed reports, and the way to change it."""
    reader = workspace().reader()
    label = reader.name if reader.confirmed else _("Set your name")
    with st.popover(label, width="content"):
        st.caption(_("This name stands under the reports you sign."))
        with st.form("reader", border=False):
            st.text_input(_("Name of the reader"), reader.name, max_chars=120, key="reader_name")
            st.form_submit_button(_("Keep this name"), type="primary", on_click=_rename)
    if error := st.session_state.pop("reader_error", None):
        messages.error(error)


def _rename() -> None:
    try:
        name = st.session_state["reader_name"]
        rename_reader(workspace(), name, reader=workspace().reader())
    except OverreadError as error:
        st.session_state["reader_error"] = error
