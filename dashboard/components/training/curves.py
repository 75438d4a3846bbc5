"""Loss curves of chosen runs in one figure, and as files."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from core.training.finetuning.runs import Run
from dashboard.components import plotted
from dashboard.components.drawing import Plot
from dashboard.language import translate as _
from dashboard.services.training_runs import TrainingRuns
from dashboard.services.training_runs_export import histories_csv

SIZE = (6.6, 3.3)
"""Inches."""
LONGEST_NAME = 44
"""Letters of a name in the legend."""
CHOSEN = "training_curves"
_KNOWN = "training_curves_known"
FIRST = 3
"""Runs that are drawn before a person chooses."""


def choose(found: TrainingRuns) -> None:
    """Ask which runs are compared."""
    names = [row.name for row in found.rows if row.run is not None and row.run.history]
    # What a person chose is gone once they leave the page.
    known = st.session_state.get(_KNOWN) if CHOSEN in st.session_state else None
    kept = [name for name in st.session_state.get(CHOSEN, []) if name in names]
    # A run that logs its first step while somebody looks is what they wait for.
    new = names[:FIRST] if known is None else [name for name in names if name not in known]
    st.session_state[CHOSEN] = [*(name for name in new if name not in kept), *kept]
    st.session_state[_KNOWN] = names
    st.multiselect(_("Runs in the figure"), names, key=CHOSEN)


def show(found: TrainingRuns) -> None:
    """The figure of the runs that were chosen, as they stand now."""
    runs = chosen(found)
    if not runs:
        words = escape(_("Choose runs that have logged a step."))
        st.html(f'<p class="muted">{words}</p>')
        return
    histories = [(run.name, [(step.step, step.loss) for step in run.history]) for run in runs]
    axes = (_("optimizer step"), _("loss, nats a token"))
    plot = loss_plot(histories, axes)
    outlines = plotted.outlines(("loss", histories, axes), plot)
    alt = _("Loss by step of {runs}").format(runs=", ".join(run.name for run in runs))
    st.html(plotted.plot_html(outlines, alt))
    made = [*plotted.files(plot, outlines), ("CSV", histories_csv(runs), "text/csv")]
    with st.container(horizontal=True, gap="small", key="training_downloads"):
        plotted.downloads(made, "loss", "training_loss")
    note = _(
        "Each curve is one run, so no interval is drawn. Losses compare only where corpus and "
        "what counts for the loss are the same."
    )
    st.html(f'<p class="muted">{escape(note)}</p>')


def chosen(found: TrainingRuns) -> list[Run]:
    """Return the runs that were chosen, in that order."""
    by_name = {row.name: row.run for row in found.rows}
    asked = (by_name.get(name) for name in st.session_state.get(CHOSEN, []))
    return [run for run in asked if run is not None and run.history]


def loss_plot(
    histories: Sequence[tuple[str, Sequence[tuple[int, float]]]], axes: tuple[str, str]
) -> Plot:
    """Return one line a run: colour and dash tell them apart.

    Parameters
    ----------
    histories : sequence of (name, steps)
        ``steps`` are pairs of a step from 1 and its loss in nats.
    """

    def draw(figures: Sequence[Any]) -> None:
        from matplotlib.ticker import MaxNLocator

        from core.evaluation.plot_style import series

        ax = figures[0]
        for place, (name, steps) in enumerate(histories):
            marker = "o" if len(steps) == 1 else None
            numbers, losses = zip(*steps, strict=True)
            ax.plot(numbers, losses, label=_short(name), marker=marker, **series(place))
        ax.set_xlabel(axes[0])
        ax.set_ylabel(axes[1])
        ax.set_ylim(bottom=0)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(True)
        ax.set_axisbelow(True)
        ax.legend(loc="upper right")

    return Plot(draw, SIZE)


def _short(name: str) -> str:
    # Matplotlib leaves labels that begin with an underscore out of a legend.
    name = name.lstrip("_") or "–"
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
