"""Which evaluation is looked at; the address keeps it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.components.scoreboard.words import date
from dashboard.language import translate as _
from dashboard.services.scoreboard import Board

EVALUATION = "evaluation"


def chosen(boards: Sequence[Board]) -> Board:
    """Ask which of several evaluations is shown; the newest unless the address names one."""
    by_key = {board.key: board for board in boards}
    asked = st.query_params.get(EVALUATION, "")
    first = asked if asked in by_key else boards[0].key
    if len(boards) > 1:
        picked = st.selectbox(
            _("Evaluation"),
            list(by_key),
            index=list(by_key).index(first),
            format_func=lambda key: told(by_key[key]),
            key="scoreboard_evaluation",
            label_visibility="collapsed",
            width=720,
        )
        first = picked or first
    st.query_params[EVALUATION] = first
    return by_key[first]


def told(board: Board) -> str:
    """One line that tells an evaluation from others."""
    corpus = board.measured.corpus
    systems = _("{count} systems").format(count=len(board.measured.systems))
    facts = (
        str(corpus.get("name", "")),
        _(str(corpus.get("split", ""))),
        date(board.measured.made),
        systems,
    )
    return f"{board.measured.name}: {' · '.join(fact for fact in facts if fact)}"
