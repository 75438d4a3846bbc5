"""One look for every plot: the dark tokens of the interface."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BACKGROUND = "#0e1116"
SURFACE = "#161b22"
LINE = "#2a313c"
TEXT = "#e6edf3"
MUTED = "#8b949e"
ACCENT = "#4da3ff"
PRESENT = "#ff7b72"
UNCERTAIN = "#e3b341"
ABSENT = "#7d8590"
SERIES = (ACCENT, PRESENT, UNCERTAIN, "#3fb950", "#bc8cff", "#76e3ea", ABSENT, TEXT)
"""In this order; a ninth series starts again with a dashed line."""

_RULES: Any = {
    "figure.facecolor": BACKGROUND,
    "savefig.facecolor": BACKGROUND,
    "axes.facecolor": SURFACE,
    "axes.edgecolor": LINE,
    "axes.labelcolor": TEXT,
    "axes.titlecolor": TEXT,
    "axes.titlesize": 9,
    "axes.labelsize": 8,
    "text.color": TEXT,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.title_fontsize": 7,
    "legend.facecolor": SURFACE,
    "legend.edgecolor": LINE,
    "grid.color": LINE,
    "lines.linewidth": 1.3,
    "figure.dpi": 90,
}


@contextmanager
def saved_plot(
    path: Path, rows: int = 1, columns: int = 1, size: tuple[float, float] = (6.0, 6.0)
) -> Iterator[tuple[Figure, list[Axes]]]:
    """Draw axes in the style of the interface, written to a file on leaving."""
    with mpl.rc_context(_RULES):
        figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False)
        yield figure, list(axes.flat)
        figure.savefig(path, bbox_inches="tight")
        plt.close(figure)


def series(place: int) -> dict[str, Any]:
    """Return colour and dash of the n-th series."""
    return {
        "color": SERIES[place % len(SERIES)],
        "linestyle": "-" if place < len(SERIES) else "--",
    }


def diagonal(axes: Axes) -> None:
    """Draw the line that a plot is read against."""
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=":")
