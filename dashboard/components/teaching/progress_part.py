"""How a cohort goes over the weeks, finding by finding; and one trainee of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from html import escape

import streamlit as st

from core.models.base import Interval
from dashboard.components import messages
from dashboard.components.models.charts import show_chart
from dashboard.components.models.figures import NOTHING
from dashboard.components.models.table import Cell, Table, lead, measured, show_table
from dashboard.components.teaching import charts, progress_part_trainee
from dashboard.language import translate as _
from dashboard.navigation import TEACHING
from dashboard.services.teaching import progress
from dashboard.services.teaching.progress import WeekOfFinding
from dashboard.workspace import Workspace

COHORT = "teaching_cohort"
FINDINGS = "teaching_findings"
GENERATED = "teaching_generated"
FIRST = 3
"""Findings that are drawn before somebody chooses: the most read."""


def show(place: Workspace) -> None:
    """The whole part."""
    lead(_("How well does a cohort read each finding, week by week?"))
    known = list(progress.cohorts(place))
    if not known:
        messages.empty(
            _("No cohort read anything yet. Progress begins with the first session."),
            TEACHING,
            _("Open a session"),
        )
        return
    with st.container(
        horizontal=True, vertical_alignment="bottom", gap="small", key="progress_choice"
    ):
        cohort = st.selectbox(_("Cohort"), known, key=COHORT, width=320)
        st.download_button(
            _("Export {format}").format(format="CSV"),
            partial(_csv, place, cohort),
            file_name="cohort.csv",
            mime="text/csv",
            key="teaching_cohort_csv",
            on_click="ignore",
        )
        generated = st.toggle(
            _("Generated films"),
            key=GENERATED,
            help=_("Phantoms and drills: never together with patients' films."),
        )
    found = progress.cohort_progress(place, cohort, generated=generated)
    if found:
        _figures(found)
        _weeks(found)
    else:
        nothing = (
            _("No scored read of a generated film is committed yet.")
            if generated
            else _("No scored read of a case is committed yet; generated films are apart.")
        )
        st.html(f'<p class="muted">{escape(nothing)}</p>')
    progress_part_trainee.show(place, cohort)


def _csv(place: Workspace, cohort: str) -> bytes:
    return progress.cohort_csv(place, cohort).encode("utf-8")


def _figures(found: Sequence[WeekOfFinding]) -> None:
    """How much stands behind what follows."""
    cells = [
        (str(len({week.week for week in found})), _("weeks with scored reads")),
        (str(len({week.finding for week in found})), _("findings with a reference")),
        (str(sum(week.reads for week in found)), _("findings judged in all reads")),
    ]
    html = "".join(f"<div><b>{n}</b><span>{escape(label)}</span></div>" for n, label in cells)
    st.html(f'<div class="figures">{html}</div>')


def _weeks(found: Sequence[WeekOfFinding]) -> None:
    counted: Counter[str] = Counter()
    for week in found:
        counted[week.finding] += week.reads
    names = [name for name, _count in counted.most_common()]
    kept = [name for name in st.session_state.get(FINDINGS, []) if name in names]
    st.session_state[FINDINGS] = kept or names[:FIRST]
    chosen = st.multiselect(_("Findings"), names, format_func=_, key=FINDINGS, max_selections=8)
    shown = chosen or names[:FIRST]
    alt = _("Sensitivity, specificity and Brier score by week of {findings}").format(
        findings=", ".join(_(name) for name in shown)
    )
    show_chart(charts.weeks(found, shown), alt)
    note = _(
        "Lines are 95 % intervals. Reads of one film are not independent, so that intervals are "
        "too narrow where few films were read."
    )
    st.html(f'<p class="muted note">{escape(note)}</p>')
    show_table(table([week for week in found if week.finding in shown], shown))


def table(found: Sequence[WeekOfFinding], findings: Sequence[str]) -> Table:
    """Return one line a finding and week, the newest week of a finding first."""
    heads: list[Cell | str] = [
        _("finding"),
        _("week of"),
        Cell(_("reads"), title=_("committed reads that the reference judges for this finding")),
        _("sensitivity"),
        _("specificity"),
        Cell(_("Brier"), title=_("squared error of the certainty: 0 is best, 1 is worst")),
    ]
    ordered = sorted(found, key=lambda week: week.week, reverse=True)
    rows: list[list[Cell | str]] = [
        [
            _(week.finding),
            week.week.isoformat(),
            str(week.reads),
            _measured(week.sensitivity, _("no film with this finding")),
            _measured(week.specificity, _("no film without this finding")),
            _measured(week.brier, _("not measured: one read, or all alike")),
        ]
        for finding in findings
        for week in ordered
        if week.finding == finding
    ]
    return Table(_("Progress by finding and week"), heads, rows)


def _measured(interval: Interval | None, missing: str) -> Cell:
    if interval is None:
        return Cell(NOTHING, title=missing, tone="muted")
    return measured(asdict(interval))
