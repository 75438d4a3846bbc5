"""What the parts of versions share: the line that says what is at work, a button, a decision."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import streamlit as st

from core.domain.errors import OverreadError
from dashboard.components import messages
from dashboard.components.models.table import show_table
from dashboard.components.models.version_words import decision_sentence, decision_table
from dashboard.language import translate as _
from dashboard.services.version_rule import AnyVersion, Kept
from dashboard.workspace import Workspace

_ERROR = "versions_error"


def show_error() -> None:
    """Show why the last button did nothing."""
    if failure := st.session_state.pop(_ERROR, None):
        messages.error(failure)


def at_work(label: str, name: str, digest: str) -> None:
    """Say what is at work, with the beginning of its digest."""
    short = f"SHA-256 {digest[:12]}" if digest else _("not read yet")
    st.html(
        f'<div class="signature model">{escape(label)} '
        f"<b>{escape(name)}</b> · {escape(short)}</div>",
        width="content",
    )


def muted(sentence: str) -> None:
    st.html(f'<p class="muted">{escape(sentence)}</p>')


def judged(kept: Kept[AnyVersion]) -> None:
    """Why a version cannot be made active, what was decided of it, and every figure."""
    refused = kept.decision is not None and not kept.decision.accepts
    if kept.against and not (refused and not kept.version.reason):
        muted(_("It cannot be made active: {reason}.").format(reason=_(kept.against)))
    if kept.decision is not None:
        st.html(f"<p>{escape(decision_sentence(kept.decision))}</p>")
        show_table(decision_table(kept.decision))


def button(
    label: str,
    act: Callable[..., Any],
    place: Workspace,
    *arguments: Any,
    key: str,
    primary: bool = False,
    disabled: bool = False,
) -> None:
    """Show a button that carries out a step in the reader's name."""
    st.button(
        messages.plain(label),
        type="primary" if primary else "secondary",
        disabled=disabled,
        key=key,
        on_click=_act,
        args=(act, place, *arguments),
    )


def _act(act: Callable[..., Any], place: Workspace, *arguments: Any) -> None:
    """Carry out what a button asks for; an error is shown when the page is drawn again."""
    try:
        act(place, *arguments, reader=place.reader())
    except OverreadError as error:
        st.session_state[_ERROR] = error
