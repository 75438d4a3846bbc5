"""The page ``scoreboard``: which model that writes is best on the same films, and by how much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from pathlib import Path

import streamlit as st

from core.evaluation.drafts.figures import Group
from dashboard.components.messages import plain
from dashboard.components.models.table import lead
from dashboard.components.scoreboard import (
    choice,
    contrast,
    groups,
    headline,
    origin,
    sentences,
    texts,
)
from dashboard.components.scoreboard.words import corpus_facts, date
from dashboard.language import filled
from dashboard.language import translate as _
from dashboard.services.scoreboard import Board, Boards, boards
from dashboard.workspace import Workspace

_ASSETS = Path(__file__).parents[1] / "assets"
_CSS = "".join(
    # The tables are those of the Models page.
    (_ASSETS / name).read_text(encoding="utf-8")
    for name in ("models.css", "scoreboard.css")
)
COMMANDS = (
    "python -m core.training corpus import rocov2 FOLDER",
    "python -m core.evaluation drafts --models NAME,NAME --corpus FOLDER",
)
"""What fills the page: a corpus, and models that write for its films."""


def show(place: Workspace) -> None:
    """The whole page; every number comes from an evaluation's own file or a run's."""
    st.html(f"<style>{_CSS}</style>")
    lead(_("Which of the models that write is best on the same films, and by how much?"))
    found = boards(place)
    _unread(found)
    if not found.found:
        _empty()
        return
    board = choice.chosen(found.found)
    lead(sentences.answer(board))
    st.html(f'<p class="muted note">{escape(_facts(board))}</p>')
    headline.show(board)
    _sections(board)


def _facts(board: Board) -> str:
    made = _("measured {date}").format(date=date(board.measured.made))
    return f"{corpus_facts(board.measured.corpus)} · {made}"


def _unread(found: Boards) -> None:
    """One sentence for each folder that cannot be read; the others go on."""
    for each in found.unread:
        reason = filled(str(each.error.facts["reason"]), {})
        words = _("The evaluation {name} is left out: {reason}.")
        st.warning(plain(words.format(name=each.name, reason=reason)))
    for name in found.unread_runs:
        words = _("The training run {name} cannot be read; its figures are dashes here.")
        st.warning(plain(words.format(name=name)))


def _empty() -> None:
    words = _(
        "Nothing is evaluated yet. Import a corpus, then let models write for its films; two "
        "baselines always stand beside them."
    )
    st.html(f'<p class="muted">{escape(words)}</p>')
    st.code("\n".join(COMMANDS), language="bash")


def _sections(board: Board) -> None:
    sections: Sequence[tuple[str, Callable[[], None]]] = (
        (_("Differences"), partial(contrast.show, board)),
        (_("Words"), partial(groups.show, board, [Group.WORDS])),
        (_("Findings"), partial(groups.show_findings, board)),
        (
            _("Sides and instructions"),
            partial(groups.show, board, [Group.SIDES, Group.INSTRUCTIONS]),
        ),
        (_("Cost"), partial(groups.show, board, [Group.COST])),
        (_("Texts"), partial(texts.show, board)),
        (_("How it was measured"), partial(origin.show, board)),
    )
    titles = [title for title, _show in sections]
    tabs = st.tabs(titles, key="scoreboard_section", on_change="rerun")
    for tab, (_title, show_section) in zip(tabs, sections, strict=True):
        # Only what is looked at is drawn: the page opens as fast as its first section.
        if tab.open:
            with tab:
                show_section()
