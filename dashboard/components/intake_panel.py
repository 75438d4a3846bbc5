"""Intake on the worklist: a slim drop zone, progress per file, refusals with their reason."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.domain.errors import OverreadError
from core.imaging.intake import FILE_LIMIT_MB
from dashboard import language
from dashboard.components.messages import plain
from dashboard.language import translate as _
from dashboard.services.receive_study import receive_file
from dashboard.workspace import Workspace


@dataclass(frozen=True)
class Outcome:
    """What became of an upload; shown until the next one."""

    stored: int
    known: tuple[str, ...]
    refused: tuple[str, ...]


def show(place: Workspace) -> None:
    """The drop zone, and below it what became of the last upload."""
    number = st.session_state.setdefault("upload_number", 0)
    files = st.file_uploader(
        _("Drop DICOM, PNG or JPEG films here"),
        type=None,
        accept_multiple_files=True,
        max_upload_size=FILE_LIMIT_MB,
        key=f"upload_{number}",
    )
    if files:
        st.session_state["upload_outcome"] = _take_in(place, files)
        # A new key empties the drop zone: the same files must not be taken in again on a rerun.
        st.session_state["upload_number"] = number + 1
        st.rerun()
    outcome: Outcome | None = st.session_state.get("upload_outcome")
    if outcome:
        _report(outcome)


def _take_in(place: Workspace, files: list[UploadedFile]) -> Outcome:
    bar = st.progress(0.0)
    stored, known, refused = 0, [], []
    for number, file in enumerate(files, start=1):
        bar.progress(
            (number - 1) / len(files),
            _("{number} of {total}: {file}").format(
                number=number, total=len(files), file=plain(file.name)
            ),
        )
        try:
            received = receive_file(place, file.name, file.getvalue(), reader=place.reader())
            stored += not received.duplicate
            known += [file.name] if received.duplicate else []
        except OverreadError as error:
            refused.append(f"{language.sentence(error)} {language.remedy(error)}")
    bar.empty()
    return Outcome(stored, tuple(known), tuple(refused))


def _report(outcome: Outcome) -> None:
    parts = []
    if outcome.stored:
        parts.append(_("{count} stored").format(count=outcome.stored))
    if outcome.known:
        names = plain(", ".join(outcome.known))
        parts.append(_("already there: {files}").format(files=names))
    if outcome.refused:
        parts.append(_("{count} refused").format(count=len(outcome.refused)))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(_("Last upload: {parts}.").format(parts=", ".join(parts)), width="content")
        st.button(_("Dismiss"), type="tertiary", on_click=_dismiss)
    if outcome.refused:
        lines = "".join(f"<div>{escape(sentence)}</div>" for sentence in outcome.refused)
        st.html(f'<div class="refused">{lines}</div>')


def _dismiss() -> None:
    st.session_state.pop("upload_outcome", None)
