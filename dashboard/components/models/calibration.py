"""Whether a stated probability holds: small multiples of the calibrated findings."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.domain.finding import digits_apart
from dashboard.components.models.charts import reliability, show_chart
from dashboard.components.models.figures import (
    Document,
    called_findings,
    decimal,
    figure,
    part,
    share,
)
from dashboard.components.models.table import Cell, Table, lead, measured, show_table
from dashboard.language import translate as _


def show_calibration(document: Document) -> None:
    """Charts of stated against observed, and the errors in numbers."""
    names = calibrated(document)
    if not names:
        lead(_("No finding of this model is calibrated."))
        return
    bare = [_(name) for name in called_findings(document) if name not in names]
    words = _("On the dotted line a stated probability is the share of films that had the finding.")
    if bare:
        rest = _("Shown as a score, not as a probability: {names}.").format(names=", ".join(bare))
        words = f"{words} {rest}"
    st.caption(words)
    axes = (_("stated probability"), _("observed share"))
    show_chart(
        reliability(reliability_rows(document), axes),
        _("Stated probability against observed share of each calibrated finding"),
    )
    st.caption(
        _(
            "Bins hold equally many films; bars are Wilson's 95 % interval of a bin. "
            "Cross-validation was calibrated on other patients than those it shows."
        )
    )
    show_table(calibration_table(document))


def calibrated(document: Document) -> list[str]:
    """Return the findings with a curve."""
    return [
        name
        for name, entry in called_findings(document).items()
        if any(part(entry, "reliability", key) for key in _parts())
    ]


def _parts() -> dict[str, str]:
    return {"val": _("unseen patients"), "cross_fit": _("cross-validation")}


def reliability_rows(document: Document) -> list[dict[str, Any]]:
    """Return the points of the small multiples, each with the interval of its share."""
    rows = []
    for name, entry in called_findings(document).items():
        for key, series in _parts().items():
            for point in part(entry, "reliability", key).get("points", ()):
                films = int(point["films"])
                ends = share(round(point["observed"] * films), films) or {}
                span = {end: ends.get(end, point["observed"]) for end in ("low", "high")}
                rows.append({"finding": _(name), "series": series, **point, **span})
    return rows


def calibration_table(document: Document) -> Table:
    """Return one line a calibrated finding: prevalence, points, and the error twice."""
    heads = [
        _("finding"), _("calibrated at prevalence"), _("uncertain from"), _("present from"),
        _("unseen patients"), _("cross-validation"),
    ]  # fmt: skip
    groups = [("", 4), (_("expected calibration error"), 2)]
    entries = called_findings(document)
    rows: list[list[Cell | str]] = [
        [
            _(name),
            decimal(entries[name].get("prevalence", 0.0)),
            *_points(entries[name]),
            *(
                measured(figure(entries[name], "reliability", key, "error"))
                for key in ("val", "cross_fit")
            ),
        ]
        for name in calibrated(document)
    ]
    return Table(_("Calibration of each finding"), heads, rows, groups)


def _points(entry: Document) -> list[str]:
    """Where uncertain and where present begins, in digits that tell them apart."""
    points = [entry.get(key, 0.0) for key in ("uncertain_point", "operating_point")]
    return [decimal(point, digits=digits_apart(*points)) for point in points]
