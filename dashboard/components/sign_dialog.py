"""Signing: whose report, what is open, under which name; and addenda afterwards."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.domain.errors import OverreadError
from core.domain.report import SignedVersion
from core.reporting.checks import Check
from dashboard import addresses, language
from dashboard.components import addendum_editor, messages
from dashboard.language import translate as _
from dashboard.services.addendum import sign_addendum
from dashboard.services.edit_report import Review
from dashboard.services.sign_report import Resolution, sign
from dashboard.workspace import Workspace


def show(place: Workspace, review: Review, version: int) -> None:
    """Open the dialog for exactly the version that the reader approved."""
    st.dialog(_("Sign this report?"), on_dismiss=_forget)(_content)(place, review, version)


def _content(place: Workspace, review: Review, version: int) -> None:
    patient = review.study.patient
    identity = [
        (_("Patient"), patient.display_name or _("no name")),
        (_("ID"), patient.patient_id or _("none")),
        (_("Accession"), review.study.accession_number or _("none")),
        (_("Signed as"), place.reader().name),
    ]
    rows = "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in identity)
    st.html(f'<table class="plain">{rows}</table>')
    if error := st.session_state.get("sign_error"):
        messages.error(error)
    for check in review.checks:
        _ask(review.study.id, check)
    blocked = any(check.blocking for check in review.checks)
    if blocked:
        st.caption(_("Close this window and correct the text first."))
    st.caption(_("A signed report cannot be changed; additions are addenda."))
    st.button(
        _("Sign"),
        type="primary",
        disabled=blocked,
        on_click=_sign,
        args=(place, review, version),
        key="sign_now",
    )


def _ask(study_id: int, check: Check) -> None:
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


def _sign(place: Workspace, review: Review, version: int) -> None:
    # A callback, so that the rerun that follows shows the signed report.
    study_id = review.study.id
    resolutions = [
        Resolution(check.id, "override", st.session_state.get(_reason_key(study_id, check), ""))
        for check in review.checks
    ]
    try:
        sign(place, study_id, version=version, reader=place.reader(), resolutions=resolutions)
    except OverreadError as error:
        st.session_state["sign_error"] = error
        return
    _forget()


def _reason_key(study_id: int, check: Check) -> str:
    return f"reason_{study_id}_{check.id}"


def _forget() -> None:
    st.session_state.pop("signing", None)
    st.session_state.pop("sign_error", None)


def show_signatures(place: Workspace, review: Review) -> None:
    """Signature, addenda, and the field for a further one."""
    report, *addenda = review.signed
    st.html(_signature(report))
    for number, addendum in enumerate(addenda, start=1):
        text = escape(addendum.addendum).replace("\n", "<br>")
        heading = escape(_("Addendum {number}").format(number=number))
        st.html(f"<b>{heading}</b><br>{text}{_signature(addendum)}")
    if error := st.session_state.pop("addendum_error", None):
        messages.error(error)
    study_id = review.study.id
    addendum_editor.show(
        url=addresses.addendum(study_id),
        text=review.addendum.text,
        version=review.addendum.version,
        key=f"addendum_{study_id}",
        on_sign=lambda version: _sign_addendum(place, study_id, version),
    )


def _signature(version: SignedVersion) -> str:
    when = f"{version.signed_at.astimezone():%Y-%m-%d %H:%M %z}"
    line = _("Signed by {name}, {when}").format(name=version.signed_by, when=when)
    return (
        f'<div class="signature"><b>{escape(line)}</b><br>'
        f"{escape(_('Digest'))} {escape(version.digest[:16])}</div>"
    )


def _sign_addendum(place: Workspace, study_id: int, version: int) -> None:
    try:
        sign_addendum(place, study_id, version=version, reader=place.reader())
    except OverreadError as error:
        st.session_state["addendum_error"] = error
