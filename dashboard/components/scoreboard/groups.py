"""Figures by what they are about, one table a group; the findings one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from html import escape

import streamlit as st

from core.evaluation.drafts.figures import CRITICAL, FIGURES, Group
from core.evaluation.drafts.measured import Role, System
from core.models.base import Interval
from dashboard.components.drawing import Plot
from dashboard.components.models.figures import NOTHING
from dashboard.components.models.table import Cell, Table, measured, show_table
from dashboard.components.scoreboard import chart, plots
from dashboard.components.scoreboard.words import cell, definition, title, titles
from dashboard.language import translate as _
from dashboard.services.scoreboard import Board
from dashboard.services.scoreboard_sheet import figures_csv, findings_csv

RATES = ("f1", "precision", "recall")


def show(board: Board, group: Sequence[Group]) -> None:
    """The figures of one or more groups, what each is, and what could not be measured."""
    show_table(table(board, group))
    _definitions(group)
    _not_measured(board, group)
    chart.download(board, "figures.csv", partial(figures_csv, board), "text/csv")


def names(group: Sequence[Group]) -> list[str]:
    return [figure.name for figure in FIGURES if figure.group in group]


def table(board: Board, group: Sequence[Group]) -> Table:
    """Return one line a system, every figure of the groups."""
    figures = names(group)
    heads: list[Cell | str] = [_("system")]
    heads += [Cell(title(figure), title=definition(figure)) for figure in figures]
    rows: list[list[Cell | str]] = [
        [heading(board, name, word), *(cell(board, board.system(name), one) for one in figures)]
        for name, word in titles(board).items()
    ]
    return Table(_("Figures of each system"), heads, rows)


def heading(board: Board, name: str, word: str) -> Cell:
    """The first cell of a line; baselines are marked."""
    baseline = board.system(name).role is Role.BASELINE
    return Cell(word, _("baseline") if baseline else "", tone="baseline" if baseline else "")


def _definitions(group: Sequence[Group]) -> None:
    said: dict[str, list[str]] = {}
    sources: dict[str, str] = {}
    for figure in FIGURES:
        if figure.group in group:
            said.setdefault(figure.definition, []).append(_(figure.title))
            sources[figure.definition] = figure.source
    lines = "".join(
        f"<dt>{escape(', '.join(words))}</dt><dd>{escape(_(text))} "
        f'<span class="muted">{escape(sources[text])}</span></dd>'
        for text, words in said.items()
    )
    st.html(f'<dl class="definitions">{lines}</dl>')


def _not_measured(board: Board, group: Sequence[Group]) -> None:
    reasons = board.measured.not_measured
    lines = [
        _("{figure} was not measured: {reason}.").format(
            figure=title(name), reason=_(reasons[name]).rstrip(".")
        )
        for name in names(group)
        if name in reasons
    ]
    if lines:
        st.html("".join(f'<p class="muted note">{escape(line)}</p>' for line in lines))


def show_findings(board: Board) -> None:
    """The figures over all findings, then each finding by itself."""
    show_table(table(board, [Group.FINDINGS]))
    told = findings(board)
    if told:
        rate = _rate()
        chart.show(
            board, f"findings-{rate}", _heat(board, told, rate), _("Each finding by each system")
        )
        show_table(findings_table(board, told, rate))
    _definitions([Group.FINDINGS])
    chart.download(board, "findings.csv", partial(findings_csv, board), "text/csv")


def _rate() -> str:
    words = rates()
    picked = st.segmented_control(
        _("Rate"),
        list(words),
        format_func=lambda rate: words[rate],
        default=RATES[0],
        required=True,
        key="scoreboard_rate",
        label_visibility="collapsed",
    )
    return picked or RATES[0]


def rates() -> dict[str, str]:
    return {"f1": _("F1"), "precision": _("precision"), "recall": _("recall")}


def findings(board: Board) -> dict[str, int]:
    """Return the findings that a reference states, with how many do; the most frequent first."""
    counted: dict[str, int] = {}
    for system in board.systems:
        for name, entry in system.findings.items():
            counted[name] = max(counted.get(name, 0), entry["positives"])
    stated = {name: count for name, count in counted.items() if count}
    return dict(sorted(stated.items(), key=lambda item: -item[1]))


def _of(system: System, finding: str, rate: str) -> Interval | None:
    found: Interval | None = system.findings.get(finding, {}).get(rate)
    return found


def _heat(board: Board, told: dict[str, int], rate: str) -> Plot:
    rows = [f"{_(name)} ({count})" for name, count in told.items()]
    values = [
        [
            None if (found := _of(system, name, rate)) is None else found.value
            for system in board.systems
        ]
        for name in told
    ]
    return plots.heat(rows, list(titles(board).values()), values, rates()[rate])


def findings_table(board: Board, told: dict[str, int], rate: str) -> Table:
    """Return one line a finding, a rate of each system with its interval."""
    words = titles(board)
    heads: list[Cell | str] = [
        _("finding"),
        Cell(_("positives"), title=_("references that state it")),
        *words.values(),
    ]
    rows: list[list[Cell | str]] = []
    for name, count in told.items():
        figures = (_of(system, name, rate) for system in board.systems)
        critical = _("critical") if name in CRITICAL else ""
        rows.append([Cell(_(name), critical), str(count), *map(_measured, figures)])
    return Table(_("Each finding by each system"), heads, rows)


def _measured(found: Interval | None) -> Cell:
    if found is None:
        return Cell(NOTHING, title=_("undefined here: never stated by the system"), tone="muted")
    return measured(asdict(found))
