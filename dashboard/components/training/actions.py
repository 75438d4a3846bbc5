"""What can be done with the run that is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.domain.errors import OverreadError
from dashboard.components import messages
from dashboard.components.messages import plain
from dashboard.language import translate as _
from dashboard.navigation import MODELS
from dashboard.services.register_adapter import (
    register_run,
    registered_as,
    sits_on_the_shelf,
    take_back,
)
from dashboard.services.training_runs import Stage, TrainingRun, cancel_run
from dashboard.services.training_runs_start import dismiss_run, resume_run
from dashboard.services.writer_versions import use_of
from dashboard.workspace import Workspace

ERROR = "training_error"


def show(place: Workspace, row: TrainingRun) -> None:
    """The buttons of a run in its stage, and what the last one met."""
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="training_actions"
    ):
        if row.stage is Stage.RUNNING:
            _button(place, row, _("Cancel after this step"), cancel_run, "cancel")
        elif row.stage is Stage.STARTING:
            _button(place, row, _("Cancel"), cancel_run, "cancel")
        elif row.resumable:
            _button(place, row, _("Resume"), resume_run, "resume", kind="primary")
        elif row.stage is Stage.NOT_BEGUN:
            _button(place, row, _("Dismiss"), dismiss_run, "dismiss")
        elif row.stage is Stage.DONE:
            _finished(place, row)
    if error := st.session_state.pop(ERROR, None):
        messages.error(error)


def _finished(place: Workspace, row: TrainingRun) -> None:
    """The way from a finished run to a model that drafts, and back."""
    assert row.run is not None
    if model := registered_as(place, row.run):
        words = _("Registered as {model}: it can draft, and be compared.").format(model=model)
        st.caption(plain(words), width="content")
        st.page_link(MODELS, label=_("Models"), width="content", query_params={"part": "write"})
        if below := use_of(place, model):
            words = _(
                "It is the active version of {model}, or on its way back: it cannot be taken back, "
                "and without its folder the version before it writes."
            )
            st.caption(plain(words.format(model=below)), width="content")
            return
        _button(place, row, _("Take it back"), take_back, "take_back")
        return
    try:
        sits_on_the_shelf(place, row.run)
    except OverreadError as error:
        messages.error(error)
        return
    _button(place, row, _("Register as a model"), register_run, "register", kind="primary")


def _button(
    place: Workspace,
    row: TrainingRun,
    label: str,
    act: Callable[..., Any],
    key: str,
    kind: Any = "secondary",
) -> None:
    arguments = (act, place, row.name)
    st.button(label, type=kind, key=f"training_{key}", on_click=_act, args=arguments)


def _act(act: Callable[..., Any], place: Workspace, name: str) -> None:
    """Carry out what a button asks for; an error is shown when the page is drawn again."""
    try:
        act(place, name, reader=place.reader())
    except OverreadError as error:
        st.session_state[ERROR] = error
