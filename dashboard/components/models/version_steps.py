"""What a page does with versions of either kind: say what is at work, choose one, make it active.

An act on versions takes the place, its own arguments, and ``reader``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any, TypeVar

import streamlit as st

from core.domain.errors import OverreadError
from dashboard.components import messages
from dashboard.components.models.table import show_table
from dashboard.components.models.version_words import (
    decision_sentence,
    decision_table,
    named,
    written_under,
)
from dashboard.language import translate as _
from dashboard.services.version_acts import to_itself
from dashboard.services.version_rule import UNREAD, AnyVersion, Kept, KeptVersions
from dashboard.workspace import Workspace

_ERROR = "versions_error"
Act = Callable[..., Any]
V = TypeVar("V", bound=AnyVersion)


def show_error() -> None:
    """Show why the last button did nothing."""
    if failure := st.session_state.pop(_ERROR, None):
        messages.error(failure)


def muted(sentence: str) -> None:
    st.html(f'<p class="muted">{escape(sentence)}</p>')


def standing(
    place: Workspace, kept: KeptVersions[V], label: str, fallen: str, roll_back: Act, key: str
) -> None:
    """What is at work, and the way back to what was before.

    Parameters
    ----------
    label : str
        What stands before the name of what is at work.
    fallen : str
        Why the active version is not, in one sentence; shown where it is not.
    """
    if kept.fallen:
        st.error(messages.plain(fallen))
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}_now"):
        _at_work(label, named(kept.in_force, kept.model), kept.digest)
        if kept.back_to is not None:
            before = named(kept.back_to, kept.model)
            _button(
                _("Roll back to {version}").format(version=before),
                roll_back, place, kept.model, key=f"{key}_roll_back",
            )  # fmt: skip
        elif kept.fallen:
            keep = _("Keep {version}").format(version=named("", kept.model))
            _button(keep, to_itself, place, kept.model, key=f"{key}_to_itself")


def one(
    place: Workspace,
    kept: KeptVersions[V],
    make_active: Act,
    command: Callable[[KeptVersions[V], Kept[V]], str],
    key: str,
) -> None:
    """Choose a version: what was decided of it, and the step that this allows.

    Parameters
    ----------
    command : callable
        Returns what is typed to compare a version with what is at work.
    """
    by_name: Mapping[str, Kept[V]] = {each.version.name: each for each in kept.kept}
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}_one"):
        chosen = st.selectbox(_("Version"), list(by_name), key=f"{key}_chosen", width=280)
        found = by_name[chosen]
        _button(
            _("Make active"), make_active, place, chosen, kept.model,
            key=f"{key}_make_active", primary=True, disabled=not found.may_be_tried,
        )  # fmt: skip
    _show_decision(found)
    if found.decision is None and not found.version.reason:
        st.code(command(kept, found), language=None)


def _at_work(label: str, name: str, digest: str) -> None:
    """Say what is at work, with the beginning of its digest."""
    short = f"SHA-256 {digest[:12]}" if digest else _("not read yet")
    st.html(
        f'<div class="signature model">{escape(label)} '
        f"<b>{escape(name)}</b> · {escape(short)}</div>",
        width="content",
    )


def _show_decision(kept: Kept[V]) -> None:
    """Why a version cannot be made active, what was decided of it, and every figure."""
    refused = kept.decision is not None and not kept.decision.accepts
    if kept.against == UNREAD:
        muted(
            _(
                "Its files, or those of the model that it sits on, were not read yet. Making it "
                "active reads them first, which can take minutes, and then looks for its decision."
            )
        )
    elif kept.against and not (refused and not kept.version.reason):
        muted(_("It cannot be made active: {reason}.").format(reason=_(kept.against)))
    if kept.decision is not None:
        st.html(f"<p>{escape(decision_sentence(kept.decision))}</p>")
        if kept.decision.settings:
            muted(written_under(kept.decision))
        show_table(decision_table(kept.decision))


def _button(
    label: str,
    act: Act,
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


def _act(act: Act, place: Workspace, *arguments: Any) -> None:
    """Carry out what a button asks for; an error is shown when the page is drawn again."""
    try:
        act(place, *arguments, reader=place.reader())
    except OverreadError as error:
        st.session_state[_ERROR] = error
