"""What the charts of the page draw, given words and numbers. Imports no plotting library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

from core.models.base import Interval
from dashboard.components.drawing import Plot
from dashboard.components.models.charts import ACCENT, BACKGROUND, LINE, MUTED, SERIES, TEXT
from dashboard.components.models.figures import NOTHING, decimal
from dashboard.services.scoreboard import significant

WIDTH = 5.4
"""Inches: two charts stand side by side at 1440 pixels."""
ROW, MARGIN = 0.36, 1.1
LABEL = 26
"""Letters of a name in a line."""
BEHIND = "#ff7b72"
_DASHES = ("--", ":", "-.")
_UNIT = {"bytes": 1e-9}
"""Bytes are drawn as gigabytes."""


@dataclass(frozen=True)
class Line:
    """One line of a chart: a name and its figure."""

    label: str
    interval: Interval


def forest(systems: Sequence[Line], baselines: Sequence[Line], axis: str, unit: str) -> Plot:
    """Figures of systems with their intervals; baselines are lines across.

    Parameters
    ----------
    axis : str
        What is drawn, with its unit.
    unit : str
        As in `core.evaluation.drafts.figures`.
    """
    scale = _UNIT.get(unit, 1.0)

    def draw(axes: Sequence[Any]) -> None:
        one = axes[0]
        _dots(one, systems, [ACCENT] * len(systems), scale)
        for place, line in enumerate(baselines):
            colour = SERIES[1 + place % 2]
            low, high = scale * line.interval.low, scale * line.interval.high
            one.axvspan(low, high, color=colour, alpha=0.08, linewidth=0)
            one.axvline(
                scale * line.interval.value,
                color=colour,
                linestyle=_DASHES[place % len(_DASHES)],
                linewidth=1.1,
                label=line.label,
            )
        one.set_xlabel(fill(axis, 70))
        one.set_xlim(left=min(0.0, one.get_xlim()[0]))
        if baselines:
            one.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=1, frameon=False)

    rows = max(1, len(systems)) + 0.6 * len(baselines)
    return Plot(draw, (WIDTH, MARGIN + ROW * rows))


def contrast(pairs: Sequence[Line], axis: str) -> Plot:
    """Paired differences with a line at zero; those whose interval leaves it out are filled."""

    def draw(axes: Sequence[Any]) -> None:
        one = axes[0]
        colours = [_verdict(line.interval) for line in pairs]
        one.axvline(0, color=TEXT, linewidth=0.9)
        _dots(one, pairs, colours, 1.0, hollow=MUTED)
        one.set_xlabel(fill(axis, 70))

    return Plot(draw, (WIDTH, MARGIN + ROW * max(1, len(pairs))))


def heat(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    axis: str,
) -> Plot:
    """Shares in [0, 1] as a field of colours, each with its number; a dash: there is none."""
    import numpy as np

    field = np.array([[np.nan if v is None else v for v in row] for row in values], dtype=float)

    def draw(axes: Sequence[Any]) -> None:
        one = axes[0]
        one.grid(False)
        shown = one.imshow(field, cmap="viridis", vmin=0, vmax=1, aspect="auto")
        for down, row in enumerate(values):
            for across, value in enumerate(row):
                dark = value is not None and value > 0.55
                one.text(
                    across,
                    down,
                    NOTHING if value is None else decimal(value),
                    ha="center",
                    va="center",
                    fontsize=7,
                    color=BACKGROUND if dark else TEXT,
                )
        one.set_yticks(range(len(rows)), rows)
        one.set_xticks(range(len(columns)), [fill(name, 16) for name in columns])
        one.tick_params(length=0)
        one.figure.colorbar(shown, ax=one, label=axis, fraction=0.05, pad=0.02)

    size = (max(WIDTH, 2.4 + 1.05 * len(columns)), MARGIN + 0.5 + 0.26 * len(rows))
    return Plot(draw, size)


def _dots(
    axes: Any, lines: Sequence[Line], colours: Sequence[str], scale: float, hollow: str = ""
) -> None:
    for place, (line, colour) in enumerate(zip(lines, colours, strict=True)):
        found = line.interval
        axes.plot([scale * found.low, scale * found.high], [place, place], color=colour)
        axes.plot(
            [scale * found.value],
            [place],
            marker="o",
            markersize=5,
            color=colour,
            markerfacecolor=BACKGROUND if colour == hollow else colour,
        )
    axes.set_yticks(range(len(lines)), [fill(line.label, LABEL) for line in lines])
    axes.set_ylim(max(1, len(lines)) - 0.5, -0.5)
    axes.grid(True, axis="x", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)


def _verdict(interval: Interval) -> str:
    if not significant(interval):
        return MUTED
    return ACCENT if interval.low > 0 else BEHIND
