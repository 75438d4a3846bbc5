"""The texts by section, side by side, with words that differ from the reference marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

import streamlit as st

from core.domain.correction import word_diff
from core.domain.report import Sections
from core.reporting.text_caveats import in_words
from dashboard.components.compare.choice import REPORT, Chosen
from dashboard.language import translate as _
from dashboard.services.compare import ColumnState, Compared

_MARKED = {"same": "span", "removed": "del", "added": "ins"}


@dataclass(frozen=True)
class Text:
    """One column of words.

    ``sections`` is ``None`` where there is no draft; ``so_far`` is text still being written.
    """

    title: str
    sections: Sections | None
    so_far: str = ""
    notes: tuple[str, ...] = ()


def show(now: Compared, chosen: Chosen, reference: str) -> None:
    """The whole part."""
    columns, place = _columns(now, chosen, reference)
    texts = sum(column.sections is not None for column in columns)
    if place is not None and texts > 1:
        st.html(f'<p class="legend">{_legend()}</p>')
    st.html(texts_html(columns, place))


def _columns(now: Compared, chosen: Chosen, reference: str) -> tuple[list[Text], int | None]:
    """The columns, and which of them the others are held against."""
    texts = [
        Text(
            title=chosen.titles.get(column.model, column.model),
            sections=column.draft.sections
            if column.draft is not None and column.state is ColumnState.DRAFTED
            else None,
            so_far=column.so_far,
            notes=tuple(in_words(warning, _) for warning in column.draft.warnings)
            if column.draft is not None
            else (),
        )
        for column in now.columns
    ]
    if reference == REPORT:
        own = Text(_("Signed report") if now.signed else _("Report"), now.report)
        return [own, *texts], 0
    return texts, chosen.models.index(reference) if reference in now.drafts else None


def _legend() -> str:
    added, removed = escape(_("only in this text")), escape(_("only in the reference"))
    return f"<ins>{added}</ins> <del>{removed}</del>"


def texts_html(columns: Sequence[Text], reference: int | None) -> str:
    """Return all sections as HTML, every word of it escaped.

    Parameters
    ----------
    reference : int or None
        The column that the others are held against; ``None`` marks nothing.
    """
    parts = [_section(name, columns, reference) for name in Sections.names()]
    parts += [_so_far(columns), _notes(columns)]
    return f'<div class="compared" style="--columns: {len(columns)}">{"".join(parts)}</div>'


def _section(name: str, columns: Sequence[Text], reference: int | None) -> str:
    texts = [getattr(each.sections, name) if each.sections else None for each in columns]
    there = [text for text in texts if text is not None]
    if not any(text.strip() for text in there):
        return ""
    heading = escape(_(name.capitalize()))
    if len(there) > 1 and len({_plain(text) for text in there}) == 1:
        same = escape(_("the same in all"))
        return (
            f'<div class="all"><h3>{heading}</h3><div class="text">{escape(there[0])}</div>'
            f'<span class="muted">{same}</span></div>'
        )
    held = texts[reference] if reference is not None else None
    cells = "".join(
        _cell(column.title, heading, _words(text, None if place == reference else held))
        for place, (column, text) in enumerate(zip(columns, texts, strict=True))
    )
    return f'<h3>{heading}</h3><div class="row">{cells}</div>'


def _cell(title: str, heading: str, words: str) -> str:
    if not words:
        return '<div class="nothing"></div>'
    label = f"{escape(title)}: {heading}"
    return f'<div role="group" aria-label="{label}"><small>{escape(title)}</small>{words}</div>'


def _words(text: str | None, held: str | None) -> str:
    if text is None:
        return ""
    if held is None:
        empty = escape(_("empty"))
        return (
            f'<div class="text">{escape(text)}</div>'
            if text.strip()
            else f'<p class="muted">{empty}</p>'
        )
    runs = "".join(
        f"<{_MARKED[op]}>{escape(words)}</{_MARKED[op]}>" for op, words in differences(held, text)
    )
    return f'<div class="text">{runs}</div>'


# The part runs again each second while a draft is awaited.
@lru_cache(maxsize=128)
def differences(reference: str, text: str) -> tuple[tuple[str, str], ...]:
    """Return runs of a text held against another; see `core.domain.correction.word_diff`.

    What differs in white space alone is the same.
    """
    if _plain(reference) == _plain(text):
        return (("same", text),) if text else ()
    return word_diff(reference, text)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _so_far(columns: Sequence[Text]) -> str:
    """Text that is being written; nothing of it is checked yet."""
    if not any(column.so_far for column in columns):
        return ""
    heading = escape(_("Being written; nothing of it is checked yet"))
    cells = "".join(
        _cell(each.title, heading, _words(each.so_far or None, None)) for each in columns
    )
    return f'<h3>{heading}</h3><div class="row unfinished">{cells}</div>'


def _notes(columns: Sequence[Text]) -> str:
    """What each draft says about its own limits."""
    if not any(column.notes for column in columns if column.sections is not None):
        return ""
    heading = escape(_("Warnings"))
    cells = ""
    for column in columns:
        lines = "".join(f"<li>{escape(note)}</li>" for note in column.notes)
        listed = f"<ul>{lines}</ul>" if lines and column.sections is not None else ""
        cells += _cell(column.title, heading, listed)
    return f'<h3>{heading}</h3><div class="row notes">{cells}</div>'
