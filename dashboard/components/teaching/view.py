"""The teaching page: cases, sessions, drills, progress, and practice for oneself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from dashboard.components import parts
from dashboard.components.teaching import (
    case_form,
    case_list,
    drill_part,
    practice_part,
    progress_part,
    sessions_part,
)
from dashboard.language import translate as _
from dashboard.workspace import Workspace

_ASSETS = Path(__file__).parents[1] / "assets"
_CSS = "\n".join(
    (_ASSETS / name).read_text(encoding="utf-8")
    for name in ("models.css", "scoreboard.css", "teaching.css")
)
CASES, SESSIONS, DRILLS, PROGRESS, PRACTISE = "cases", "sessions", "drills", "progress", "practise"

_SHOWN: dict[str, Callable[[Workspace], None]] = {
    SESSIONS: sessions_part.show,
    DRILLS: drill_part.show,
    PROGRESS: progress_part.show,
    PRACTISE: practice_part.show,
}


def show(place: Workspace) -> None:
    """The whole page."""
    st.html(f"<style>{_CSS}</style>")
    words = {
        CASES: _("Cases"),
        SESSIONS: _("Sessions"),
        DRILLS: _("Drills"),
        PROGRESS: _("Progress"),
        PRACTISE: _("Practise"),
    }
    if st.query_params.get(parts.PART) == PRACTISE and practice_part.reading_now():
        practice_part.show(place)
        return
    part = parts.chosen(words, _("Which part"), key="teaching_part")
    if part == CASES:
        case_form.show(place)
        case_list.show(place)
    else:
        _SHOWN[part](place)
