"""One question of the page: a sentence, a figure and a table, and both of these as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from html import escape

import streamlit as st

from dashboard.components import plotted
from dashboard.components.drawing import Plot
from dashboard.components.models.table import Table, lead, table_html
from dashboard.services.corpus_export import as_csv

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
    plot = exhibit.plot
    outlines = plotted.outlines((digest, exhibit.name), plot) if plot else b""
    with st.container(horizontal=True, vertical_alignment="center", key="corpus_exhibit"):
        lead(exhibit.answer)
        _downloads(exhibit, f"{corpus}-{exhibit.name}", outlines)
    if exhibit.note:
        st.html(f'<p class="muted note">{escape(exhibit.note)}</p>')
    figure = plotted.plot_html(outlines, exhibit.alt) if outlines else ""
    # The table stands beside the figure where the window is wide enough, else below it.
    st.html(f'<div class="exhibit">{figure}{table_html(exhibit.table)}</div>')


def _downloads(exhibit: Exhibit, stem: str, outlines: bytes) -> None:
    """Figure and table as files; what is not on the page yet is made when it is asked for."""
    made = plotted.files(exhibit.plot, outlines) if exhibit.plot else []
    made.append(("CSV", partial(as_csv, exhibit.heads, exhibit.rows), "text/csv"))
    plotted.downloads(made, stem, f"corpus_{exhibit.name}")
