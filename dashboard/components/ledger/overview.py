"""How much readers change, of which findings, against which model: figures, charts, one table."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from dashboard.components.ledger import counted, figure, words
from dashboard.components.ledger.figure import Chart
from dashboard.components.ledger.plots import MOST_LINES, Panel, stacked, weeks
from dashboard.components.models.figures import NOTHING, decimal
from dashboard.components.models.table import Cell, Table, show_table
from dashboard.language import translate as _
from dashboard.services.ledger_figures import NATURES, Edits, LedgerFigures
from dashboard.services.ledger_sheet import natures_csv, weeks_csv
from dashboard.workspace import Workspace


def show(place: Workspace) -> None:
    """The whole part; there is at least one signature."""
    found = counted.figures_of(place)
    _figures(found)
    counted.switch(bool(found.real), bool(found.phantoms))
    key = (counted.state(place),)
    left, right = st.columns(2, gap="medium")
    with left:
        _over_time(found, key)
    with right:
        _corrected(found, key)
    show_table(table(found))
    counted.note(_definitions())


def _figures(found: LedgerFigures) -> None:
    cells = "".join(
        f"<div><b>{escape(value)}</b><i>{escape(interval)}</i><span>{escape(what)}</span></div>"
        for value, interval, what in figures(found)
    )
    st.html(f'<div class="figures ledger">{cells}</div>')


def figures(found: LedgerFigures) -> list[tuple[str, str, str]]:
    """Return value, interval and name of each figure at the head."""
    every = found.overall
    shares = [
        (every.rate, _("of sentences changed, added or removed")),
        (every.distance, _("of words put in, taken out or replaced")),
        (every.style, _("of changed sentences change the wording alone")),
    ]
    told = [
        (words.percent(share.value) if share else NOTHING, words.ends(share), what)
        for share, what in shares
    ]
    return [(str(every.studies), "", _("signed against a draft")), *told, _seconds(every)]


def _seconds(every: Edits) -> tuple[str, str, str]:
    opened = every.seconds_open
    if opened is None:
        return NOTHING, "", _("seconds from opening to signature")
    text, interval = f"{decimal(opened.value, digits=0)} s", words.ends(opened, share=False)
    if every.seconds_reading is None or every.seconds_editing is None:
        return text, interval, _("from opening to signature, median")
    what = _("from opening to signature, median; reading {reading} s, editing {editing} s").format(
        reading=decimal(every.seconds_reading.value, digits=0),
        editing=decimal(every.seconds_editing.value, digits=0),
    )
    return text, interval, what


def _over_time(found: LedgerFigures, key: tuple[object, ...]) -> None:
    named = {words.version(each.model, each.digest): each for each in found.models[:MOST_LINES]}
    lines = {
        _("sentences edited"): {name: each.rate_by_week for name, each in named.items()},
        _("edit distance, words"): {name: each.distance_by_week for name, each in named.items()},
    }
    plot = weeks([Panel(axis, some) for axis, some in lines.items()], words.time_axis(found.step))
    alt = _("Edited sentences and edit distance by week and model, with 95 % intervals by study")
    figure.show(Chart(key, "edits-by-week", plot, alt, partial(weeks_csv, lines)))


def _corrected(found: LedgerFigures, key: tuple[object, ...]) -> None:
    if not found.natures:
        counted.note(_("No finding was corrected: signed texts state what the drafts stated."))
        return
    rows = {_(name): counts for name, counts in found.natures.items()}
    parts = {name: words.nature(name) for name in NATURES}
    plot = stacked(rows, parts, _("corrections"))
    alt = _("Corrections of each finding by nature")
    figure.show(Chart(key, "findings-corrected", plot, alt, partial(natures_csv, found)))


def table(found: LedgerFigures) -> Table:
    """Return one line a version of a model, and one for all where there are several."""
    heads: list[Cell | str] = [
        _("model and version"),
        Cell(_("studies"), tone="number"),
        Cell(_("sentences edited"), tone="number"),
        Cell(_("edit distance"), tone="number"),
        Cell(_("wording alone"), title=_("of the sentences that were changed"), tone="number"),
        Cell(_("open, s"), title=_("median from opening to signature"), tone="number"),
        Cell(_("reading, s"), title=_("median"), tone="number"),
        Cell(_("editing, s"), title=_("median"), tone="number"),
    ]
    rows = [_row(words.version(each.model, each.digest), each) for each in found.models]
    if len(rows) > 1:
        rows.append(_row(_("all"), found.overall))
    return Table(_("What readers changed, by model and version"), heads, rows)


def _row(name: str, each: Edits) -> list[Cell | str]:
    return [
        Cell(name, title=each.digest),
        Cell(str(each.studies), tone="number"),
        *(words.share_cell(share) for share in (each.rate, each.distance, each.style)),
        *(
            words.seconds_cell(seconds)
            for seconds in (each.seconds_open, each.seconds_reading, each.seconds_editing)
        ),
    ]


def _definitions() -> str:
    return " ".join(
        (
            _(
                "Sentences edited: changed, added or removed among all of draft and signed text. "
                "Edit distance: words put in, taken out or replaced (Levenshtein) within paired "
                "sentences, over the words of the longer of each pair."
            ),
            _(
                "Intervals and bands are 95 %, studies are drawn whole; a point of fewer than five "
                "studies has none. Reading holds pauses; "
                "editing is told by the saves of the text. A correction of two natures counts in "
                "both. Zone and severity are read by rules whose accuracy nobody has measured."
            ),
        )
    )
