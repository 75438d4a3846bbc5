"""What the charts of the page draw on Matplotlib's axes, in the tokens of the interface.

Sizes are in inches. Libraries are imported where something is drawn: they take seconds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from textwrap import fill
from typing import Any

from core.evaluation.drift.weeks import Week
from dashboard.components.drawing import Plot

WIDTH = 5.6
PANEL = 1.75
"""Height of one panel of weeks."""
ROW, MARGIN = 0.24, 0.9
MOST_FINDINGS = 12
"""Findings of the bars, the most corrected; the others stand in the file alone."""
MOST_LINES = 4
MOST_TICKS = 6
FEW_WEEKS = 12
"""Up to here each interval is drawn by itself; beyond, they join to a band."""
LONGEST_LABEL = 26
NEAR_ALL = 0.7

Axes = Any


@dataclass(frozen=True)
class Panel:
    """Weeks of one or more series over one axis; ``marks`` are days on which a level changed."""

    axis: str
    lines: Mapping[str, Sequence[Week]]
    marks: Sequence[dt.date] = ()
    percent: bool = True


def weeks(panels: Sequence[Panel], axis: str) -> Plot:
    """Panels below each other on one axis of time; the legend stands above the first."""

    def draw(axes: Sequence[Axes]) -> None:
        spans, starts = _span(panels), week_starts(_days(panels))
        for ax, panel in zip(axes, panels, strict=True):
            _panel(ax, panel)
            ax.set_xlim(*spans)
            ax.set_xticks(starts, [f"{day:%Y-%m-%d}" for day in starts])
        many = len(panels[0].lines)
        if many > 1:
            axes[0].legend(
                loc="lower left", bbox_to_anchor=(0, 1), ncols=min(2, many), frameon=False
            )
        for ax in axes[:-1]:
            ax.set_xticklabels([])
        axes[-1].set_xlabel(axis)

    height = 0.4 + PANEL * len(panels)
    return Plot(draw, (WIDTH, height), len(panels))


def _span(panels: Sequence[Panel]) -> tuple[dt.date, dt.date]:
    """From half a week before the first point to half a week after the last."""
    days, edge = _days(panels), dt.timedelta(days=4)
    return min(days) - edge, max(days) + edge


def _days(panels: Sequence[Panel]) -> list[dt.date]:
    return [week.monday for panel in panels for some in panel.lines.values() for week in some]


def week_starts(days: Sequence[dt.date]) -> list[dt.date]:
    """Return at most ``MOST_TICKS`` days, evenly apart, on which points stand or could stand."""
    first, last = min(days), max(days)
    every = gcd(*((day - first).days for day in days)) or 7
    steps = (last - first).days // every
    apart = every * max(1, -(-steps // (MOST_TICKS - 1)))
    return [first + dt.timedelta(days=at) for at in range(0, (last - first).days + 1, apart)]


def _panel(ax: Axes, panel: Panel) -> None:
    from matplotlib.ticker import PercentFormatter

    from core.evaluation.plot_style import UNCERTAIN

    for place, (name, some) in enumerate(panel.lines.items()):
        _line(ax, place, name, some)
    for day in panel.marks:
        ax.axvline(day, color=UNCERTAIN, linewidth=1.2, linestyle="--")
        ax.annotate(
            f"▲ {day:%Y-%m-%d}", (day, 1), xycoords=("data", "axes fraction"), xytext=(0, 2),
            textcoords="offset points", ha="center", va="bottom", fontsize=7, color=UNCERTAIN,
        )  # fmt: skip
    ax.set_ylim(bottom=0)
    if panel.percent:
        # A share near all of it is read against all of it.
        highest = max((week.high for some in panel.lines.values() for week in some), default=0)
        ax.set_ylim(0, 1.02 if highest > NEAR_ALL else None)
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_ylabel(panel.axis)
    ax.grid(True, linewidth=0.6)
    ax.set_axisbelow(True)


def _line(ax: Axes, place: int, name: str, some: Sequence[Week]) -> None:
    from core.evaluation.plot_style import series

    if not some:
        return
    look, shape = series(place), "os^D"[place % 4]
    days = [week.monday for week in some]
    values = [week.value for week in some]
    low, high = [week.low for week in some], [week.high for week in some]
    if len(some) <= FEW_WEEKS:
        below = [value - end for value, end in zip(values, low, strict=True)]
        above = [end - value for value, end in zip(values, high, strict=True)]
        ax.errorbar(
            days, values, yerr=[below, above], marker=shape, markersize=4, capsize=2,
            label=name, **look,
        )  # fmt: skip
        return
    known = [start < end for start, end in zip(low, high, strict=True)]
    ax.fill_between(days, low, high, where=known, color=look["color"], alpha=0.18, linewidth=0)
    ax.plot(days, values, marker=shape, markersize=2.5, label=name, **look)


def stacked(rows: Mapping[str, Mapping[str, int]], parts: Mapping[str, str], axis: str) -> Plot:
    """Lying bars in parts, the first row on top.

    Parameters
    ----------
    rows : mapping of str to mapping
        Count of each part by its name, one mapping a label.
    parts : mapping of str to str
        What each part is called, in the order in which they are stacked.
    """
    shown = dict(list(rows.items())[:MOST_FINDINGS])
    used = [name for name in parts if any(counts.get(name) for counts in shown.values())]

    def draw(axes: Sequence[Axes]) -> None:
        from matplotlib.ticker import MaxNLocator

        ax = axes[0]
        left = [0] * len(shown)
        for name in used:
            counts = [row.get(name, 0) for row in shown.values()]
            _part(ax, list(parts).index(name), parts[name], counts, left)
            left = [start + count for start, count in zip(left, counts, strict=True)]
        ax.set_yticks(range(len(shown)), [_short(label) for label in shown])
        ax.set_ylim(max(len(shown), 3) - 0.4, -0.6)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlim(0, max(1, *left, 0) * 1.04)
        ax.set_xlabel(axis)
        ax.grid(axis="x", linewidth=0.6)
        ax.set_axisbelow(True)
        ax.tick_params(axis="y", length=0)
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False)

    return Plot(draw, (WIDTH, MARGIN + 0.2 * (len(used) > 4) + ROW * max(4, len(shown))))


def _part(ax: Axes, place: int, name: str, counts: Sequence[int], left: Sequence[int]) -> None:
    """One part of every bar, told by colour and by the number in it."""
    from core.evaluation.plot_style import BACKGROUND, SERIES, TEXT

    bars = ax.barh(
        range(len(counts)), counts, left=left, height=0.66, label=name,
        color=SERIES[place % len(SERIES)], edgecolor=BACKGROUND, linewidth=0.8,
        hatch=("", "////", "", "....", "", "\\\\\\\\", "", "xxxx")[place % 8],
    )  # fmt: skip
    longest = max((start + count for start, count in zip(left, counts, strict=True)), default=0)
    words = [str(count) if count > 0.05 * longest else "" for count in counts]
    # Light numbers on a dark plate: hatching as dark as they were would be read into them.
    plate = {"facecolor": BACKGROUND, "edgecolor": "none", "pad": 1.5}
    for label in ax.bar_label(bars, words, label_type="center", fontsize=7, color=TEXT):
        if label.get_text():
            label.set_bbox(plate)


def _short(label: str) -> str:
    return fill(label, LONGEST_LABEL, max_lines=2, placeholder=" …")
