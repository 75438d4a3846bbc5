"""Errors and notes as a reader sees them: what happened, then what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

import streamlit as st

from core.domain.errors import OverreadError
from dashboard import language


def error(failure: OverreadError) -> None:
    """Show an error in its two sentences."""
    st.error(f"{plain(language.sentence(failure))} {plain(language.remedy(failure))}")


@contextmanager
def shown_here() -> Iterator[None]:
    """Show an error in its own place; for what runs again by itself, beneath no page's run."""
    try:
        yield
    except OverreadError as failure:
        error(failure)


def empty(sentence: str, page: Path, action: str) -> None:
    """A page with nothing on it: one sentence, and the one next thing to do."""
    with st.container(key="empty", horizontal_alignment="center", gap="small"):
        st.html(f'<p class="muted">{escape(sentence)}</p>', width="content")
        st.page_link(page, label=action, width="content")


def plain(text: str) -> str:
    """Text as itself in Markdown: what came from a file must not become markup or links."""
    return "".join(f"\\{char}" if char in _MARKUP else char for char in text)


_MARKUP = frozenset("\\`*_{}[]<>()#+-!|~$:")
