"""A plot on a page: drawn once for all that it depends on, a picture, and files of it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from html import escape

import streamlit as st

from core.settings import load_settings
from dashboard.components import drawing
from dashboard.components.drawing import Plot
from dashboard.language import translate as _

POINT_PX = 1.75
"""Pixels on the page for a point of the plot: its smallest letters are 12 pixels high."""

File = tuple[str, bytes | Callable[[], bytes], str]
"""Kind of a file as its button names it, its content or what makes it, and its media type."""


def outlines(key: tuple[object, ...], plot: Plot) -> bytes:
    """Return a plot as SVG, drawn once for a key and a language.

    Parameters
    ----------
    key : tuple
        Names all that the plot depends on, but for the language.
    """
    return _outlines(repr((key, load_settings().language)), plot)


# A function that draws cannot be compared, so that the plot is left out of the comparison.
@st.cache_data(show_spinner=False, max_entries=128)
def _outlines(key: str, _plot: Plot) -> bytes:  # noqa: ARG001
    return drawing.svg(_plot)


def plot_html(found: bytes, alt: str) -> str:
    """Return the picture of outlines; ``alt`` says what it shows to who cannot see it."""
    source = base64.b64encode(found).decode("ascii")
    width = round(POINT_PX * drawing.points(found))
    return (
        f'<div class="plot"><img src="data:image/svg+xml;base64,{source}" width="{width}" '
        f'alt="{escape(alt)}"></div>'
    )


def files(plot: Plot, found: bytes) -> list[File]:
    """Return a plot as files; pixels are drawn when they are asked for."""
    return [
        ("PNG", partial(drawing.png, plot), "image/png"),
        ("SVG", found, "image/svg+xml"),
    ]


def downloads(made: list[File], stem: str, key: str) -> None:
    """Buttons side by side, one a file: ``stem`` names the files, ``key`` the buttons."""
    for kind, content, mime in made:
        st.download_button(
            _("Export {format}").format(format=kind),
            content,
            file_name=f"{stem}.{kind.lower()}",
            mime=mime,
            key=f"{key}_{kind}",
            on_click="ignore",
        )
