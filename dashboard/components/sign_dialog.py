"""Signing a report or an addendum: whose it is, what is open, under which name."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.domain.errors import OverreadError
from core.domain.reading import REASON_LIMIT, Reason
from core.domain.study import Projection
from core.reporting.checks import Check
from dashboard import language
from dashboard.components import messages
from dashboard.language import translate as _
from dashboard.services.addendum import sign_addendum
from dashboard.services.corrections import changed_from_draft
from dashboard.services.edit_report import Review
from dashboard.services.readers import rename_reader
from dashboard.services.sign_report import Resolution, sign
from dashboard.workspace import Workspace

REQUEST = "signing"
"""Session state: study, what is signed ("report" or "addendum") and its version."""


def ask(study_id: int, what: str, version: int) -> None:
    """Remember what an editor asked to sign; the run that follows opens the dialog."""
    st.session_state[REQUEST] = (study_id, what, version)
    st.session_state.pop("sign_error", None)


def show_if_asked(place: Workspace, review: Review) -> None:
    """Open the dialog that was asked for; a request for another study is forgotten."""
    asked = st.session_state.get(REQUEST)
    if asked is None:
        return
    study_id, what, version = asked
    if study_id != review.study.id or (what == "report" and review.signed):
        _forget()
    elif what == "report":
        _dialog(_("Sign this report?"))(_report)(place, review, version)
    else:
        _dialog(_("Sign this addendum?"))(_addendum)(place, review, version)


def _dialog(title: str) -> Callable[..., Callable[..., None]]:
    return st.dialog(title, on_dismiss=_forget)


def _report(place: Workspace, review: Review, version: int) -> None:
    _leave_if_signed()
    _identity(review)
    _error()
    with _form():
        for check in review.checks:
            _open_check(review.study.id, check)
        blocked = any(check.blocking for check in review.checks)
        if blocked:
            st.caption(_("Close this window and correct the text first."))
        if changed_from_draft(review):
            _why(review.study.id)
        _name(place)
        st.caption(_("A signed report cannot be changed; additions are addenda."))
        _sign_button(_sign, place, review, version, disabled=blocked)


def _addendum(place: Workspace, review: Review, version: int) -> None:
    _leave_if_signed()
    _identity(review)
    _error()
    st.html(f'<div class="signing">{escape(review.addendum.text)}</div>')
    with _form():
        _name(place)
        _sign_button(_sign_addendum, place, review, version)


def _form() -> DeltaGenerator:
    """Words typed in a form stay when the page runs again under the dialog, which draws it anew."""
    return st.form("sign_form", enter_to_submit=False, border=False)


def _sign_button(
    act: Callable[[Workspace, Review, int], None],
    place: Workspace,
    review: Review,
    version: int,
    *,
    disabled: bool = False,
) -> None:
    st.form_submit_button(
        _("Sign"),
        type="primary",
        disabled=disabled,
        on_click=act,
        args=(place, review, version),
        key="sign_now",
    )


def _leave_if_signed() -> None:
    # A dialog runs by itself after its own button; the page under it must run too, and closes it.
    if st.session_state.pop("signed_now", False):
        st.rerun()


def _identity(review: Review) -> None:
    """Name, identifier, accession and films, repeated before anything is signed."""
    study = review.study
    words = {Projection.LATERAL: _("LAT"), Projection.UNKNOWN: _("projection not stated")}
    films = [words.get(film.projection, film.projection.value) for film in study.instances]
    rows = [
        (_("Patient"), study.patient.display_name or _("no name")),
        *(
            [("", _("as stated by the reader, not by the file"))]
            if {"name", "patient_id"} & study.patient_stated
            else []
        ),
        (_("ID"), study.patient.patient_id or _("none")),
        (_("Accession"), study.accession_number or _("none")),
        (_("Films"), ", ".join(films)),
    ]
    cells = "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in rows)
    st.html(f'<table class="plain">{cells}</table>')


def _open_check(study_id: int, check: Check) -> None:
    """One open check with the field for the reason, unless no reason can settle it."""
    st.markdown(f":orange[●] {messages.plain(language.filled(check.template, check.facts))}")
    if not check.blocking:
        st.text_input(
            _("Reason to sign all the same"),
            key=_reason_key(study_id, check),
            max_chars=2000,
            placeholder=_("Reason to sign all the same"),
            label_visibility="collapsed",
        )


def _why(study_id: int) -> None:
    """Why the draft was changed: as optional as it is quiet, and kept in the ledger."""
    words = _reasons()
    st.pills(
        _("Why was the draft changed? (may stay open)"),
        list(words),
        format_func=lambda reason: words[reason],
        key=f"why_{study_id}",
    )
    st.text_input(
        _("In your own words"),
        key=f"why_text_{study_id}",
        max_chars=REASON_LIMIT,
        placeholder=_("In your own words"),
        label_visibility="collapsed",
    )


def _reasons() -> dict[Reason, str]:
    return {
        Reason.SEEN: _("Seen on the film"),
        Reason.OTHER_STUDY: _("Another study"),
        Reason.CLINICAL: _("Clinical information"),
        Reason.WORDING: _("Wording alone"),
        Reason.FILM: _("Quality of the film"),
        Reason.OTHER: _("Another reason"),
    }


def _name(place: Workspace) -> None:
    """The name that will stand under it: said, or asked for as long as nobody has set it."""
    reader = place.reader()
    if reader.confirmed:
        words = escape(_("Signed as"))
        st.html(f"{words} <b>{escape(reader.name)}</b>")
    else:
        st.text_input(_("Your name, as it will stand under the report"), key="signing_name")


def _error() -> None:
    if error := st.session_state.get("sign_error"):
        messages.error(error)


def _sign(place: Workspace, review: Review, version: int) -> None:
    # A callback, so that the rerun that follows shows the signed report.
    study_id = review.study.id
    resolutions = [
        Resolution(check.id, "override", st.session_state.get(_reason_key(study_id, check), ""))
        for check in review.checks
    ]
    _attempt(
        place,
        lambda: sign(
            place,
            study_id,
            version=version,
            reader=place.reader(),
            resolutions=resolutions,
            films=[film.id for film in review.study.instances],
            reason=Reason(st.session_state.get(f"why_{study_id}") or ""),
            reason_text=st.session_state.get(f"why_text_{study_id}", ""),
        ),
    )


def _sign_addendum(place: Workspace, review: Review, version: int) -> None:
    study_id = review.study.id
    _attempt(place, lambda: sign_addendum(place, study_id, version=version, reader=place.reader()))


def _attempt(place: Workspace, act: Callable[[], object]) -> None:
    """Set the name if it was asked for, then sign; an error stays in the dialog."""
    try:
        if not place.reader().confirmed:
            rename_reader(place, st.session_state.get("signing_name", ""), reader=place.reader())
        act()
    except OverreadError as error:
        st.session_state["sign_error"] = error
        return
    _forget()
    st.session_state["signed_now"] = True


def _reason_key(study_id: int, check: Check) -> str:
    return f"reason_{study_id}_{check.id}"


def _forget() -> None:
    st.session_state.pop(REQUEST, None)
    st.session_state.pop("sign_error", None)
