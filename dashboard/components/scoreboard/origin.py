"""How an evaluation was made: the command, the machine, the corpus, and each system's weights."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from html import escape

import streamlit as st

from dashboard.components.models.figures import NOTHING
from dashboard.components.models.table import Cell, Table, show_table
from dashboard.components.scoreboard import chart, groups
from dashboard.components.scoreboard.words import title, titles
from dashboard.language import translate as _
from dashboard.services.scoreboard import Board
from dashboard.services.scoreboard_sheet import training_csv


def show(board: Board) -> None:
    """The whole section."""
    measured = board.measured
    st.code(measured.command, language=None, wrap_lines=True)
    st.html(f'<div class="origin">{"".join(_blocks(board))}</div>')
    show_table(table(board))
    chart.download(board, "training.csv", partial(training_csv, board), "text/csv")


def _blocks(board: Board) -> list[str]:
    measured = board.measured
    corpus = {_(name): str(each) for name, each in measured.corpus.items() if each is not None}
    machine = {_(name): each for name, each in measured.machine.items()}
    absent = {title(name): _(reason) for name, reason in measured.not_measured.items()}
    return [
        _block(_("Corpus"), corpus),
        _block(_("Machine"), {_("made"): measured.made, **machine}),
        _block(_("Not measured"), absent),
    ]


def _block(head: str, facts: Mapping[str, str]) -> str:
    if not facts:
        return ""
    lines = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts.items())
    return f'<section><h4>{escape(head)}</h4><dl class="definitions">{lines}</dl></section>'


def table(board: Board) -> Table:
    """Return one line a system: its name, its weights, its run, and what it ran on."""
    heads = [_("system"), _("name"), _("weights"), _("run"), _("ran on")]
    rows: list[list[Cell | str]] = []
    for name, word in titles(board).items():
        system, run = board.system(name), board.trained.get(name)
        digest = system.digest
        versions = ", ".join(f"{key} {value}" for key, value in system.versions.items())
        rows.append(
            [
                groups.heading(board, name, word),
                Cell(name, tone="file"),
                Cell(digest[:12] or NOTHING, title=digest),
                Cell(run.name, run.backend, tone="file") if run else NOTHING,
                Cell(versions or NOTHING, tone="file"),
            ]
        )
    return Table(_("Where each system comes from"), heads, rows)
