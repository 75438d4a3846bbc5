"""Refused files, kind by kind: the reason once, then the names."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import streamlit as st

from core.domain.folder_import import RefusedGroup
from dashboard import language
from dashboard.language import translate as _


def show(groups: Iterable[RefusedGroup]) -> None:
    """One line a kind, in a box that scrolls; nothing where nothing was refused."""
    lines = [f"<div>{escape(_line(group))}</div>" for group in groups]
    if lines:
        st.html(f'<div class="refused">{"".join(lines)}</div>')


def _line(group: RefusedGroup) -> str:
    """The first refusal in its two sentences, and which files share its fate."""
    line = f"{language.sentence(group.error)} {language.remedy(group.error)}"
    others = [*group.files[1:]]
    more = group.count - 1 - len(others)
    if not others:
        return line
    names = ", ".join(others)
    if more > 0:
        return line + " " + _("Likewise: {files} and {count} more.").format(files=names, count=more)
    return line + " " + _("Likewise: {files}.").format(files=names)
