"""One line that says whose film this is; it stays while everything below it changes."""

from __future__ import annotations

from html import escape

import streamlit as st

from dashboard.components.worklist_table import age_sex, projection_words
from dashboard.language import translate as _
from dashboard.services.edit_report import Review


def show(review: Review) -> None:
    """Name, age and sex, ID, accession, time, projections, prior, state."""
    study = review.study
    patient = study.patient
    parts = [f"<b>{escape(patient.display_name or _('no name'))}</b>"]
    parts += [_span(text) for text in (age_sex(study),) if text]
    parts += [
        f'<span><span class="muted">{escape(label)}</span> {escape(value)}</span>'
        for label, value in (
            (_("ID"), patient.patient_id),
            (_("Acc"), study.accession_number),
        )
        if value
    ]
    if study.study_datetime:
        parts.append(_span(f"{study.study_datetime:%Y-%m-%d %H:%M}"))
    projections = " ".join(dict.fromkeys(film.projection.value for film in study.instances))
    parts.append(_span(projection_words(projections) or _("projection not stated")))
    prior = review.prior
    stated = f"{prior.study_datetime:%Y-%m-%d}" if prior and prior.study_datetime else _("none")
    parts.append(f'<span><span class="muted">{escape(_("prior"))}</span> {escape(stated)}</span>')
    if study.phantom:
        parts.append(f'<span class="tag">{escape(_("phantom, no patient"))}</span>')
    if review.signed:
        parts.append(f'<span class="signed">✓ {escape(_("signed"))}</span>')
    if any(film.after_signing for film in study.instances):
        parts.append(f'<span class="warn">{escape(_("films arrived after signing"))}</span>')
    st.html(f'<div class="strip">{"".join(parts)}</div>')


def _span(text: str) -> str:
    return f"<span>{escape(text)}</span>"
