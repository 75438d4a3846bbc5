"""Versions of the classifier: which one reads films, what was decided of others, the way back."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import streamlit as st

from core.domain.errors import OverreadError
from core.models import registry
from dashboard.components import messages
from dashboard.components.models import site_layer
from dashboard.components.models.table import lead, show_table
from dashboard.components.models.version_words import (
    decision_sentence,
    decision_table,
    history_table,
    named,
    versions_table,
)
from dashboard.language import translate as _
from dashboard.services import model_versions, version_history
from dashboard.services.model_versions import Kept, Shelf
from dashboard.workspace import Workspace

MOST_ACTS = 20
COMMAND = f"python -m core.training relearn --labels EXPORT --base {registry.EMBEDDED} --out NAME"
COMPARE = "python -m core.evaluation promotion --old {old} --new {new} --on EXPORT"
_ERROR, _CHOSEN = "versions_error", "versions_chosen"


def show(place: Workspace) -> None:
    """The whole part."""
    lead(_("Which version of the classifier reads films, and what was shown of the others?"))
    shelf = model_versions.shelf(place)
    if failure := st.session_state.pop(_ERROR, None):
        messages.error(failure)
    _standing(place, shelf)
    if shelf.kept:
        show_table(versions_table(shelf))
        _one(place, shelf)
    else:
        _nothing_yet()
    site_layer.show(place, shelf.model)
    if acts := version_history.history(place)[:MOST_ACTS]:
        with st.expander(_("History")):
            show_table(history_table(acts))


def _standing(place: Workspace, shelf: Shelf) -> None:
    """What reads now, and the way back to what read before."""
    if shelf.fallen:
        # The state itself may be damaged, and then names no version.
        what = shelf.active or _("The version that was promoted")
        sentence = _("{version} does not read films: {reason}. The shipped model reads them.")
        st.error(
            messages.plain(sentence.format(version=what, reason=_(shelf.fallen))),
        )
    reads = named("" if shelf.fallen else shelf.active)
    label = _("Films are read by")
    with st.container(horizontal=True, vertical_alignment="center", key="versions_now"):
        st.html(
            f'<div class="signature model">{escape(label)} '
            f"<b>{escape(reads)}</b> · SHA-256 {escape(shelf.digest[:12])}</div>",
            width="content",
        )
        if shelf.fallen:
            _button(_("Keep the shipped model"), model_versions.to_shipped, place)
        elif shelf.back_to is not None:
            label = _("Roll back to {version}").format(version=named(shelf.back_to))
            _button(messages.plain(label), model_versions.roll_back, place)


def _nothing_yet() -> None:
    sentence = _("No version was trained here yet. Export signed reports, then run:")
    st.html(f'<p class="muted">{escape(sentence)}</p>')
    st.code(COMMAND, language=None)


def _one(place: Workspace, shelf: Shelf) -> None:
    """The figures of one decision, and the step that it allows."""
    by_name = {kept.version.name: kept for kept in shelf.kept}
    with st.container(horizontal=True, vertical_alignment="bottom", key="versions_one"):
        chosen = st.selectbox(_("Version"), list(by_name), key=_CHOSEN, width=280)
        kept = by_name[chosen]
        _button(
            _("Promote"), model_versions.promote, place, chosen,
            primary=True, disabled=bool(kept.against),
        )  # fmt: skip
    _why(shelf, kept)
    if kept.decision is not None:
        st.html(f"<p>{escape(decision_sentence(kept.decision))}</p>")
        show_table(decision_table(kept.decision))


def _why(shelf: Shelf, kept: Kept) -> None:
    """Why it cannot be promoted now; without a decision, how one comes about."""
    refused = kept.decision is not None and not kept.decision.accepts
    if not kept.against or (refused and not kept.version.reason):
        return
    sentence = _("It cannot be promoted: {reason}.").format(reason=_(kept.against))
    st.html(f'<p class="muted">{escape(sentence)}</p>')
    if kept.decision is None and not kept.version.reason:
        old = shelf.active or shelf.model
        st.code(COMPARE.format(old=old, new=kept.version.name), language=None)


def _button(
    label: str,
    act: Callable[..., Any],
    place: Workspace,
    *arguments: Any,
    primary: bool = False,
    disabled: bool = False,
) -> None:
    st.button(
        label,
        type="primary" if primary else "secondary",
        disabled=disabled,
        key=f"versions_{act.__name__}",
        on_click=_act,
        args=(act, place, *arguments),
    )


def _act(act: Callable[..., Any], place: Workspace, *arguments: Any) -> None:
    """Carry out what a button asks for; an error is shown when the page is drawn again."""
    try:
        act(place, *arguments, reader=place.reader())
    except OverreadError as error:
        st.session_state[_ERROR] = error
