"""The page ``training``: start a run, watch it, compare it, make it a model."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import streamlit as st

from dashboard.components import parts
from dashboard.components.messages import plain
from dashboard.components.models.table import lead
from dashboard.components.training import (
    actions,
    counted,
    curves,
    details,
    on_gpu,
    rows,
    selection,
    start_dialog,
)
from dashboard.language import translate as _
from dashboard.services.training_runs import TrainingRun, TrainingRuns, training_runs
from dashboard.workspace import Workspace

LOOK_SECONDS = 2
"""Between two looks at the files of a run at work; the figure is drawn every second look."""
RUNS, COUNTED, GPU = "runs", "parameters", "gpu"
_ACTIVE = "training_active"
_ASSETS = Path(__file__).parents[1] / "assets"
_CSS = "\n".join(
    (_ASSETS / name).read_text(encoding="utf-8") for name in ("models.css", "training.css")
)
_COMMAND = "python -m core.training lora --model qwen2-vl-2b --corpus PATH --recipe original"


def show(place: Workspace) -> None:
    """The whole page; every number of a run comes from its folder."""
    st.html(f"<style>{_CSS}</style>")
    lead(_("Which runs taught a model here, how far are they, and what came of each?"))
    shown: dict[str, Callable[[], None]] = {
        RUNS: lambda: _runs(place),
        COUNTED: counted.show,
        GPU: on_gpu.show,
    }
    with st.container(horizontal=True, vertical_alignment="center", key="training_head"):
        part = _part()
        if part == RUNS:
            st.button(
                _("Start a run"),
                type="primary",
                on_click=start_dialog.ask,
                key="training_ask_run",
            )
    shown[part]()


def _part() -> str:
    words = {RUNS: _("Runs"), COUNTED: _("Trained parameters"), GPU: _("On a GPU")}
    return parts.chosen(words, _("Which part"), key="training_part")


def _runs(place: Workspace) -> None:
    found = training_runs(place)
    st.session_state[_ACTIVE] = _at_work(found)
    _table(place, every=LOOK_SECONDS if found.active else None)
    for name in found.damaged:
        words = _("The folder {name} holds no run that can be read.").format(name=name)
        st.warning(plain(words))
    start_dialog.show_if_asked(place)
    if not found.rows:
        return
    left, right = st.columns([5, 6], gap="medium")
    with left:
        curves.choose(found)
        _figure(place, every=2 * LOOK_SECONDS if found.active else None)
    with right:
        row = selection.choose(found)
        _standing(place, row, every=LOOK_SECONDS if row.active else None)
        if row.run is not None:
            details.show_parts(row.run)


def _table(place: Workspace, every: int | None) -> None:
    """Figures and rows, looked at again while a run is at work."""

    @st.fragment(run_every=every)
    def looked_at() -> None:
        found = training_runs(place)
        if _at_work(found) != st.session_state.get(_ACTIVE):
            # Buttons and details change once a run begins or ends.
            st.rerun(scope="app")
        if not found.rows:
            _nothing()
            return
        rows.show_figures(found)
        rows.show_table(found)

    looked_at()


def _nothing() -> None:
    words = _("No model was trained here yet. Start a run, or type {command}.")
    st.html(f'<p class="muted">{escape(words.format(command=_COMMAND))}</p>')


def _figure(place: Workspace, every: int | None) -> None:
    @st.fragment(run_every=every)
    def drawn() -> None:
        curves.show(training_runs(place))

    drawn()


def _standing(place: Workspace, row: TrainingRun, every: int | None) -> None:
    @st.fragment(run_every=every)
    def told() -> None:
        found = training_runs(place)
        now = found.named(row.name)
        if now is None or _at_work(found) != st.session_state.get(_ACTIVE):
            # A button here runs this part alone, and what it did is seen on the whole page.
            st.rerun(scope="app")
        details.show_standing(now)
        actions.show(place, now)

    told()


def _at_work(found: TrainingRuns) -> tuple[tuple[str, str, bool], ...]:
    """Runs at work, their stages and whether they have logged a step, by which a change is told."""
    return tuple(
        (row.name, row.stage.value, bool(row.run and row.run.history)) for row in found.active
    )
