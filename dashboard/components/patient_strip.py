"""One line that says whose film this is; it stays while everything below it changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from html import escape

import streamlit as st

from core.domain.errors import OverreadError
from core.domain.study import Instance, Study
from dashboard.components import messages, patient_form
from dashboard.components.worklist_table import age_sex, projection_words
from dashboard.language import translate as _
from dashboard.services.edit_report import Review
from dashboard.services.state_patient import state_patient
from dashboard.workspace import Workspace

_ERROR = "patient_error"


def show(place: Workspace, review: Review, at_end: Callable[[], None] = lambda: None) -> None:
    """The line, and where no file says it, a way to say who the patient is.

    ``at_end`` shows what else stands in the line, at its right end.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="patient"):
        st.html(f'<div class="strip">{"".join(_parts(review))}</div>', width="stretch")
        open_films = [film for film in review.study.instances if not film.projection_from_file]
        if not review.signed and (open_films or review.study.open_fields):
            with st.popover(_("Patient and projection"), width="content"):
                _complete(place, review, open_films)
        at_end()
    if error := st.session_state.pop(_ERROR, None):
        messages.error(error)


def _parts(review: Review) -> list[str]:
    """Name, age and sex, ID, accession, time, projections, prior, state."""
    study = review.study
    patient = study.patient
    name = patient.display_name or _("no name")
    parts = [f"<b>{escape(name)}</b>"]
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
    label = _("prior")
    parts.append(f'<span><span class="muted">{escape(label)}</span> {escape(stated)}</span>')
    late = any(film.after_signing for film in study.instances)
    tags = (
        (study.phantom, "tag", _("phantom, no patient")),
        (
            bool({"name", "patient_id"} & study.patient_stated),
            "tag",
            _("patient as stated by the reader"),
        ),
        (bool(review.signed), "signed", "✓ " + _("signed")),
        (late, "warn", _("films arrived after signing")),
    )
    parts += [f'<span class="{tone}">{escape(words)}</span>' for so, tone, words in tags if so]
    return parts


def _complete(place: Workspace, review: Review, films: list[Instance]) -> None:
    """What the files leave open, as a form."""
    study = review.study
    key = _key(study)
    with st.form(key, border=False):
        if study.open_fields:
            st.caption(_("What the files do not say of the patient can be stated here."))
            patient_form.fields(key, study.patient, study.open_fields)
        for number, film in enumerate(films, start=1):
            st.caption(_("Projection of film {number}").format(number=number))
            patient_form.projection(_("projection"), film.projection, f"{key}_film_{film.id}")
        st.form_submit_button(
            _("Keep"), type="primary", on_click=_keep, args=(place, review, films)
        )


def _keep(place: Workspace, review: Review, films: list[Instance]) -> None:
    study = review.study
    key = _key(study)
    chosen = {film.id: st.session_state.get(f"{key}_film_{film.id}") for film in films}
    changed = {
        film.id: projection
        for film in films
        if (projection := chosen[film.id]) is not None and projection != film.projection
    }
    try:
        patient = patient_form.stated(key, study.patient)
        state_patient(
            place,
            study.id,
            reader=place.reader(),
            patient=patient,
            seen=study.patient,
            projections=changed,
        )
    except OverreadError as error:
        st.session_state[_ERROR] = error


def _key(study: Study) -> str:
    """Another patient, another form: a browser must not keep what it held for the former one."""
    seen = repr((study.id, study.patient, [film.projection for film in study.instances]))
    return f"patient_{hashlib.sha256(seen.encode()).hexdigest()[:16]}"


def _span(text: str) -> str:
    return f"<span>{escape(text)}</span>"
