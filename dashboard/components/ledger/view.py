"""The page ``ledger``: what readers change, what moves with time, and what leaves for training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from dashboard.components import messages, parts
from dashboard.components.ledger import corrections, drift_part, export_part, overview, queue_part
from dashboard.components.models.table import lead
from dashboard.language import translate as _
from dashboard.navigation import WORKLIST
from dashboard.services.ledger_figures import newest_signature
from dashboard.workspace import Workspace

OVERVIEW, CORRECTIONS, DRIFT, QUEUE, EXPORT = "overview", "corrections", "drift", "learn", "export"
_ASSETS = Path(__file__).parents[1] / "assets"
_CSS = "\n".join(
    (_ASSETS / name).read_text(encoding="utf-8") for name in ("models.css", "ledger.css")
)


def show(place: Workspace) -> None:
    """The whole page; every number is counted from what was signed."""
    st.html(f"<style>{_CSS}</style>")
    lead(_("What did readers change between draft and signature, and does it move with time?"))
    shown: dict[str, Callable[[Workspace], None]] = {
        OVERVIEW: _signed(overview.show),
        CORRECTIONS: _signed(corrections.show),
        DRIFT: drift_part.show,
        QUEUE: queue_part.show,
        EXPORT: export_part.show,
    }
    shown[_part()](place)


def _part() -> str:
    words = {
        OVERVIEW: _("Overview"),
        CORRECTIONS: _("Corrections"),
        DRIFT: _("Drift"),
        QUEUE: _("To learn from"),
        EXPORT: _("Export for training"),
    }
    return parts.chosen(words, _("Which part"), key="ledger_part")


def _signed(show_part: Callable[[Workspace], None]) -> Callable[[Workspace], None]:
    """A part that is empty until a draft was signed."""

    def shown(place: Workspace) -> None:
        if newest_signature(place):
            show_part(place)
            return
        messages.empty(
            _("Nothing is signed yet. The ledger fills with the first signed draft."),
            WORKLIST,
            _("Open a study in the worklist"),
        )

    return shown
