"""A chart of the page as a picture, and as files."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from html import escape

import streamlit as st

from core.settings import load_settings
from dashboard.components.corpus import drawing
from dashboard.components.corpus.drawing import Plot
from dashboard.language import translate as _

POINT_PX = 1.75
"""Pixels on the page for a point of the chart: its smallest letters are 12 pixels high."""


@dataclass(frozen=True)
class Chart:
    """A plot, the name of its files, what it says to who cannot see it, and its numbers.

    ``key`` names all that it is drawn from: a chart is drawn once for a key and a language.
    """

    key: tuple[object, ...]
    name: str
    plot: Plot
    alt: str
    csv: Callable[[], bytes]


def show(chart: Chart) -> None:
    """Show a chart with its files below it."""
    outlines = _outlines(_Asked((chart.name, *chart.key, load_settings().language), chart.plot))
    source = base64.b64encode(outlines).decode("ascii")
    width = round(POINT_PX * drawing.points(outlines))
    st.html(
        f'<div class="plot"><img src="data:image/svg+xml;base64,{source}" width="{width}" '
        f'alt="{escape(chart.alt)}"></div>'
    )
    files: list[tuple[str, bytes | Callable[[], bytes], str]] = [
        ("PNG", partial(drawing.png, chart.plot), "image/png"),
        ("SVG", outlines, "image/svg+xml"),
        ("CSV", chart.csv, "text/csv"),
    ]
    with st.container(horizontal=True, gap="small"):
        for kind, content, mime in files:
            st.download_button(
                _("Export {format}").format(format=kind),
                content,
                file_name=f"{chart.name}.{kind.lower()}",
                mime=mime,
                key=f"ledger_{chart.name}_{kind}",
                on_click="ignore",
            )


@dataclass(frozen=True)
class _Asked:
    """A plot with all that it depends on; functions cannot be compared."""

    key: tuple[object, ...]
    plot: Plot


@st.cache_data(show_spinner=False, max_entries=64, hash_funcs={_Asked: lambda each: repr(each.key)})
def _outlines(asked: _Asked) -> bytes:
    return drawing.svg(asked.plot)
