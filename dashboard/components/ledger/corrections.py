"""Signed reports against their drafts: word by word, finding by finding; and the export."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from core.domain.correction import Correction, word_diff
from core.domain.reading import Nature, Reading, Reason
from core.domain.report import ENGLISH
from core.reporting.phrases.catalogue import languages
from dashboard.components import consent_mark
from dashboard.components.ledger import words
from dashboard.language import translate as _
from dashboard.services.ledger import (
    SignedAgainstDraft,
    as_csv,
    as_jsonl,
    ledger_choices,
    ledger_page,
    ledger_rows,
)
from dashboard.workspace import Workspace
from storage.repositories.ledger_figures import LedgerFilter

PAGE_SIZE = 20
PAGE = "ledger_page"
_ANY = ""


def show(place: Workspace) -> None:
    """Filters, one entry a signed study, and the export of all of them."""
    asked = _filters(place)
    page = int(st.session_state.get(PAGE, 1))
    found = ledger_page(place, asked, page=page, size=PAGE_SIZE)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        one = found.total == 1
        told = _("1 signed study") if one else _("{count} signed studies").format(count=found.total)
        st.html(f'<span class="muted">{escape(told)}</span>', width="content")
        _exports(place)
    if not found.total:
        nothing = _("No signed study has such a correction.")
        st.html(f'<p class="muted">{escape(nothing)}</p>')
    for item in found.items:
        st.html(signed_html(item))
        if not item.study.phantom:
            consent_mark.switch(place, item.study.id)
    if found.total > PAGE_SIZE:
        st.pagination((found.total + PAGE_SIZE - 1) // PAGE_SIZE, key=PAGE)


def _filters(place: Workspace) -> LedgerFilter:
    choices = ledger_choices(place)
    natures = {_ANY: _("any nature")} | {each.value: words.nature(each) for each in Nature}
    findings = {_ANY: _("any finding")} | {name: _(name) for name in choices.findings}
    models = {_ANY: _("any model")} | {name: name for name in choices.models}
    reasons = {_ANY: _("any reason")} | {each.value: words.reason(each) for each in words.REASONS}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        nature = _one(_("Nature"), natures, "nature")
        finding = _one(_("Finding"), findings, "finding")
        model = _one(_("Model"), models, "model")
        reason = _one(_("Reason"), reasons, "reason")
        hidden_first = st.toggle(
            _("Read before the draft was seen"), key="ledger_hidden_first", on_change=_from_first
        )
    return LedgerFilter(nature, finding, model, reason, hidden_first)


def _one(label: str, options: dict[str, str], name: str) -> str:
    chosen = st.selectbox(
        label,
        list(options),
        format_func=lambda value: options[value],
        key=f"ledger_{name}",
        label_visibility="collapsed",
        width=200,
        on_change=_from_first,
    )
    return chosen or _ANY


def _from_first() -> None:
    """Another question has other pages."""
    st.session_state.pop(PAGE, None)


def _exports(place: Workspace) -> None:
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
    st.caption(_("With all words as signed: for this house alone."))


def _export(place: Workspace, write: Callable[[list[dict[str, Any]]], str]) -> bytes:
    return write(ledger_rows(place)).encode("utf-8")


def signed_html(item: SignedAgainstDraft) -> str:
    """One signed study, every word of it escaped."""
    corrections = [entry.correction for entry in item.entries]
    return (
        _head(item)
        + "".join(_sentence(each) for each in corrections if each.kind == "sentence")
        + _findings([each for each in corrections if each.kind == "finding"])
        + (_reading(item.reading) if item.reading else "")
    )


def _head(item: SignedAgainstDraft) -> str:
    signed = item.signed
    patient = escape(item.study.patient.display_name or _("no name"))
    when = f"{signed.signed_at.astimezone():%Y-%m-%d %H:%M}"
    told = _("signed by {name}, {when}, against {model}")
    line = told.format(name=signed.signed_by, when=when, model=_against(item))
    phantom = escape(_("phantom"))
    tag = f'<span class="tag">{phantom}</span>' if item.study.phantom else ""
    if signed.language != ENGLISH:
        tag += (
            f'<span class="tag">{escape(languages().get(signed.language, signed.language))}</span>'
        )
    return f'<div class="signature"><b>{patient}</b> {tag} {escape(line)}</div>'


def _against(item: SignedAgainstDraft) -> str:
    """The model: a signature whose draft was never revealed does not name it, its reading does."""
    named = [item.signed.provenance.get("model", ""), item.reading.model if item.reading else ""]
    return next(filter(None, [*named, *(entry.model for entry in item.entries)]), "")


def _sentence(correction: Correction) -> str:
    """One sentence with removed and added words marked, by line style as well as colour."""
    tags = {"same": "span", "removed": "del", "added": "ins"}
    runs = "".join(
        f"<{tags[op]}>{escape(text)}</{tags[op]}>"
        for op, text in word_diff(correction.before, correction.after)
    )
    section = escape(_(correction.section.capitalize()))
    natures = _natures(correction) if correction.change != "kept" else ""
    return _line(section, f"{runs}{natures}")


def _natures(correction: Correction) -> str:
    return "".join(
        f' <span class="tag">{escape(words.nature(each))}</span>' for each in correction.natures
    )


def _findings(corrections: list[Correction]) -> str:
    changes = {"added": _("added"), "removed": _("removed"), "changed": _("changed")}
    told = [
        escape(f"{changes[each.change]} {_(each.finding or '')} ({_detail(each)})") + _natures(each)
        for each in corrections
        if each.change in changes
    ]
    if not told:
        return ""
    return _line(escape(_("as findings")), "; ".join(told))


def _line(label: str, html: str) -> str:
    return f'<div class="diff"><span class="section">{label}</span><span>{html}</span></div>'


def _detail(correction: Correction) -> str:
    return correction.detail.replace("->", "→")


def _reading(reading: Reading) -> str:
    """Why the draft was changed, how long it took, and what was written before it was seen."""
    told = []
    if reading.reason is not Reason.UNSTATED or reading.reason_text:
        why = ": ".join(
            each for each in (words.reason(reading.reason), reading.reason_text) if each
        )
        told.append(_("Reason: {reason}").format(reason=why))
    if reading.seconds_reading is not None and reading.seconds_editing is not None:
        told.append(
            _("reading {reading} s, editing {editing} s").format(
                reading=round(reading.seconds_reading), editing=round(reading.seconds_editing)
            )
        )
    line = f'<div class="why">{escape(" · ".join(told))}</div>' if told else ""
    return line + _before(reading)


def _before(reading: Reading) -> str:
    if reading.before_reveal is None:
        return ""
    title = escape(_("written before the draft was seen"))
    texts = (reading.before_reveal.findings, reading.before_reveal.impression)
    text = escape("\n".join(each for each in texts if each.strip()) or _("nothing"))
    return f'<div class="before"><small>{title}</small>{text}</div>'
