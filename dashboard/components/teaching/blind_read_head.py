"""The line above a case: its place, its kind, and the way on."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from dashboard.components.teaching import blind_read_words
from dashboard.language import translate as _


def show(parts: tuple[str, ...], at_end: Callable[[], None] | None) -> None:
    """Show the line; ``parts`` are HTML."""
    if not parts and at_end is None:
        return
    line = f'<div class="strip case-head">{"".join(parts)}</div>'
    if at_end is None:
        st.html(line)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="case_line"):
        st.html(line)
        at_end()


def strong(words: str) -> str:
    return f"<b>{escape(words)}</b>"


def number(position: int, count: int) -> str:
    return _("Case {number} of {count}").format(number=position, count=count)


def kind(level: str, *, generated: bool, scored: bool) -> tuple[str, ...]:
    """Level, and what must be said of a film or its reference before anybody reads it."""
    tags = [
        *([_("generated film")] if generated else []),
        *([] if scored else [_("not scored: no firm reference")]),
    ]
    said = [f'<span class="muted">{escape(blind_read_words.level(level))}</span>']
    return (*said, *(f'<span class="tag">{escape(tag)}</span>' for tag in tags))
