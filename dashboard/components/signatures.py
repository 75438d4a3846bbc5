"""What stands under a signed report: its signature, its addenda, and the next one being written."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.domain.report import SignedVersion
from dashboard import addresses
from dashboard.components import addendum_editor, sign_dialog
from dashboard.language import translate as _
from dashboard.services.edit_report import Review


def show(review: Review) -> None:
    """Signature, addenda, and the field for a further one."""
    report, *addenda = review.signed
    st.html(_signature(report))
    for number, addendum in enumerate(addenda, start=1):
        text = escape(addendum.addendum).replace("\n", "<br>")
        heading = escape(_("Addendum {number}").format(number=number))
        st.html(f"<b>{heading}</b><br>{text}{_signature(addendum)}")
    study_id = review.study.id
    addendum_editor.show(
        url=addresses.addendum(study_id),
        text=review.addendum.text,
        version=review.addendum.version,
        key=f"addendum_{study_id}",
        on_sign=lambda version: sign_dialog.ask(study_id, "addendum", version),
    )


def _signature(version: SignedVersion) -> str:
    when = version.signed_at.astimezone().isoformat(sep=" ", timespec="minutes")
    line = _("Signed by {name}, {when}").format(name=version.signed_by, when=when)
    digest = _("Digest")
    return (
        f'<div class="signature"><b>{escape(line)}</b><br>'
        f"{escape(digest)} {escape(version.digest[:16])}</div>"
    )
