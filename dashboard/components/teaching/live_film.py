"""The film of a case for the teacher, with marks and outlines laid over it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape

import cv2
import numpy as np
import streamlit as st

from core.domain.teaching import CaseFilm, Region
from core.imaging.radiograph import decode_pixels
from core.imaging.windowing import apply_window
from dashboard.components.models.charts import BACKGROUND, SERIES
from dashboard.services.teaching import case_access
from dashboard.workspace import Workspace

SIDE = 1024
"""Pixels of the longer side of the picture: a projector shows no more."""
_MARK = 9
"""Radius of a mark for a film of a thousand pixels."""


def show_picture(place: Workspace, film: CaseFilm) -> None:
    """Lay the picture below: sent once a case, however often the marks over it change."""
    source = base64.b64encode(_png(place, film)).decode("ascii")
    st.html(
        f'<style>.live .film {{ background-image: url("data:image/png;base64,{source}"); '
        f"aspect-ratio: {film.columns} / {film.rows}; "
        f"--aspect: {film.columns / film.rows:.4f}; }}</style>"
    )


def overlay_html(
    film: CaseFilm,
    marks: Sequence[tuple[str, float, float]],
    regions: Sequence[Region],
    colours: Mapping[str, str],
    alt: str,
) -> str:
    """The film with marks as rings and, where the answer may be seen, outlines.

    Parameters
    ----------
    marks : sequence of (finding, x, y)
        In film pixels.
    colours : mapping of str to str
        Of findings.
    """
    drawing = overlay_svg(film, marks, regions, colours)
    source = base64.b64encode(drawing.encode("utf-8")).decode("ascii")
    picture = f'<img alt="{escape(alt)}" src="data:image/svg+xml;base64,{source}">'
    return f'<div class="film">{picture}</div>'


def overlay_svg(
    film: CaseFilm,
    marks: Sequence[tuple[str, float, float]],
    regions: Sequence[Region],
    colours: Mapping[str, str],
) -> str:
    size = max(film.rows, film.columns) / 1000
    width = 3 * size
    shapes = []
    for region in regions:
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in region.outline)
        colour = colours.get(region.finding, SERIES[-1])
        shapes.append(
            f'<polygon points="{points}" fill="none" stroke="{colour}" stroke-width="{width:.2f}" '
            f'stroke-dasharray="{3 * width:.2f} {2 * width:.2f}"/>'
        )
    for finding, x, y in marks:
        colour = colours.get(finding, SERIES[-1])
        # A dark rim keeps a mark in sight on white bone and on black lung.
        shapes.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_MARK * size:.2f}" fill="{colour}" '
            f'fill-opacity="0.55" stroke="{BACKGROUND}" stroke-width="{width / 2:.2f}"/>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {film.columns} {film.rows}">'
        f"{''.join(shapes)}</svg>"
    )


def _png(place: Workspace, film: CaseFilm) -> bytes:
    return _picture(film.key, place, film)


@st.cache_data(show_spinner=False, max_entries=32)
def _picture(key: str, _place: Workspace, _film: CaseFilm) -> bytes:
    """The film through its own window as an 8-bit PNG of at most `SIDE` pixels a side."""
    film, content = case_access.film_of(_place, key, None)
    pixels = decode_pixels(content, film.rows, film.columns)
    grey = apply_window(pixels, film.window, monochrome1=film.monochrome1)
    levels = np.rint(grey * 255).astype(np.uint8)
    scale = min(1.0, SIDE / max(film.rows, film.columns))
    size = (max(1, round(film.columns * scale)), max(1, round(film.rows * scale)))
    return cv2.imencode(".png", cv2.resize(levels, size, interpolation=cv2.INTER_AREA))[1].tobytes()
