"""A chart of the page as a picture, and as files."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape

import streamlit as st

from core.evaluation.drafts.measured import MEASURED
from core.settings import load_settings
from dashboard.components.corpus.drawing import Images, Plot, drawn
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
    images = _images(asked)
    source = base64.b64encode(images.svg).decode("ascii")
    width = round(POINT_PX * images.points)
    st.html(
        f'<div class="plot"><img src="data:image/svg+xml;base64,{source}" width="{width}" '
        f'alt="{escape(alt)}"></div>'
    )
    with st.container(horizontal=True, gap="small"):
        for kind, content, mime in (
            ("PNG", images.png, "image/png"),
            ("SVG", images.svg, "image/svg+xml"),
        ):
            download(board, f"{name}.{kind.lower()}", content, mime)


def download(board: Board, name: str, content: bytes, mime: str) -> None:
    """A button that hands out a file of this evaluation."""
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
def _images(asked: _Asked) -> Images:
    return drawn(asked.plot)
