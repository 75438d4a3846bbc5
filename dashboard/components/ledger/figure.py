"""A chart of the page as a picture, and as files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from dashboard.components import plotted
from dashboard.components.drawing import Plot


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
    found = plotted.outlines(("ledger", chart.name, *chart.key), chart.plot)
    st.html(plotted.plot_html(found, chart.alt))
    made = [*plotted.files(chart.plot, found), ("CSV", chart.csv, "text/csv")]
    with st.container(horizontal=True, gap="small"):
        plotted.downloads(made, chart.name, f"ledger_{chart.name}")
