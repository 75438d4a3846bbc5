"""Signed reports against their drafts: word by word, finding by finding; and the export."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from core.domain.correction import Correction, word_diff
from core.domain.report import ENGLISH
from core.reporting.phrases.catalogue import languages
from dashboard.components import messages
from dashboard.language import translate as _
from dashboard.navigation import WORKLIST
from dashboard.services.ledger import (
    LedgerPage,
    SignedAgainstDraft,
    as_csv,
    as_jsonl,
    ledger_page,
    ledger_rows,
)
from dashboard.workspace import Workspace

PAGE_SIZE = 20


def show(place: Workspace) -> None:
    """The whole page."""
    question = _("What did readers change between draft and signature?")
    st.html(f'<p class="lead">{escape(question)}</p>')
    found = ledger_page(place, page=int(st.session_state.get("ledger_page", 1)), size=PAGE_SIZE)
    if not found.total:
        messages.empty(
            _("Nothing is signed yet. The ledger fills with the first signed draft."),
            WORKLIST,
            _("Open a study in the worklist"),
        )
        return
    _figures(found)
    _exports(place)
    for item in found.items:
        _signed(item)
    if found.total > PAGE_SIZE:
        st.pagination((found.total + PAGE_SIZE - 1) // PAGE_SIZE, key="ledger_page")


def _figures(found: LedgerPage) -> None:
    def count(kind: str, *changes: str) -> int:
        return sum(found.totals.get((kind, change), 0) for change in changes)

    figures = [
        (found.total, _("signed against a draft")),
        (count("sentence", "kept"), _("sentences kept")),
        (count("sentence", "changed"), _("sentences changed")),
        (count("sentence", "added"), _("sentences added")),
        (count("sentence", "removed"), _("sentences removed")),
        (count("finding", "added", "removed", "changed"), _("findings corrected")),
    ]
    cells = "".join(f"<div><b>{n}</b><span>{escape(label)}</span></div>" for n, label in figures)
    st.html(f'<div class="figures">{cells}</div>')


def _exports(place: Workspace) -> None:
    with st.container(horizontal=True, gap="small"):
        for name, write, kind in (
            ("JSONL", as_jsonl, "application/x-ndjson"),
            ("CSV", as_csv, "text/csv"),
        ):
            st.download_button(
                _("Export {format}").format(format=name),
                partial(_export, place, write),
                file_name=f"ledger.{name.lower()}",
                mime=kind,
                on_click="ignore",
            )


def _export(place: Workspace, write: Callable[[list[dict[str, Any]]], str]) -> bytes:
    return write(ledger_rows(place)).encode("utf-8")


def _signed(item: SignedAgainstDraft) -> None:
    signed = item.signed
    patient = escape(item.study.patient.display_name or _("no name"))
    when = f"{signed.signed_at.astimezone():%Y-%m-%d %H:%M}"
    line = _("signed by {name}, {when}, against {model}").format(
        name=signed.signed_by, when=when, model=signed.provenance.get("model", "")
    )
    phantom = escape(_("phantom"))
    tag = f'<span class="tag">{phantom}</span>' if item.study.phantom else ""
    if signed.language != ENGLISH:
        tag += (
            f'<span class="tag">{escape(languages().get(signed.language, signed.language))}</span>'
        )
    corrections = [entry.correction for entry in item.entries]
    st.html(
        f'<div class="signature"><b>{patient}</b> {tag} {escape(line)}</div>'
        + "".join(_sentence(each) for each in corrections if each.kind == "sentence")
        + _findings([each for each in corrections if each.kind == "finding"])
    )


def _sentence(correction: Correction) -> str:
    """One sentence with removed and added words marked, by line style as well as colour."""
    tags = {"same": "span", "removed": "del", "added": "ins"}
    runs = "".join(
        f"<{tags[op]}>{escape(text)}</{tags[op]}>"
        for op, text in word_diff(correction.before, correction.after)
    )
    section = escape(_(correction.section))
    return f'<div class="diff"><span class="section">{section}</span><span>{runs}</span></div>'


def _findings(corrections: list[Correction]) -> str:
    changes = {"added": _("added"), "removed": _("removed"), "changed": _("changed")}
    words = [
        f"{changes[each.change]} {_(each.finding or '')} ({each.detail.replace('->', '→')})"
        for each in corrections
        if each.change in changes
    ]
    if not words:
        return ""
    label = escape(_("as findings"))
    text = escape("; ".join(words))
    return f'<div class="diff"><span class="section">{label}</span><span>{text}</span></div>'
