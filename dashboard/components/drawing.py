"""A figure of the page as SVG and PNG, in the tokens and the typefaces of the interface."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from core import reporting

PNG_DOTS = 200
"""Dots an inch of a downloaded PNG: sharp in a slide or on paper."""

_FONTS = Path(str(reporting.__file__)).parent / "fonts"
_WIDTH = re.compile(rb'<svg[^>]*? width="([\d.]+)pt"')
_FAMILIES = ("Noto Sans", "Noto Sans Tamil", "Noto Sans Devanagari", "DejaVu Sans")
_RULES: Any = {
    "font.family": list(_FAMILIES),
    # A dollar sign in a name from outside is a dollar sign, not the start of a formula.
    "text.parse_math": False,
    # Letters as outlines: the file looks the same where the typeface is not installed.
    "svg.fonttype": "path",
    "svg.hashsalt": "overread",
    "savefig.dpi": PNG_DOTS,
}
# Matplotlib's settings belong to the process, and pages of several readers run in threads of it.
_DRAWING = Lock()


@dataclass(frozen=True)
class Plot:
    """What is drawn: ``draw`` gets the axes from the top, ``size`` is in inches."""

    draw: Callable[[Sequence[Any]], None]
    size: tuple[float, float]
    rows: int = 1


def svg(plot: Plot) -> bytes:
    """Return a figure as outlines, for the page and for print."""
    return _drawn(plot, "svg")


def png(plot: Plot) -> bytes:
    """Return a figure as pixels, for slides."""
    return _drawn(plot, "png")


def points(outlines: bytes) -> float:
    """Return the width of an SVG of `svg` in points, of which an inch has 72."""
    found = _WIDTH.search(outlines)
    return float(found[1]) if found else 0.0


def _drawn(plot: Plot, suffix: str) -> bytes:
    with _DRAWING, TemporaryDirectory(prefix="overread-") as folder:
        # Plotting libraries take seconds to import; who only leafs through samples needs none.
        import matplotlib as mpl

        from core.evaluation.plot_style import saved_plot

        _add_fonts()
        path = Path(folder) / f"figure.{suffix}"
        with mpl.rc_context(_RULES), saved_plot(path, rows=plot.rows, size=plot.size) as opened:
            figure, axes = opened
            plot.draw(axes)
            if plot.rows > 1:
                figure.tight_layout()
        return path.read_bytes()


@cache
def _add_fonts() -> None:
    from matplotlib import font_manager

    for path in sorted(_FONTS.glob("NotoSans*.ttf")):
        font_manager.fontManager.addfont(path)
