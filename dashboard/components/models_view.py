"""Models of the registry with the figures that lie beside their weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from core.models import registry
from core.models.registry import Entry
from core.settings import load_settings
from dashboard.components import parts
from dashboard.components.models import versions, writers
from dashboard.components.models.baselines import show_baselines
from dashboard.components.models.calibration import show_calibration
from dashboard.components.models.card import read_card, show_card
from dashboard.components.models.drawn import show_drawn
from dashboard.components.models.failures import show_failures
from dashboard.components.models.figures import Document, part
from dashboard.components.models.findings import show_findings, show_sources
from dashboard.components.models.gate import gate_figures, show_gate
from dashboard.components.models.head import show_head
from dashboard.components.models.location import show_location
from dashboard.components.models.shortcuts import show_shortcuts
from dashboard.components.models.table import lead
from dashboard.language import translate as _
from dashboard.workspace import workspace

_CSS = (Path(__file__).parent / "assets" / "models.css").read_text(encoding="utf-8")

Section = tuple[str, Callable[[], None]]
READERS, WRITERS, VERSIONS = "read", "write", "versions"


def show() -> None:
    """The whole page; every number comes from a model's own figures file."""
    st.html(f"<style>{_CSS}</style>")
    part_shown = _part()
    if part_shown == WRITERS:
        writers.show(workspace())
        return
    if part_shown == VERSIONS:
        versions.show(workspace())
        return
    lead(_("Which models can draft here, and what was measured of them?"))
    for entry in registry.entries():
        _entry(entry)


def _part() -> str:
    words = {
        READERS: _("Models that read films"),
        WRITERS: _("Models that write"),
        VERSIONS: _("Versions"),
    }
    return parts.chosen(words, _("Which models"), key="models_part")


def _entry(entry: Entry) -> None:
    document = entry.measured.document if entry.measured else {}
    card = read_card(entry.card)
    show_head(entry, document, card)
    folder = entry.card.parent if entry.card else None
    sections = _sections(document, folder, card)
    if not sections:
        return
    titles = [title for title, _show in sections]
    tabs = st.tabs(titles, key=f"models_{entry.name}", on_change="rerun")
    for tab, (_title, show_section) in zip(tabs, sections, strict=True):
        # Only what is looked at is drawn: the page opens as fast as its first section.
        if tab.open:
            with tab:
                show_section()


def _sections(document: Document, folder: Path | None, card: str) -> list[Section]:
    """Every part that was measured, in the order in which trust is asked for."""
    films = load_settings().films
    check = gate_figures()
    if "relearned" in document:
        # Its figures are of other patients; they stand with its decision, in the part of versions.
        document = {}
    measured: list[tuple[bool, str, Callable[[], None]]] = [
        (_has(document, "findings"), _("Findings"), partial(show_findings, document, folder)),
        (_has(document, "findings"), _("Sources"), partial(show_sources, document)),
        (_has(document, "baselines"), _("Baselines"), partial(show_baselines, document)),
        (_has(document, "findings"), _("Calibration"), partial(show_calibration, document)),
        (
            _has(document, "localisation", "findings"),
            _("Location"),
            partial(show_location, document, films),
        ),
        (_has(document, "drawn"), _("Drawn lesions"), partial(show_drawn, document, folder)),
        (_has(document, "shortcuts"), _("Shortcuts"), partial(show_shortcuts, document)),
        (bool(document.get("worst")), _("Failures"), partial(show_failures, document, films)),
    ]
    sections = [(title, show_section) for there, title, show_section in measured if there]
    if check is not None:
        sections.append((_("Film check"), partial(show_gate, check)))
    if card:
        sections.append((_("Card"), partial(show_card, card)))
    return sections


def _has(document: Document, *path: str) -> bool:
    return bool(part(document, *path))
