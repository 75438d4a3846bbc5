"""The card that lies beside the weights, whole or one section of it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

USE, LIMITS = "Intended use", "Limits"
MOST_BYTES = 200_000


def read_card(path: Path | None) -> str:
    """Return the text of a card; empty where there is none."""
    if path is None or not path.is_file() or path.stat().st_size > MOST_BYTES:
        return ""
    return path.read_text(encoding="utf-8", errors="replace")


def card_section(card: str, heading: str) -> str:
    """Return what stands under a heading of the second level, up to the next one."""
    _, found, after = f"\n{card}".partition(f"\n## {heading}\n")
    return after.partition("\n## ")[0].strip() if found else ""


def show_card(card: str) -> None:
    """Show the whole card; Markdown without HTML, a heading below that of the page."""
    with st.container(key="model_card"):
        st.markdown(card)
