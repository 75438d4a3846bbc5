"""The fields in which a reader says whose films these are; used where the files do not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container

import streamlit as st

from core.domain.study import PATIENT_FIELDS, Patient, Projection
from dashboard.language import translate as _
from dashboard.services.state_patient import ID_LIMIT, NAME_LIMIT, SEXES, stated_patient

OLDEST = dt.date(1870, 1, 1)


def fields(
    key: str, patient: Patient | None = None, open_fields: Container[str] = PATIENT_FIELDS
) -> None:
    """Four fields in two rows, under the session keys that :func:`stated` reads.

    Those that are not open stand there as the files state them.
    """
    patient = patient or Patient()
    left, right = st.columns(2, gap="small")
    left.text_input(
        _("Patient ID"),
        patient.patient_id,
        max_chars=ID_LIMIT,
        key=f"{key}_id",
        autocomplete="off",
        disabled="patient_id" not in open_fields,
    )
    right.text_input(
        _("Family name, given name"),
        patient.display_name,
        max_chars=NAME_LIMIT,
        key=f"{key}_name",
        autocomplete="off",
        disabled="name" not in open_fields,
    )
    left.date_input(
        _("Date of birth"),
        patient.birth_date,
        min_value=OLDEST,
        max_value="today",
        format="YYYY-MM-DD",
        key=f"{key}_birth",
        disabled="birth_date" not in open_fields,
    )
    right.selectbox(
        _("Sex"),
        SEXES,
        SEXES.index(patient.sex) if patient.sex in SEXES else 0,
        format_func=lambda sex: sex or _("not known"),
        key=f"{key}_sex",
        disabled="sex" not in open_fields,
    )


def stated(key: str) -> Patient:
    """What the fields hold.

    Raises
    ------
    InvalidPatientError
    """
    state = st.session_state
    return stated_patient(
        state[f"{key}_id"], state[f"{key}_name"], state[f"{key}_birth"], state[f"{key}_sex"]
    )


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
