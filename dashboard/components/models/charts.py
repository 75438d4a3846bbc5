"""Charts in the tokens of the interface, in the grammar of Vega-Lite.

Plain specifications: the page draws them without a plotting library in its process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import streamlit as st

from dashboard.language import translate as _

BACKGROUND, SURFACE, LINE = "#0e1116", "#161b22", "#2a313c"
TEXT, MUTED, ACCENT = "#e6edf3", "#8b949e", "#4da3ff"
SERIES = (ACCENT, "#e3b341", "#ff7b72", "#3fb950", "#bc8cff", "#76e3ea", MUTED, TEXT)
SHAPES = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "triangle-down",
    "cross",
    "circle",
    "square",
)
PLOT, SQUARE = 520, 196
"""Width of a plot, and of a small multiple, in pixels."""
LETTER, SYMBOL, LONGEST_LABEL = 7, 28, 320
"""Room for a letter, for a symbol with its margin, and for the words beside a line, in pixels."""
ROW, DODGED = 26, 9
"""Height of one line of a dot plot, alone and among those of other series, in pixels."""

Spec = dict[str, Any]
Values = Sequence[Mapping[str, Any]]

_FONT = "Noto Sans, Noto Sans Tamil, sans-serif"
_CONFIG: Spec = {
    "background": BACKGROUND,
    "font": _FONT,
    "view": {"fill": SURFACE, "stroke": LINE},
    "axis": {
        "labelColor": MUTED,
        "titleColor": TEXT,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": LONGEST_LABEL,
    },
    "legend": {
        "labelColor": TEXT,
        "titleColor": MUTED,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 320,
        "orient": "top",
        "direction": "horizontal",
        "offset": 4,
    },
    "header": {"labelColor": TEXT, "labelFontSize": 12, "labelFontWeight": 600, "labelLimit": 260},
    "title": {"color": TEXT, "fontSize": 13, "fontWeight": 600, "anchor": "start"},
}


def show_chart(spec: Spec, alt: str) -> None:
    """Show a chart at its own size; ``alt`` is what it says to who cannot see it."""
    st.vega_lite_chart({**spec, "config": _CONFIG}, theme=None, width="content", alt=alt)


def intervals(rows: Values, axis: str, *, mark: float | None = None) -> Spec:
    """Dots with their 95 % intervals, one line a label, one colour and shape a series.

    Parameters
    ----------
    rows : sequence of mapping
        ``label``, ``series``, ``value``, ``low``, ``high`` and ``cases``, in the order to read.
    axis : str
        Title of the axis of numbers, which goes from 0 to 1: no interval is cut off.
    mark : float, optional
        Where a dotted line stands: chance.
    """
    labels, names = _ordered(rows, "label"), _ordered(rows, "series")
    dodged = len(names) > 1
    shared: Spec = {
        "y": {
            "field": "label",
            "type": "nominal",
            "sort": labels,
            "title": None,
            "axis": {"labelColor": TEXT, "grid": False},
        },
        "color": _colours(names, PLOT),
        "tooltip": _tips(("label", "series", "value", "low", "high", "cases")),
    }
    if dodged:
        scale = {"domain": names, "paddingOuter": 0.4}
        shared["yOffset"] = {"field": "series", "type": "nominal", "scale": scale}
    x = {
        "type": "quantitative",
        "scale": {"domain": [0, 1], "nice": False},
        "title": _lines(axis),
        "axis": {"grid": True, "tickCount": 10, "format": ".1f"},
    }
    return {
        "data": {"values": list(rows)},
        # The words beside the lines are taken from it.
        "width": PLOT + min(LONGEST_LABEL, LETTER * max(map(len, labels), default=0)),
        "height": {"step": DODGED if dodged else ROW},
        "layer": [
            *([] if mark is None else [_rule({"x": {"datum": mark, "type": "quantitative"}})]),
            {
                "mark": {"type": "rule", "strokeWidth": 1.5},
                "encoding": {**shared, "x": {"field": "low", **x}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 50, "opacity": 1},
                "encoding": {**shared, "shape": _shapes(names, PLOT), "x": {"field": "value", **x}},
            },
        ],
    }


def reliability(rows: Values, axes: tuple[str, str], columns: int = 5) -> Spec:
    """Stated probability against observed share, one small square a finding.

    Parameters
    ----------
    rows : sequence of mapping
        ``finding``, ``series``, ``stated``, ``observed``, ``low``, ``high`` and ``films``.
    """
    names = _ordered(rows, "series")
    zero_one = {"domain": [0, 1], "nice": False}
    across: Spec = {
        "field": "stated",
        "type": "quantitative",
        "scale": zero_one,
        "title": axes[0],
        "axis": {"values": [0, 0.25, 0.5, 0.75, 1], "format": ".2~f"},
    }
    up = {**across, "field": "observed", "title": axes[1]}
    room = columns * SQUARE
    colour = _colours(names, room)
    tips = _tips(("series", "stated", "observed", "low", "high", "films"))
    ends = {"x": across, "color": colour, "tooltip": tips}
    return {
        "data": {"values": list(rows)},
        "columns": columns,
        "facet": {
            "field": "finding",
            "type": "nominal",
            "title": None,
            "sort": _ordered(rows, "finding"),
        },
        "spec": {
            "width": SQUARE,
            "height": SQUARE,
            "layer": [
                _rule(
                    {
                        "x": {"datum": 0, **_plain(across)},
                        "y": {"datum": 0, **_plain(up)},
                        "x2": {"datum": 1},
                        "y2": {"datum": 1},
                    }
                ),
                {
                    "mark": {"type": "rule", "strokeWidth": 1, "opacity": 0.7},
                    "encoding": {**ends, "y": {**up, "field": "low"}, "y2": {"field": "high"}},
                },
                {
                    "mark": {"type": "line", "strokeWidth": 1.5},
                    "encoding": {**ends, "y": up},
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 34, "opacity": 1},
                    "encoding": {**ends, "y": up, "shape": _shapes(names, room)},
                },
            ],
        },
        "resolve": {"axis": {"x": "independent", "y": "independent"}},
    }


def curve(rows: Values, axes: tuple[str, str], title: str, mark: float | None = None) -> Spec:
    """Figures with bands of their intervals by a size, one line a series.

    Parameters
    ----------
    rows : sequence of mapping
        ``size``, ``series``, ``value``, ``low``, ``high`` and ``films``.
    """
    names = _ordered(rows, "series")
    across = {"field": "size", "type": "quantitative", "title": axes[0], "scale": {"zero": False}}
    up: Spec = {
        "type": "quantitative",
        "scale": {"domain": [0, 1], "nice": False},
        "title": axes[1],
    }
    shared = {"x": across, "color": _colours(names, PLOT)}
    value = {**up, "field": "value"}
    tips = _tips(("series", "size", "value", "low", "high", "films"))
    layers: list[Spec] = [
        {
            "mark": {"type": "area", "opacity": 0.15},
            "encoding": {**shared, "y": {**up, "field": "low"}, "y2": {"field": "high"}},
        },
        {"mark": {"type": "line", "strokeWidth": 1.5}, "encoding": {**shared, "y": value}},
        {
            "mark": {"type": "point", "filled": True, "size": 50, "opacity": 1},
            "encoding": {**shared, "y": value, "shape": _shapes(names, PLOT), "tooltip": tips},
        },
    ]
    if mark is not None:
        layers.insert(0, _rule({"y": {"datum": mark}}))
    return {
        "data": {"values": list(rows)},
        "title": title,
        "width": PLOT,
        "height": 280,
        "layer": layers,
    }


def _rule(encoding: Spec) -> Spec:
    """The dotted line that a chart is read against; drawn once, whatever the data."""
    mark = {"type": "rule", "color": MUTED, "strokeDash": [3, 3], "strokeWidth": 1}
    return {"data": {"values": [{}]}, "mark": mark, "encoding": encoding}


def _plain(channel: Spec) -> Spec:
    return {key: value for key, value in channel.items() if key != "field"}


def _colours(names: Sequence[str], room: int) -> Spec:
    colours = [SERIES[place % len(SERIES)] for place in range(len(names))]
    return _legend(names, colours, room)


def _shapes(names: Sequence[str], room: int) -> Spec:
    """Shapes beside colours: a series must be told apart without seeing colour."""
    return _legend(names, [SHAPES[place % len(SHAPES)] for place in range(len(names))], room)


def _legend(names: Sequence[str], looks: list[str], room: int) -> Spec:
    key = {"symbolOpacity": 1, "symbolStrokeWidth": 0, "columns": _columns(names, room)}
    return {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": list(names), "range": looks},
        "title": None,
        # One series needs no key; the marks of a band are too faint for one.
        "legend": key if len(names) > 1 else None,
    }


def _columns(names: Sequence[str], room: int) -> int:
    """How many names stand side by side: all, or as many of the longest as there is room for."""
    widths = [SYMBOL + LETTER * len(name) for name in names]
    if sum(widths) <= room:
        return len(names)
    return max(1, room // max(widths))


def _lines(title: str) -> str | list[str]:
    """A title in as many lines as the plot is wide enough for."""
    lines = wrap(title, PLOT // LETTER)
    return lines if len(lines) > 1 else title


def _tips(fields: Sequence[str]) -> list[Spec]:
    numbers = {"value", "low", "high", "stated", "observed"}
    words = {
        "label": _("name"),
        "series": _("series"),
        "value": _("value"),
        "low": _("from"),
        "high": _("to"),
        "cases": _("cases"),
        "films": _("films"),
        "size": _("diameter, mm"),
        "stated": _("stated probability"),
        "observed": _("observed share"),
    }
    return [
        {"field": name, "title": words[name], "type": "quantitative", "format": ".2f"}
        if name in numbers
        else {"field": name, "title": words[name], "type": "nominal"}
        for name in fields
    ]


def _ordered(rows: Values, field: str) -> list[str]:
    return list(dict.fromkeys(str(row[field]) for row in rows))
