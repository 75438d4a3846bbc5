"""Do the maps point at what readers boxed? Each method beside two that look at no film."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from core.domain.errors import TrainingError
from core.training.boxes import read_boxes
from core.training.films import LABELS
from dashboard.components.film_thumbnails import Thumbnail, show_thumbnails
from dashboard.components.models.charts import intervals, show_chart
from dashboard.components.models.figures import Document, figure, on_films, part
from dashboard.components.models.table import Cell, Table, lead, measured, show_table
from dashboard.language import translate as _

MEAN_BOX = "mean box"
MOST_EXAMPLES = 24


def show_location(document: Document, films: Path | None) -> None:
    """The verdict, a chart, the table, and boxed films where they are at hand."""
    located = part(document, "localisation")
    lead(verdict(located))
    least = located.get("least_boxes", 0)
    words = _(
        "Pointing: the highest place of the map lies inside a reader's box. Tolerant: or within "
        "one cell of it. Overlap: of map and boxes, at a threshold chosen on other patients. The "
        "mean box is where boxes of the finding lie on other patients' films: it looks at no film. "
        "Below {least} boxes nothing is claimed."
    )
    st.caption(words.format(least=least))
    rows = pointing_rows(located)
    if rows:
        axis = _("share of films where the map points into a box, 95 % interval by patient")
        spec = intervals(rows, axis)
        show_chart(spec, _("Pointing of each method for each boxed finding"))
    show_table(location_table(located))
    show_table(side_table(located))
    _examples(located, films)


def verdict(located: Document) -> str:
    """Say which maps beat the mean box in the pointing game, if any does."""
    least, shown = located.get("least_boxes", 0), str(located.get("default"))
    enough = {
        name: entry
        for name, entry in part(located, "findings").items()
        if part(entry).get("boxes", 0) >= least
    }
    if not enough:
        return _(
            "No finding has {least} boxes or more: nothing is claimed about where it is."
        ).format(least=least)
    better = []
    for name, entry in enough.items():
        if methods := _better(entry, shown):
            better.append(f"{_(name)} ({'; '.join(methods)})")
    if not better:
        return _(
            "No method's map beats the mean box at pointing, for any finding with {least} boxes "
            "or more: the maps are the model's attention, not the location of a finding."
        ).format(least=least)
    return _("These maps beat the mean box at pointing: {maps}.").format(maps="; ".join(better))


def _better(entry: Document, shown: str) -> list[str]:
    """The methods of one finding whose maps beat the mean box."""
    found = []
    for method in part(entry, "pooled", "methods"):
        rise = figure(entry, "pooled", "methods", method, "pointing_minus_mean_box")
        if rise is not None and rise["low"] > 0:
            reader = _("{method}, the map that a reader sees")
            found.append((reader if method == shown else "{method}").format(method=_(method)))
    return found


def pointing_rows(located: Document) -> list[dict[str, Any]]:
    """Return the dots of the chart: one line a method and finding with enough boxes."""
    least = located.get("least_boxes", 0)
    return [
        {"label": on_films(_(name), found), "series": _(method), **found}
        for name, entry in part(located, "findings").items()
        if part(entry).get("boxes", 0) >= least
        for method in part(entry, "pooled", "methods")
        if (found := figure(entry, "pooled", "methods", method, "pointing")) is not None
    ]


def location_table(located: Document) -> Table:
    """Return one line a finding and method, with the differences from the mean box."""
    heads = [
        _("finding"), _("method"), _("boxes"), _("films"),
        *[_("share"), _("minus mean box")] * 2, _("mean"), _("minus mean box"),
    ]  # fmt: skip
    groups = [("", 4), (_("pointing"), 2), (_("tolerant"), 2), (_("overlap"), 2)]
    rows: list[list[Cell | str]] = []
    for name, entry in part(located, "findings").items():
        pooled = part(entry, "pooled")
        for method in part(pooled, "methods"):
            scores = part(pooled, "methods", method)
            own = method == located.get("default")
            row: list[Cell | str] = [
                _(name),
                Cell(_(method), _("shown to the reader") if own else ""),
                str(entry.get("boxes", 0)),
                str(pooled.get("films", 0)),
            ]
            for key in ("pointing", "pointing_tolerant", "iou"):
                difference = figure(scores, f"{key}_minus_mean_box")
                row.append(measured(figure(scores, key)))
                row.append("" if method == MEAN_BOX else measured(difference, signed=True))
            rows.append(row)
    return Table(_("Maps against readers' boxes"), heads, rows, groups)


def side_table(located: Document) -> Table:
    """Return how often the map has more mass on the side where all boxes are."""
    entries = part(located, "findings")
    found = {name: part(entry, "side") for name, entry in entries.items()}
    methods = list(dict.fromkeys(m for side in found.values() for m in part(side, "methods")))
    rows: list[list[Cell | str]] = [
        [
            _(name),
            str(side.get("films", 0)),
            *(measured(figure(side, "methods", method)) for method in methods),
        ]
        for name, side in found.items()
    ]
    heads = [_("finding"), _("films boxed on one side"), *map(_, methods)]
    groups = [("", 2), (_("map's side is right; chance: 0.50"), len(methods))] if methods else []
    return Table(_("Side of the maps"), heads, rows, groups)


def _examples(located: Document, films: Path | None) -> None:
    if films is None:
        st.caption(
            _("To see boxed films here, let {setting} name the folder they are in.").format(
                setting="OVERREAD_FILMS"
            )
        )
        return
    shown = examples(located, films)
    if not shown:
        return
    st.caption(
        _(
            "Films of unseen patients with the boxes that readers drew. The dot is the highest "
            "place of the map that a reader sees."
        )
    )
    show_thumbnails(films, shown)


def examples(located: Document, films: Path) -> list[Thumbnail]:
    """Return boxed films of unseen patients with the place their map points at; none without."""
    points = [one for one in located.get("examples", []) if isinstance(one, dict)][:MOST_EXAMPLES]
    images = list(dict.fromkeys(str(one["image"]) for one in points))
    try:
        boxed = read_boxes(films, [films / image for image in images], LABELS)
    except (TrainingError, KeyError, ValueError, OSError):
        # A folder of another kind than expected has no examples; the figures stand without.
        return []
    shown = []
    for one in points:
        drawn = boxed.get(images.index(str(one["image"])), ())
        boxes = tuple(box for box in drawn if box.finding == one["finding"])
        if boxes:
            lines = (_(one["finding"]), _("in the box") if one["hit"] else _("beside the box"))
            mark = (float(one["across"]), float(one["down"]))
            shown.append(Thumbnail(str(one["image"]), lines, boxes, mark))
    return shown
