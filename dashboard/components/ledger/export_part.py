"""The export of signed reports for training, and the marks of consent that it goes by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from html import escape

import streamlit as st

from core.domain.errors import N_, OverreadError
from dashboard.components import messages
from dashboard.components.ledger import consent_table
from dashboard.language import translate as _
from dashboard.services.consent import SITE, basis
from dashboard.services.export_archive import KeptExport, archive, kept_exports, new_export
from dashboard.services.export_signed import Exported
from dashboard.services.export_study import LeftOut, Withheld
from dashboard.workspace import Workspace

MADE = "export_made"
_LEFT_OUT: Mapping[str, str] = {
    LeftOut.PHANTOM: N_("phantoms"),
    LeftOut.CONSENT: N_("not marked as allowed to train"),
    LeftOut.ADDENDUM: N_("with an addendum"),
    LeftOut.LANGUAGE: N_("not in English"),
    LeftOut.EMPTY: N_("without findings or impression"),
    LeftOut.NO_FRONTAL: N_("without a film that is known to be frontal"),
    LeftOut.NO_PATIENT: N_("without a patient identifier"),
    LeftOut.IDENTITY: N_("that name their patient"),
    LeftOut.PERSON: N_("that name a reader or another person"),
    LeftOut.DATE: N_("that hold a date"),
    LeftOut.CONTACT: N_("that hold a telephone number or an address"),
    LeftOut.DUPLICATE: N_("whose film is that of another study"),
}
_KEPT_BACK: Mapping[str, str] = {
    Withheld.INDICATION: N_("indications"),
    Withheld.DRAFT: N_("texts of drafts"),
    Withheld.BEFORE_REVEAL: N_("texts written before the draft was seen"),
    Withheld.REASON: N_("reasons in free text"),
    Withheld.BEFORE_LANGUAGE: N_("texts written before the draft was seen, not in English"),
}


def show(place: Workspace) -> None:
    """What may be exported, the marks, and the export itself."""
    question = _("Which signed reports may train models?")
    st.html(f'<p class="lead">{escape(question)}</p>')
    if basis(place) == SITE:
        words = _(
            "The institution's own basis covers all signed reports (OVERREAD_TRAINING_CONSENT), "
            "but those that are marked as not to train. The newest mark holds, and each is kept."
        )
    else:
        words = _("Choose studies, then mark them. The newest mark holds, and each is kept.")
    st.html(f'<p class="muted">{escape(words)}</p>')
    consent_table.show(place)
    _export(place)


def _export(place: Workspace) -> None:
    head = _("Export for training")
    st.html(f'<p class="lead">{escape(head)}</p>')
    words = _(
        "Chats, preferences, labels, corrections and films, without identity; a fifth of the "
        "patients is held out, always the same ones. Text that is burned into a film, and a name "
        "that is misspelt or stored nowhere, are not found: look before it leaves."
    )
    st.html(f'<p class="muted">{escape(words)}</p>')
    if st.button(_("Make an export"), key="export_make"):
        _make(place)
    if made := st.session_state.get(MADE):
        _told(made)
    for kept in kept_exports(place):
        _kept(kept)


def _make(place: Workspace) -> None:
    bar = st.progress(0.0, text=_("checking the chain of signed reports"))

    def progress(done: int, of: int) -> None:
        words = _("{done} of {all} signed studies").format(done=done, all=of)
        bar.progress(done / of if of else 1.0, text=words)

    try:
        _kept_export, exported = new_export(place, progress)
    except OverreadError as error:
        bar.empty()
        messages.error(error)
        return
    bar.empty()
    st.session_state[MADE] = exported


def _told(made: Exported) -> None:
    """The figures of the export just made, and why anything is not in it."""
    figures = [
        (made.studies, _("studies exported")),
        (made.patients, _("patients")),
        (made.held_out, _("studies held out")),
        (made.preferences, _("preferred to their draft")),
        (made.before_reveal, _("written before the draft was seen")),
        (sum(made.left_out.values()), _("left out")),
    ]
    cells = "".join(f"<div><b>{n}</b><span>{escape(label)}</span></div>" for n, label in figures)
    st.html(f'<div class="figures">{cells}</div>')
    left_out: Mapping[str, int] = {str(key): count for key, count in made.left_out.items()}
    withheld: Mapping[str, int] = {str(key): count for key, count in made.withheld.items()}
    for lead, counts, words in (
        (_("Left out: {reasons}."), left_out, _LEFT_OUT),
        (
            _("Kept back, since somebody or a date is or may be in them: {reasons}."),
            withheld,
            _KEPT_BACK,
        ),
    ):
        if counts:
            said = ", ".join(f"{count} {_(words[reason])}" for reason, count in counts.items())
            st.html(f'<p class="muted">{escape(lead.format(reasons=said))}</p>')


def _kept(kept: KeptExport) -> None:
    if kept.damaged:
        words = _("{name}: its manifest cannot be read; the export lies in {folder}")
        st.caption(messages.plain(words.format(name=kept.name, folder=str(kept.folder))))
        return
    words = _("{name}: {studies} studies of {patients} patients, {size} MB, in {folder}").format(
        name=kept.name,
        studies=kept.studies,
        patients=kept.patients,
        size=f"{kept.size_bytes / 1e6:.1f}",
        folder=str(kept.folder),
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if kept.small:
            st.download_button(
                _("Download ZIP"),
                partial(archive, kept.folder),
                file_name=f"{kept.name}.zip",
                mime="application/zip",
                key=f"export_{kept.name}",
                on_click="ignore",
            )
        st.caption(messages.plain(words))
