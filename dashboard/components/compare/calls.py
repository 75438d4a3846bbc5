"""Findings by model: what each calls them, with its number; where models disagree stands first."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.domain.finding import Certainty, Finding, digits_apart
from core.domain.report import ENGLISH
from core.models import registry
from core.models.measured import Measured
from core.reporting.side_by_side import Call, Row, Said, said_by_draft, said_by_text, side_by_side
from dashboard.components.compare.choice import REPORT, Chosen
from dashboard.components.findings_tooltip import tooltip
from dashboard.components.models.figures import NOTHING
from dashboard.components.models.table import Cell, Table, table_html
from dashboard.language import translate as _
from dashboard.services.compare import Column, Compared

_SHAPES = {Certainty.PRESENT: "●", Certainty.UNCERTAIN: "◐", Certainty.ABSENT: "○"}


def show(now: Compared, chosen: Chosen, reference: str) -> None:
    """The whole part; nothing where no draft names anything."""
    if not now.drafts:
        return
    heads, columns, measured = _columns(now, chosen, reference)
    rows = side_by_side(columns)
    st.html(calls_html(heads, rows, measured))
    if reference == REPORT and now.language != ENGLISH:
        said = _("The report is not in English: its findings cannot be read.")
        st.html(f'<p class="muted">{escape(said)}</p>')


def _columns(
    now: Compared, chosen: Chosen, reference: str
) -> tuple[list[str], list[Said | None], list[Measured | None]]:
    heads = [chosen.titles.get(column.model, column.model) for column in now.columns]
    calls = [_calls(column, now) for column in now.columns]
    measured = [
        registry.measured_of(now.drafts[column.model].scorer)
        if column.model in now.drafts
        else None
        for column in now.columns
    ]
    if reference != REPORT:
        return heads, calls, measured
    own = said_by_text(now.report) if now.language == ENGLISH else None
    return (
        [_("Signed report") if now.signed else _("Report"), *heads],
        [own, *calls],
        [None, *measured],
    )


def _calls(column: Column, now: Compared) -> Said | None:
    draft = now.drafts.get(column.model)
    return None if draft is None else said_by_draft(draft, written=column.written)


def calls_html(
    heads: Sequence[str], rows: Sequence[Row], measured: Sequence[Measured | None]
) -> str:
    """Return the table as HTML; findings that nobody calls are folded below it."""
    called = [row for row in rows if row.called]
    quiet = [row for row in rows if not row.called]
    heading = escape(_("Findings by model"))
    title = f"<h3>{heading}</h3>"
    if called:
        shown = _table(heads, called, measured)
    else:
        nobody = _("No model calls a finding present or uncertain.")
        shown = f'<p class="muted">{escape(nobody)}</p>'
    if not quiet:
        return f'<div class="calls">{title}{shown}</div>'
    summary = _("+ {count} that none calls present or uncertain").format(count=len(quiet))
    folded = (
        f"<details><summary>{escape(summary)}</summary>{_table(heads, quiet, measured)}</details>"
    )
    return f'<div class="calls">{title}{shown}{folded}</div>'


def _table(heads: Sequence[str], rows: Sequence[Row], measured: Sequence[Measured | None]) -> str:
    lines: list[list[Cell | str]] = []
    for row in rows:
        first = Cell(
            _(row.finding),
            _("they differ") if row.differs else "",
            tone="differs" if row.differs else "",
        )
        cells = [_cell(call, known) for call, known in zip(row.calls, measured, strict=True)]
        lines.append([first, *cells])
    return table_html(
        Table(_("What each model says of each finding"), [_("finding"), *heads], lines)
    )


def _cell(call: Call | None, measured: Measured | None) -> Cell:
    """What is said, above the number that stands beside it."""
    if call is None:
        return Cell(NOTHING, title=_("not drafted, or not scored"), tone="muted")
    scored = call.scored
    note = _number(scored) if scored else ""
    title = tooltip(scored, measured) if scored else ""
    if call.implied_by:
        implied = _("as {finding}").format(finding=_(call.implied_by))
        note = f"{implied}; {note}" if note else implied
    if call.certainty is None:
        return Cell(_("not mentioned"), note, title, "muted")
    sides = {"left": _("left"), "right": _("right"), "bilateral": _("both sides")}
    words = [_SHAPES[call.certainty], _(call.certainty.value)]
    if call.laterality is not None:
        words.append(sides[call.laterality.value])
    return Cell(" ".join(words), note, title, call.certainty.value)


def _number(finding: Finding) -> str:
    """The number of a classifier against its operating point."""
    if finding.numbers is None:
        return ""
    value, point = finding.numbers
    digits = digits_apart(value, point)
    text = f"{value:.{digits}f} {'≥' if value >= point else '<'} {point:.{digits}f}"
    return text if finding.probability is not None else " ".join((_("score"), text))
