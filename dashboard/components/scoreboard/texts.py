"""The texts behind the figures: one sample, its reference, and what each system wrote."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.domain.training_errors import EvaluationError
from dashboard.components.scoreboard.words import titles
from dashboard.language import sentence
from dashboard.language import translate as _
from dashboard.services import scoreboard_texts
from dashboard.services.scoreboard import Board
from dashboard.services.scoreboard_texts import SampleTexts, Written


def show(board: Board) -> None:
    """Leaf through the samples; a file that cannot be read is said in a sentence."""
    folder = board.measured.folder
    try:
        count = scoreboard_texts.samples(folder)
        if not count:
            _say(_("The texts of this evaluation are not at hand; its figures are."))
            return
        page = st.pagination(count, key=f"scoreboard_sample_{board.key}") if count > 1 else 1
        found = scoreboard_texts.sample_texts(folder, min(max(int(page), 1), count) - 1)
    except EvaluationError as error:
        _say(sentence(error))
        return
    st.html(texts_html(board, found))


def texts_html(board: Board, found: SampleTexts) -> str:
    """Return a sample with its texts, every word of it escaped."""
    head = " · ".join(part for part in (found.sample, _(found.kind), found.question) if part)
    blocks = [_block(_("reference"), found.reference, "", "reference")]
    for name, word in titles(board).items():
        written = found.written.get(name)
        blocks.append(_block(word, *_said(written)))
    return f'<p class="muted note">{escape(head)}</p><div class="texts">{"".join(blocks)}</div>'


def _said(written: Written | None) -> tuple[str, str, str]:
    """The text, a note beside its title, and its tone."""
    if written is None:
        return _("no text of this sample"), "", "muted"
    if written.failed:
        return _("no text: {code}").format(code=written.failed), "", "warn"
    seconds = "" if written.seconds is None else f"{written.seconds:.1f} s"
    return (written.text, seconds, "") if written.text else (_("an empty text"), seconds, "muted")


def _block(head: str, text: str, note: str, tone: str) -> str:
    return (
        f"<section><h4>{escape(head)} <small>{escape(note)}</small></h4>"
        f'<p class="{tone}">{escape(text)}</p></section>'
    )


def _say(words: str) -> None:
    st.html(f'<p class="muted">{escape(words)}</p>')
