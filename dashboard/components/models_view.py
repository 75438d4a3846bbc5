"""Models of the registry with the figures that lie beside their weights."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.models import registry
from core.models.base import FindingFigures, Interval
from core.models.registry import Entry
from dashboard.language import translate as _


def show() -> None:
    """The whole page; every number comes from a model's own figures file."""
    lead = _("Which models can draft here, and what was measured of them?")
    st.html(f'<p class="lead">{escape(lead)}</p>')
    for entry in registry.entries():
        _entry(entry)


def _entry(entry: Entry) -> None:
    state = _("ready") if entry.state == "ready" else f"{_('not available')}: {_(entry.reason)}"
    st.html(
        f'<div class="signature"><b>{escape(entry.name)}</b> {escape(state)} · '
        f"{escape(_('licence'))} {escape(entry.licence)} · "
        f"SHA-256 {escape(entry.digest[:12])}</div>"
    )
    if entry.measured is None:
        return
    mean = entry.measured.mean_nih_auroc
    if mean is not None:
        st.html(
            f'<div class="figures"><div><b>{mean.value:.2f}</b><span>'
            + escape(
                _("mean AUROC on unseen NIH patients, 95 % interval {low} to {high}").format(
                    low=f"{mean.low:.2f}", high=f"{mean.high:.2f}"
                )
            )
            + "</span></div></div>"
        )
    heads = [
        _("finding"), _("positives"), _("AUROC"), _("sensitivity"), _("specificity"),
        _("operating point"), _("number shown"), _("map"),
    ]  # fmt: skip
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    rows = "".join(_row(figures) for figures in entry.measured.findings.values())
    st.html(f'<table class="plain"><tr>{head}</tr>{rows}</table>')
    if entry.card is not None and entry.card.is_file():
        with st.expander(_("Model card")):
            st.markdown(entry.card.read_text(encoding="utf-8"))


def _row(figures: FindingFigures) -> str:
    cells = [
        _(figures.name),
        str(figures.positives),
        _interval(figures.auroc),
        _interval(figures.sensitivity),
        _interval(figures.specificity),
        f"{figures.operating_point:.2f}",
        _("probability") if figures.calibrated else _("score, not calibrated"),
        _("location") if figures.localised else _("attention, not location"),
    ]
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _interval(interval: Interval | None) -> str:
    """A figure with its interval, or a dash where nothing was measured."""
    if interval is None:
        return "–"
    return f"{interval.value:.2f} ({interval.low:.2f} – {interval.high:.2f})"
