"""A chart of the page as a picture, and as files."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from html import escape

import streamlit as st

from core.evaluation.drafts.measured import MEASURED
from core.settings import load_settings
from dashboard.components.corpus import drawing
from dashboard.components.corpus.drawing import Plot
from dashboard.language import translate as _
from dashboard.services.scoreboard import Board

POINT_PX = 1.75
"""Pixels on the page for a point of the chart: its smallest letters are 12 pixels high."""


def show(board: Board, name: str, plot: Plot, alt: str) -> None:
    """Show a chart, drawn once for an evaluation and a language, with its files below it.

    Parameters
    ----------
    name : str
        Names all that the chart depends on, but for evaluation and language.
    """
    changed = (board.measured.folder / MEASURED).stat().st_mtime_ns
    asked = _Asked((board.key, str(changed), name, load_settings().language), plot)
    outlines = _outlines(asked)
    source = base64.b64encode(outlines).decode("ascii")
    width = round(POINT_PX * drawing.points(outlines))
    st.html(
        f'<div class="plot"><img src="data:image/svg+xml;base64,{source}" width="{width}" '
        f'alt="{escape(alt)}"></div>'
    )
    with st.container(horizontal=True, gap="small"):
        download(board, f"{name}.png", partial(drawing.png, plot), "image/png")
        download(board, f"{name}.svg", outlines, "image/svg+xml")


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


@dataclass(frozen=True)
class _Asked:
    """A plot with all that it depends on; functions cannot be compared."""

    key: tuple[str, ...]
    plot: Plot


@st.cache_data(show_spinner=False, max_entries=64, hash_funcs={_Asked: lambda each: each.key})
def _outlines(asked: _Asked) -> bytes:
    return drawing.svg(asked.plot)
