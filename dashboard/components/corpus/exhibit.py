"""One question of the page: a sentence, a figure and a table, and both of these as files."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from core.settings import load_settings
from dashboard.components.corpus.drawing import Images, Plot, drawn
from dashboard.components.models.table import Table, lead, show_table
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
    lead(exhibit.answer)
    images = None
    if exhibit.plot is not None:
        language = load_settings().language
        images = _images((digest, exhibit.name, language), exhibit.plot)
        st.html(_figure_html(images, exhibit))
    _downloads(exhibit, f"{corpus}-{exhibit.name}", images)
    if exhibit.note:
        st.html(f'<p class="muted note">{escape(exhibit.note)}</p>')
    show_table(exhibit.table)


@st.cache_data(show_spinner=False, max_entries=64)
def _images(key: tuple[str, str, str], _plot: Plot) -> Images:  # noqa: ARG001
    return drawn(_plot)


def _figure_html(images: Images, exhibit: Exhibit) -> str:
    source = base64.b64encode(images.svg).decode("ascii")
    width = round(POINT_PX * images.points)
    return (
        f'<div class="plot"><img src="data:image/svg+xml;base64,{source}" width="{width}" '
        f'alt="{escape(exhibit.alt)}"></div>'
    )


def _downloads(exhibit: Exhibit, stem: str, images: Images | None) -> None:
    files = [("CSV", as_csv(exhibit.heads, exhibit.rows), "text/csv")]
    if images is not None:
        files = [
            ("PNG", images.png, "image/png"),
            ("SVG", images.svg, "image/svg+xml"),
            *files,
        ]
    with st.container(horizontal=True, gap="small", key="corpus_downloads"):
        for kind, content, mime in files:
            st.download_button(
                _("Export {format}").format(format=kind),
                content,
                file_name=f"{stem}.{kind.lower()}",
                mime=mime,
                key=f"corpus_{exhibit.name}_{kind}",
                on_click="ignore",
            )
