"""Lesions whose truth is known to the pixel: are they noticed, and pointed at?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.components.models.charts import curve, show_chart
from dashboard.components.models.figures import Document, figure, part
from dashboard.components.models.table import Cell, Table, counted, lead, measured, show_table
from dashboard.language import translate as _

CURVE = "drawn_curve.png"
_COUNTS = ("called", "called_without", "noticed", "noticed_without")


def show_drawn(document: Document, folder: Path | None) -> None:
    """Lesions drawn into real films by size and contrast, then every kind on both."""
    found = part(document, "drawn")
    lead(
        _(
            "What the model does with a drawn shadow when nothing else of the film changes. None "
            "of this is a clinical figure."
        )
    )
    _curves(found, folder)
    st.caption(
        _(
            "Called: at or above the operating point. Noticed: at or above the uncertain point. "
            "Without: the same films before the lesion was drawn. Rise: of the raw score's logit, "
            "paired. Contrast: the share of the lesion's full attenuation."
        )
    )
    titles = {
        "composites": _("Drawn into {films} normal films of unseen patients, from subtle to plain"),
        "phantoms": _("On {films} thorax phantoms that no training saw, of plain sizes"),
    }
    for key, title in titles.items():
        one = part(found, key)
        if part(one, "kinds"):
            st.markdown(f"**{title.format(films=one.get('films', 0))}**")
            show_table(kinds_table(part(one, "kinds"), title.format(films=one.get("films", 0))))


def _curves(found: Document, folder: Path | None) -> None:
    points = part(found, "composites").get("curve") or []
    if not points:
        picture = folder / CURVE if folder else None
        if picture is not None and picture.is_file():
            st.image(str(picture), width=720)
        return
    size = _("diameter of a drawn nodule, mm")
    with st.container(horizontal=True, gap="medium"):
        for path, title, axis, mark in (
            (("auroc",), _("Told from the same film without it"), _("AUROC"), 0.5),
            (
                ("pointing_tolerant", "share"),
                _("The map points at it, within one cell"),
                _("share of films"),
                None,
            ),
        ):
            with st.container(width="content"):
                show_chart(curve(curve_rows(points, path), (size, axis), title, mark), title)


def curve_rows(points: list[Document], path: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the points of one chart by size, one series a contrast."""
    rows = []
    for point in sorted(points, key=lambda one: (one["contrast"], one["size_mm"])):
        if found := figure(point, *path):
            series = _("contrast {value}").format(value=f"{point['contrast']:g}")
            films = point.get("films", found.get("cases", 0))
            rows.append({"size": point["size_mm"], "series": series, "films": films, **found})
    return rows


def kinds_table(kinds: Document, caption: str) -> Table:
    """Return one line a kind of lesion."""
    heads = [
        _("lesion"), _("called"), _("without"), _("noticed"), _("without"), _("AUROC"), _("rise"),
        _("map points at it"), _("within one cell"),
    ]  # fmt: skip
    rows: list[list[Cell | str]] = []
    for kind in kinds:
        one = part(kinds, kind)
        name = _(kind)
        finding = _(str(one.get("finding", kind)))
        row: list[Cell | str] = [Cell(name, "" if finding == name else finding)]
        row += [_hits(part(one, key)) for key in _COUNTS]
        row += [measured(figure(one, "auroc")), measured(figure(one, "rise"), signed=True)]
        row += [_hits(part(one, key)) for key in ("pointing", "pointing_tolerant")]
        rows.append(row)
    return Table(caption, heads, rows)


def _hits(counts: Document) -> Cell:
    return counted(counts.get("hits", 0), counts.get("films", 0), figure(counts, "share"))
