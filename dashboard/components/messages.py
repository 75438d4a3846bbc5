"""Errors and notes as a reader sees them: what happened, then what to do."""

from __future__ import annotations

import streamlit as st

from core.domain.errors import OverreadError
from dashboard import language


def error(failure: OverreadError) -> None:
    """Show an error in its two sentences."""
    st.error(f"{plain(language.sentence(failure))} {plain(language.remedy(failure))}")


def plain(text: str) -> str:
    """Text as itself in Markdown: what came from a file must not become markup or links."""
    return "".join(f"\\{char}" if char in _MARKUP else char for char in text)


_MARKUP = frozenset("\\`*_{}[]<>()#+-!|~$:")
