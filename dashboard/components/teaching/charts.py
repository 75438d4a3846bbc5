"""Charts of the teaching room in the grammar of Vega-Lite; `models.charts` styles them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from core.models.base import Interval
from dashboard.components.models.charts import ACCENT, SERIES, SHAPES, TEXT, Spec
from dashboard.components.models.figures import share
from dashboard.language import translate as _
from dashboard.services.teaching.progress import DetectionCurve, WeekOfFinding

WIDTH, HEIGHT = 380, 210
"""Of one small multiple, in pixels: three stand side by side at 1440."""
_STEPS = 60


def figures() -> dict[str, str]:
    """What is drawn of each week, by field."""
    return {
        "sensitivity": _("sensitivity"),
        "specificity": _("specificity"),
        "brier": _("Brier score, 0 is best"),
    }


def weeks(found: Sequence[WeekOfFinding], findings: Sequence[str]) -> Spec:
    """Three figures over ISO weeks with their intervals, one colour and shape a finding."""
    names = [_(finding) for finding in findings]
    rows = [
        {
            "week": week.week.isoformat(),
            "finding": _(week.finding),
            "figure": name,
            "value": interval.value,
            "low": interval.low,
            "high": interval.high,
            "reads": interval.cases,
        }
        for week in found
        if week.finding in findings
        for field, name in figures().items()
        if (interval := getattr(week, field)) is not None
    ]
    return {
        "data": {"values": rows},
        "facet": {
            "column": {
                "field": "figure",
                "type": "nominal",
                "title": None,
                "sort": list(figures().values()),
            }
        },
        "spec": {"width": WIDTH, "height": HEIGHT, "layer": _week_layers(names)},
    }


def _week_layers(names: Sequence[str]) -> list[Spec]:
    offset = {"field": "finding", "type": "nominal", "scale": {"domain": list(names)}}
    across = {
        "field": "week",
        "type": "ordinal",
        "title": _("week, by its Monday"),
        "axis": {"labelAngle": 0, "grid": False, "labelOverlap": True},
    }
    up = _unit("")
    looks: Spec = {
        "color": _scaled(names, list(SERIES)),
        "shape": _scaled(names, list(SHAPES)),
    }
    tips = [
        {"field": "finding", "title": _("finding")},
        {"field": "week", "title": _("week")},
        *(
            {"field": name, "type": "quantitative", "format": ".2f", "title": title}
            for name, title in (("value", _("value")), ("low", _("from")), ("high", _("to")))
        ),
        {"field": "reads", "title": _("reads")},
    ]
    colour = looks["color"]
    return [
        {
            "mark": {"type": "rule", "strokeWidth": 1.5, "opacity": 0.8},
            "encoding": {
                "x": across,
                "xOffset": offset,
                "y": {**up, "field": "low"},
                "y2": {"field": "high"},
                "color": colour,
            },
        },
        {
            "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
            "encoding": {
                "x": across,
                "xOffset": offset,
                "y": {**up, "field": "value"},
                **looks,
                "tooltip": tips,
            },
        },
    ]


def detection(curve: DetectionCurve) -> Spec:
    """Drawn lesions that were detected, by contrast, with the fitted curve and its threshold."""
    points = [_point(*each) for each in curve.points]
    across: Spec = {
        "type": "quantitative",
        "title": _("contrast, share of a full lesion's"),
        "scale": {"domain": [0, 1], "nice": False},
    }
    up = _unit(_("share of lesions detected"))
    tips = [
        {"field": "contrast", "type": "quantitative", "format": ".2f", "title": _("contrast")},
        {"field": "count", "title": _("detected")},
    ]
    layers: list[Spec] = [
        *_threshold(curve.threshold, across),
        *_fitted(curve, across, up),
        {
            "mark": {"type": "rule", "strokeWidth": 1.5, "color": ACCENT},
            "encoding": {
                "x": {**across, "field": "contrast"},
                "y": {**up, "field": "low"},
                "y2": {"field": "high"},
            },
        },
        {
            "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1, "color": ACCENT},
            "encoding": {
                "x": {**across, "field": "contrast"},
                "y": {**up, "field": "share"},
                "tooltip": tips,
            },
        },
        {
            "mark": {
                "type": "text",
                "align": "right",
                "dy": -9,
                "dx": -6,
                "color": TEXT,
                "fontSize": 11,
            },
            "encoding": {
                "x": {**across, "field": "contrast"},
                "y": {**up, "field": "share"},
                "text": {"field": "count"},
            },
        },
    ]
    return {"data": {"values": points}, "width": 440, "height": 260, "layer": layers}


def _point(contrast: float, detected: int, shown: int) -> dict[str, Any]:
    interval = share(detected, shown) or {"value": 0.0, "low": 0.0, "high": 1.0}
    count = _("{count} of {all}").format(count=detected, all=shown)
    return {
        "contrast": contrast,
        "share": interval["value"],
        "low": interval["low"],
        "high": interval["high"],
        "count": count,
    }


def _threshold(threshold: Interval | None, across: Spec) -> list[Spec]:
    """A band where half of the lesions are detected, with its middle."""
    if threshold is None:
        return []
    ends = [{"low": max(0.0, threshold.low), "high": min(1.0, threshold.high)}]
    band: Spec = {
        "data": {"values": ends},
        "mark": {"type": "rect", "color": SERIES[1], "opacity": 0.12},
        "encoding": {"x": {**across, "field": "low"}, "x2": {"field": "high"}},
    }
    middle: Spec = {
        "data": {"values": [{"at": threshold.value}]},
        "mark": {"type": "rule", "color": SERIES[1], "strokeDash": [4, 3]},
        "encoding": {"x": {**across, "field": "at"}},
    }
    return [band, middle] if 0 <= threshold.value <= 1 else [band]


def _fitted(curve: DetectionCurve, across: Spec, up: Spec) -> list[Spec]:
    if curve.slope is None or curve.threshold is None:
        return []
    line = [
        {"at": step / _STEPS, "share": logistic(curve.slope, curve.threshold.value, step / _STEPS)}
        for step in range(_STEPS + 1)
    ]
    return [
        {
            "data": {"values": line},
            "mark": {"type": "line", "color": SERIES[1], "strokeWidth": 1.5},
            "encoding": {"x": {**across, "field": "at"}, "y": {**up, "field": "share"}},
        }
    ]


def logistic(slope: float, threshold: float, contrast: float) -> float:
    """The share that is detected at a contrast, half of it at the threshold."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, slope * (contrast - threshold)))))


def _unit(title: str) -> Spec:
    return {
        "type": "quantitative",
        "title": title or None,
        "scale": {"domain": [0, 1], "nice": False},
        "axis": {"tickCount": 5, "format": ".1f"},
    }


def _scaled(names: Sequence[str], looks: list[str]) -> Spec:
    given = [looks[place % len(looks)] for place in range(len(names))]
    return {
        "field": "finding",
        "type": "nominal",
        "scale": {"domain": list(names), "range": given},
        "legend": {"title": None, "orient": "top"},
    }
