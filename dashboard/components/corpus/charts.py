"""The figures of the page: what is drawn on Matplotlib's axes, in the tokens of the interface.

Sizes are in inches. Libraries are imported where something is drawn: they take seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

from dashboard.components.corpus.names import counted
from dashboard.components.drawing import Plot

WIDTH = 6.7
ROW, MARGIN = 0.26, 0.8
"""Height of one line of a chart, and of its axis with the words below it."""
FEWEST_LINES = 3
"""Lines that a chart of bars has room for at least: a lone bar is no thicker than others."""
LONGEST_LABEL = 34
"""Letters of a label before it goes on in a second line, which is its last."""
MOST_NAMES = 24
"""Lines of a chart; what a file holds beyond them stands in the table alone."""

Axes = Any
Series = Mapping[str, Sequence[Any]]


def bars(labels: Sequence[str], counts: Sequence[int], axis: str) -> Plot:
    """Lying bars with their count at the end, in the order to read."""

    def draw(axes: Sequence[Axes]) -> None:
        from core.evaluation.plot_style import ACCENT, TEXT

        ax = axes[0]
        numbers = list(counts)[:MOST_NAMES]
        shown = ax.barh(range(len(numbers)), numbers, color=ACCENT, height=0.62)
        ax.set_yticks(range(len(numbers)), _labels(labels))
        ax.set_ylim(-0.6, max(len(numbers), FEWEST_LINES) - 0.4)
        ax.bar_label(shown, list(map(counted, numbers)), padding=4, fontsize=7, color=TEXT)
        ax.margins(x=0.1)
        _lying(ax, axis)

    lines = max(FEWEST_LINES, min(len(labels), MOST_NAMES))
    return Plot(draw, (WIDTH, MARGIN + ROW * lines))


def intervals(labels: Sequence[str], series: Series, axis: str) -> Plot:
    """Dots with their 95 % intervals, one line a label, one colour and shape a series.

    Parameters
    ----------
    series : mapping
        Figures with ``value``, ``low`` and ``high`` in [0, 1], or ``None``, one a label.
    """

    def draw(axes: Sequence[Axes]) -> None:
        from matplotlib.ticker import PercentFormatter

        ax = axes[0]
        for place, (name, figures) in enumerate(series.items()):
            _dots(ax, place, len(series), name, list(figures)[:MOST_NAMES])
        ax.set_yticks(range(len(_labels(labels))), _labels(labels))
        ax.set_xlim(left=0)
        ax.xaxis.set_major_formatter(PercentFormatter(1))
        _legend(ax, len(series))
        _lying(ax, axis)

    return Plot(draw, (WIDTH, MARGIN + 1.2 * ROW * min(len(labels), MOST_NAMES)))


def _dots(ax: Axes, place: int, of: int, name: str, figures: Sequence[Any]) -> None:
    from core.evaluation.plot_style import SERIES

    there = [(line, found) for line, found in enumerate(figures) if found is not None]
    values = [found["value"] for _line, found in there]
    ends = [
        [found["value"] - found["low"] for _line, found in there],
        [found["high"] - found["value"] for _line, found in there],
    ]
    lines = [line + 0.3 * (place - (of - 1) / 2) for line, _found in there]
    colour, shape = (SERIES[0], SERIES[2])[place % 2], "os"[place % 2]
    ax.errorbar(
        values, lines, xerr=ends, fmt=shape, color=colour, markersize=4, capsize=2, label=name
    )


def histograms(
    bins: Mapping[str, Mapping[str, Sequence[float]]], axes_words: Sequence[str]
) -> Plot:
    """One histogram a series below the other, on one axis of numbers.

    Parameters
    ----------
    bins : mapping
        ``edges``, one more than ``counts``, of each series.
    axes_words : (str, str)
        What is counted into bins, and what is counted.
    """

    def draw(axes: Sequence[Axes]) -> None:
        import seaborn as sns

        from core.evaluation.plot_style import SERIES

        most = max((found["edges"][-1] for found in bins.values()), default=1)
        for place, (name, found) in enumerate(bins.items()):
            edges = list(found["edges"])
            sns.histplot(
                x=edges[:-1], weights=list(found["counts"]), bins=edges, ax=axes[place],
                color=(SERIES[0], SERIES[2])[place % 2], edgecolor=None, alpha=0.9,
            )  # fmt: skip
            axes[place].set(xlim=(0, most), xlabel="", ylabel=axes_words[1])
            axes[place].set_title(name, loc="left")
            axes[place].grid(axis="y", linewidth=0.6)
            axes[place].set_axisbelow(True)
        axes[-1].set_xlabel(axes_words[0])

    return Plot(draw, (WIDTH, 2.1 * max(1, len(bins))), max(1, len(bins)))


def columns(labels: Sequence[str], series: Mapping[str, Sequence[int]], axis: str) -> Plot:
    """Standing bars side by side, one colour a series, with their counts above them."""

    def draw(axes: Sequence[Axes]) -> None:
        from core.evaluation.plot_style import SERIES, TEXT

        ax, width = axes[0], 0.8 / max(1, len(series))
        for place, (name, counts) in enumerate(series.items()):
            middle = [at + width * (place - (len(series) - 1) / 2) for at in range(len(labels))]
            colour = (SERIES[0], SERIES[2])[place % 2]
            shown = ax.bar(middle, list(counts), 0.92 * width, color=colour, label=name)
            ax.bar_label(shown, list(map(counted, counts)), padding=2, fontsize=7, color=TEXT)
        ax.set_xticks(range(len(labels)), [_short(label, 16) for label in labels])
        ax.margins(y=0.14)
        ax.set_ylabel(axis)
        ax.grid(axis="y", linewidth=0.6)
        ax.set_axisbelow(True)
        _legend(ax, len(series))

    return Plot(draw, (WIDTH, 3.4))


def heat_map(names: Sequence[str], counts: Sequence[Sequence[int]], scale: str) -> Plot:
    """How often two names stand together, where they do; a name with itself has no colour.

    Parameters
    ----------
    counts : sequence of sequence of int, shape (names, names)
    scale : str
        What the colours count.
    """
    names, some = list(names)[:MOST_NAMES], [list(row)[:MOST_NAMES] for row in counts[:MOST_NAMES]]

    def draw(axes: Sequence[Axes]) -> None:
        import numpy as np
        import seaborn as sns
        from matplotlib.ticker import MaxNLocator

        from core.evaluation.plot_style import LINE, MUTED

        ax, together = axes[0], np.asarray(some)
        sns.heatmap(
            together, ax=ax, mask=np.eye(len(names), dtype=bool) | (together == 0),
            cmap="viridis", annot=True, fmt="d", annot_kws={"fontsize": 7}, linewidths=0.5,
            linecolor=LINE, square=True, vmin=0, xticklabels=names, yticklabels=names,
            cbar_kws={"label": scale, "shrink": 0.7, "ticks": MaxNLocator(integer=True)},
        )  # fmt: skip
        for at in range(len(names)):
            ax.text(at + 0.5, at + 0.5, f"{together[at, at]}", ha="center", va="center",
                    fontsize=7, color=MUTED)  # fmt: skip
        ax.tick_params(axis="x", rotation=60, length=0)
        ax.tick_params(axis="y", rotation=0, length=0)
        for label in ax.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")

    side = min(WIDTH, 2.4 + 0.36 * len(names))
    return Plot(draw, (side, 0.86 * side))


def _lying(ax: Axes, axis: str) -> None:
    """The first label on top, light lines along the numbers."""
    ax.invert_yaxis()
    ax.set_xlabel(axis)
    ax.grid(axis="x", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)


def _legend(ax: Axes, columns: int) -> None:
    """Above the plot, where nothing is drawn."""
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=columns, frameon=False)


def _labels(labels: Sequence[str]) -> list[str]:
    return [_short(label) for label in labels[:MOST_NAMES]]


def _short(label: str, letters: int = LONGEST_LABEL) -> str:
    return fill(label, letters, max_lines=2, placeholder=" …")
