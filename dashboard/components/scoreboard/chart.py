"""A chart of the page as a picture, and as files."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.evaluation.drafts.measured import MEASURED
from dashboard.components import plotted
from dashboard.components.drawing import Plot
from dashboard.language import translate as _
from dashboard.services.scoreboard import Board


def show(board: Board, name: str, plot: Plot, alt: str) -> None:
    """Show a chart, drawn once for an evaluation and a language, with its files below it.

    Parameters
    ----------
    name : str
        Names all that the chart depends on, but for evaluation and language.
    """
    changed = (board.measured.folder / MEASURED).stat().st_mtime_ns
    outlines = plotted.outlines((board.key, changed, name), plot)
    st.html(plotted.plot_html(outlines, alt))
    with st.container(horizontal=True, gap="small"):
        for kind, content, mime in plotted.files(plot, outlines):
            download(board, f"{name}.{kind.lower()}", content, mime)


def download(board: Board, name: str, content: bytes | Callable[[], bytes], mime: str) -> None:
    """A button that hands out a file of this evaluation, made when it is asked for if callable."""
    kind = name.rpartition(".")[2].upper()
    st.download_button(
        _("Export {format}").format(format=kind),
        content,
        file_name=f"{board.key}-{name}",
        mime=mime,
        key=f"scoreboard_{name}",
        on_click="ignore",
    )
