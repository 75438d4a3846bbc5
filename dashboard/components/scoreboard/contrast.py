"""Systems against each other: one figure drawn, all headline figures in a table, and in words."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from core.evaluation.drafts.figures import BY_NAME, HEADLINES
from core.evaluation.drafts.measured import Role
from core.models.base import Interval
from dashboard.components.models.figures import NOTHING
from dashboard.components.models.table import Cell, Table, show_table
from dashboard.components.scoreboard import chart, plots, sentences
from dashboard.components.scoreboard.plots import Line
from dashboard.components.scoreboard.words import definition, difference, title, titles
from dashboard.components.scoreboard.words import measured_figures as figures_of
from dashboard.language import translate as _
from dashboard.services.scoreboard import Board, significant
from dashboard.services.scoreboard_sheet import differences_csv

_UNITS = {"s": "s", "bytes": "GB", "tokens/s": "tokens/s"}


def show(board: Board) -> None:
    """The whole section."""
    if not figures_of(board):
        nothing = _("No figure of this evaluation is defined.")
        st.html(f'<p class="muted">{escape(nothing)}</p>')
        return
    with st.container(horizontal=True, gap="small"):
        figure, against = _figure(board), _against(board)
    st.html(f'<p class="muted note">{escape(definition(figure))}</p>')
    left, right = st.columns(2, gap="medium")
    with left:
        _forest(board, figure)
    with right:
        _pairs(board, figure, against)
    _sentences(board, figure, against)
    if board.compared():
        show_table(table(board, against))
        st.html(f'<p class="muted note">{escape(sentences.chance(board))}</p>')
        chart.download(board, "differences.csv", partial(differences_csv, board), "text/csv")


def _figure(board: Board) -> str:
    figures = figures_of(board)
    first = sentences.ANSWER if sentences.ANSWER in figures else figures[0]
    picked = st.selectbox(
        _("Figure"),
        figures,
        index=figures.index(first),
        format_func=title,
        key=f"scoreboard_figure_{board.key}",
        width=320,
    )
    return picked or first


def _against(board: Board) -> str:
    words = titles(board)
    names = list(words)
    picked = st.selectbox(
        _("Differences from"),
        names,
        index=names.index(default_against(board)),
        format_func=lambda name: words[name],
        key=f"scoreboard_against_{board.key}",
        width=320,
    )
    return picked or names[0]


def default_against(board: Board) -> str:
    """The baseline that tells findings best; the last system where none is a baseline."""

    def height(name: str) -> float:
        interval = board.system(name).figures.get(sentences.ANSWER)
        return interval.value if interval is not None else -1.0

    baselines = [each.name for each in board.systems if each.role is Role.BASELINE]
    return max(baselines, key=height) if baselines else board.systems[-1].name


def _forest(board: Board, figure: str) -> None:
    unit = BY_NAME[figure].unit
    axis = _("{figure}, 95 % interval by patient or article figure").format(
        figure=", ".join(filter(None, (title(figure), _UNITS.get(unit))))
    )
    plot = plots.forest(
        lines(board, figure, Role.MODEL), lines(board, figure, Role.BASELINE), axis, unit
    )
    chart.show(board, figure, plot, _("{figure} of each system").format(figure=title(figure)))


def lines(board: Board, figure: str, role: Role) -> list[Line]:
    """Return the systems of a role that have the figure."""
    words = titles(board)
    return [
        Line(words[system.name], interval)
        for system in board.systems
        if system.role is role and (interval := system.figures.get(figure)) is not None
    ]


def _pairs(board: Board, figure: str, against: str) -> None:
    words = titles(board)
    pairs = _compared(board, figure, against)
    if not pairs:
        st.html(f'<p class="muted">{escape(_unpaired(board, figure, against))}</p>')
        return
    axis = _("{figure}: difference from {against}").format(
        figure=title(figure), against=words[against]
    )
    plot = plots.contrast([Line(words[name], interval) for name, interval in pairs], axis)
    chart.show(board, f"{figure}-against-{against}", plot, axis)


def _compared(board: Board, figure: str, against: str) -> list[tuple[str, Interval]]:
    return [
        (system.name, interval)
        for system in board.systems
        if system.name != against
        and (interval := board.between(system.name, against, figure)) is not None
    ]


def _sentences(board: Board, figure: str, against: str) -> None:
    said = [
        sentences.told(board, name, against, figure)
        for name, _interval in _compared(board, figure, against)
    ]
    lines = "".join(f"<li>{escape(sentence)}</li>" for sentence in said)
    if lines:
        st.html(f'<ul class="said">{lines}</ul>')


def _unpaired(board: Board, figure: str, against: str) -> str:
    if not board.compared():
        return sentences.uncompared(board)
    if figure not in HEADLINES:
        return _("Systems are compared in pairs on the headline figures alone.")
    return _("No pair has this figure with {against}.").format(against=titles(board)[against])


def table(board: Board, against: str) -> Table:
    """Return one line a system: how much it differs from one, on each headline figure."""
    words = titles(board)
    heads: list[Cell | str] = [_("system")]
    heads += [Cell(title(figure), title=definition(figure)) for figure in HEADLINES]
    rows: list[list[Cell | str]] = []
    for name, word in words.items():
        if name != against:
            cells = (_cell(board.between(name, against, figure)) for figure in HEADLINES)
            rows.append([word, *cells])
    caption = _("Differences from {against}").format(against=words[against])
    return Table(caption, heads, rows, [("", 1), (caption, len(HEADLINES))])


def _cell(interval: Interval | None) -> Cell:
    if interval is None:
        reason = _("not compared: undefined, of too few groups, or alike in every resample")
        return Cell(NOTHING, title=reason, tone="muted")
    value, _space, ends = difference(interval).partition(" ")
    cases = _("{count} cases").format(count=interval.cases)
    if not significant(interval):
        verdict, tone = _("no significant difference"), "muted"
    elif interval.low > 0:
        verdict, tone = _("higher"), "ahead"
    else:
        verdict, tone = _("lower"), "behind"
    marks = {"ahead": "▲ ", "behind": "▼ "}
    return Cell(f"{marks.get(tone, '')}{value}", ends.strip("()"), f"{verdict}, {cases}", tone)
