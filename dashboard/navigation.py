"""The only list of pages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.language import translate as _

PAGES = Path(__file__).resolve().parents[1] / "pages"

WORKLIST = PAGES / "worklist.py"
REVIEW = PAGES / "review.py"
COMPARE = PAGES / "compare.py"
MODELS = PAGES / "models.py"
TEACHING = PAGES / "teaching.py"


@dataclass(frozen=True)
class Entry:
    page: StreamlitPage
    title: str
    listed: bool = True


def pages() -> list[Entry]:
    """Every page; review and comparison open from the worklist or by their addresses."""
    return [
        _entry("worklist", _("Worklist"), default=True),
        _entry("review", _("Review")),
        _entry("compare", _("Compare")),
        _entry("teaching", _("Teaching")),
        _entry("ledger", _("Ledger")),
        _entry("models", _("Models")),
        _entry("corpus", _("Corpus")),
        _entry("training_runs", _("Training runs")),
        _entry("scoreboard", _("Scoreboard")),
    ]


def _entry(name: str, title: str, *, default: bool = False) -> Entry:
    page = st.Page(
        PAGES / f"{name}.py", title=f"{title} · Overread", url_path=name, default=default
    )
    return Entry(page, title)
