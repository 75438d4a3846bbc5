"""One table of the page: words escaped, numbers above their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

import streamlit as st

from dashboard.components.models.figures import NOTHING, Figure, decimal, span, value_text
from dashboard.language import translate as _

ROW_HEADING = 'scope="row"'


@dataclass(frozen=True)
class Cell:
    """``note`` stands below the text; ``title`` is its tooltip; ``tone`` a class of colour."""

    text: str
    note: str = ""
    title: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Table:
    """``heads`` name the columns; ``groups`` span them: a name, and over how many columns.

    The first cell of a row is its heading. ``caption`` is read by screen readers alone.
    """

    caption: str
    heads: Sequence[Cell | str]
    rows: Sequence[Sequence[Cell | str]]
    groups: Sequence[tuple[str, int]] = ()


def lead(sentence: str) -> None:
    """Show the one sentence that a section answers with."""
    st.html(f'<p class="lead">{escape(sentence)}</p>')


def show_table(table: Table) -> None:
    """Show a table; it scrolls sideways where the window is narrow."""
    st.html(table_html(table))


def table_html(table: Table) -> str:
    """Return the table as HTML, every word of it escaped."""
    groups = "".join(
        f'<th colspan="{width}" scope="colgroup">{escape(name)}</th>' if name
        # A heading without words would be announced as one.
        else f'<td colspan="{width}"></td>'
        for name, width in table.groups
    )  # fmt: skip
    heads = "".join(_cell(head, "th", 'scope="col"') for head in table.heads)
    rows, before = "", ""
    for row in table.rows:
        first = row[0] if isinstance(row[0], Cell) else Cell(row[0])
        # Said again for who hears the row alone, quietly for who sees the table.
        first = replace(first, tone="again") if first.text == before else first
        before = first.text
        cells = "".join(_cell(cell, "td") for cell in row[1:])
        rows += f"<tr>{_cell(first, 'th', ROW_HEADING)}{cells}</tr>"
    above = f'<tr class="groups">{groups}</tr>' if groups else ""
    return (
        f'<div class="measured"><table class="plain"><caption>{escape(table.caption)}</caption>'
        f"<thead>{above}<tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(cell: Cell | str, tag: str, attributes: str = "") -> str:
    cell = Cell(cell) if isinstance(cell, str) else cell
    note = f"<small>{escape(cell.note)}</small>" if cell.note else ""
    title = f' title="{escape(cell.title)}"' if cell.title else ""
    tone = f' class="{escape(cell.tone)}"' if cell.tone else ""
    opened = f"{tag} {attributes}".strip()
    return f"<{opened}{tone}{title}>{escape(cell.text)}{note}</{tag}>"


def measured(found: Figure, *, signed: bool = False, tone: str = "") -> Cell:
    """Return a figure above its interval; its tooltip says how many cases stood behind it."""
    if found is None:
        return Cell(NOTHING, title=_("not measured"), tone="muted")
    cases = found.get("cases")
    # Where no film went another way the bootstrap knows no doubt: that is no certainty.
    alike = found["low"] == found["value"] == found["high"]
    return Cell(
        value_text(found, signed=signed),
        _("every resample alike") if alike else span(found, signed=signed),
        _("{count} cases").format(count=cases) if cases is not None else "",
        tone,
    )


def counted(hits: int, of: int, found: Figure) -> Cell:
    """Return hits of tries above the interval of their share."""
    if not of:
        return Cell(NOTHING, title=_("no such film"), tone="muted")
    text = _("{hits} of {films}").format(hits=hits, films=of)
    return Cell(text, span(found), decimal(found["value"]) if found else "")
