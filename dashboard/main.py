"""Streamlit's entry: page settings, the frame, and the page that was asked for."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st

from core.domain.errors import OverreadError
from dashboard import navigation
from dashboard.components import frame, messages

st.set_page_config(
    page_title="Overread",
    page_icon=str(ROOT / "dashboard" / "components" / "assets" / "icon.png"),
    layout="wide",
    initial_sidebar_state="collapsed",
)
entries = navigation.pages()
chosen = st.navigation([entry.page for entry in entries], position="hidden")
try:
    frame.show(entries)
    chosen.run()
except OverreadError as error:
    messages.error(error)
