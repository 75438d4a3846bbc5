"""The fields in which a reader says whose films these are; used where the files do not."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace

import streamlit as st

from core.domain.study import PATIENT_FIELDS, Patient, Projection
from dashboard.language import translate as _
from dashboard.services.state_patient import ID_LIMIT, NAME_LIMIT, OLDEST, SEXES, stated_patient


def fields(
    key: str, patient: Patient | None = None, open_fields: Container[str] = PATIENT_FIELDS
) -> None:
    """The open fields in two columns, under the session keys that :func:`stated` reads.

    What a file states is not drawn: it may be longer or older than any form would take.
    """
    patient = patient or Patient()
    columns = st.columns(2, gap="small")
    drawn = [name for name in PATIENT_FIELDS if name in open_fields]
    for number, name in enumerate(drawn):
        with columns[number % 2]:
            _FIELDS[name](patient, f"{key}_{name}")


def _patient_id(patient: Patient, key: str) -> None:
    st.text_input(_("Patient ID"), patient.patient_id, max_chars=ID_LIMIT, key=key)


def _name(patient: Patient, key: str) -> None:
    label = _("Family name, given name")
    st.text_input(label, patient.display_name, max_chars=NAME_LIMIT, key=key)


def _birth_date(patient: Patient, key: str) -> None:
    st.date_input(
        _("Date of birth"),
        patient.birth_date,
        min_value=OLDEST,
        max_value="today",
        format="YYYY-MM-DD",
        key=key,
    )


def _sex(patient: Patient, key: str) -> None:
    st.selectbox(
        _("Sex"),
        SEXES,
        SEXES.index(patient.sex),
        format_func=lambda sex: sex or _("not known"),
        key=key,
    )


_FIELDS: dict[str, Callable[[Patient, str], None]] = {
    "patient_id": _patient_id,
    "name": _name,
    "birth_date": _birth_date,
    "sex": _sex,
}


def stated(key: str, patient: Patient | None = None) -> Patient:
    """A patient with what the drawn fields hold.

    Raises
    ------
    InvalidPatientError
    """
    state = st.session_state
    typed = {name: state[f"{key}_{name}"] for name in PATIENT_FIELDS if f"{key}_{name}" in state}
    checked = stated_patient(**typed)
    return replace(patient or Patient(), **{name: getattr(checked, name) for name in typed})


def projection(label: str, chosen: Projection | None, key: str) -> None:
    """One select box; empty until something is said, "not known" included."""
    options = list(Projection)
    st.selectbox(
        label,
        options,
        None if chosen is None else options.index(chosen),
        format_func=projection_label,
        placeholder=_("projection"),
        key=key,
        label_visibility="collapsed",
    )


def projection_label(projection: Projection) -> str:
    words = {Projection.LATERAL: _("lateral"), Projection.UNKNOWN: _("not known")}
    return words.get(projection, projection.value)
