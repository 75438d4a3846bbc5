"""One question of the page: a sentence, a figure and a table, and both of these as files."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape

import streamlit as st

from core.settings import load_settings
from dashboard.components.corpus import drawing
from dashboard.components.corpus.drawing import Plot
from dashboard.components.models.table import Table, lead, table_html
from dashboard.language import translate as _
from dashboard.services.corpus_export import as_csv

POINT_PX = 1.75
"""Pixels on the page for a point of the figure: its smallest letters are 12 pixels high."""

Value = str | int | float | None


@dataclass(frozen=True)
class Exhibit:
    """``name`` is that of the files; ``alt`` says what the figure shows to who cannot see it.

    ``heads`` and ``rows`` are the table for a spreadsheet: plain numbers, names as files have them.
    """

    name: str
    answer: str
    plot: Plot | None
    alt: str
    table: Table
    heads: Sequence[str]
    rows: Sequence[Sequence[Value]]
    note: str = ""


def show(exhibit: Exhibit, corpus: str, digest: str) -> None:
    """Show an exhibit; its figure is drawn once for a corpus and a language."""
    key = (digest, exhibit.name, load_settings().language)
    outlines = _outlines(key, exhibit.plot) if exhibit.plot else b""
    with st.container(horizontal=True, vertical_alignment="center", key="corpus_exhibit"):
        lead(exhibit.answer)
        _downloads(exhibit, f"{corpus}-{exhibit.name}", outlines)
    if exhibit.note:
        st.html(f'<p class="muted note">{escape(exhibit.note)}</p>')
    figure = _figure_html(outlines, exhibit.alt) if outlines else ""
    # The table stands beside the figure where the window is wide enough, else below it.
    st.html(f'<div class="exhibit">{figure}{table_html(exhibit.table)}</div>')


@st.cache_data(show_spinner=False, max_entries=64)
def _outlines(key: tuple[str, str, str], _plot: Plot) -> bytes:  # noqa: ARG001
    return drawing.svg(_plot)


def _figure_html(outlines: bytes, alt: str) -> str:
    source = base64.b64encode(outlines).decode("ascii")
    width = round(POINT_PX * drawing.points(outlines))
    return (
        f'<div class="plot"><img src="data:image/svg+xml;base64,{source}" width="{width}" '
        f'alt="{escape(alt)}"></div>'
    )


def _downloads(exhibit: Exhibit, stem: str, outlines: bytes) -> None:
    """Figure and table as files; what is not on the page yet is made when it is asked for."""
    files: list[tuple[str, bytes | Callable[[], bytes], str]] = []
    if exhibit.plot is not None:
        files.append(("PNG", partial(drawing.png, exhibit.plot), "image/png"))
        files.append(("SVG", outlines, "image/svg+xml"))
    files.append(("CSV", partial(as_csv, exhibit.heads, exhibit.rows), "text/csv"))
    for kind, content, mime in files:
        st.download_button(
            _("Export {format}").format(format=kind),
            content,
            file_name=f"{stem}.{kind.lower()}",
            mime=mime,
            key=f"corpus_{exhibit.name}_{kind}",
            on_click="ignore",
        )
