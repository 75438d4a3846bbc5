"""Intake on the worklist: a slim drop zone, progress per file, refusals with their reason."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.domain.errors import OverreadError
from core.domain.folder_import import RefusedGroup
from core.domain.names import shown_name
from core.imaging.archive import ARCHIVE_LIMIT_MB
from core.imaging.intake import is_plain
from dashboard.components import import_panel, plain_films, refusals
from dashboard.components.messages import plain
from dashboard.language import translate as _
from dashboard.services.imports import imports_on
from dashboard.services.receive_files import (
    ENDING,
    Outcome,
    Refused,
    group_refused,
    receive_upload,
    receive_uploads,
)
from dashboard.workspace import Workspace

NAMES = 5
_OUTCOME = "upload_outcome"


@dataclass(frozen=True)
class UploadOutcome:
    """What became of an upload; shown until the next one."""

    stored: int = 0
    known: tuple[str, ...] = ()
    refused: tuple[RefusedGroup, ...] = ()


def show(place: Workspace) -> None:
    """The drop zone, below it the films that wait for an answer, and what became of the last."""
    number = st.session_state.setdefault("upload_number", 0)
    with _row(place):
        files = st.file_uploader(
            _("Drop DICOM, PNG or JPEG films here, or a zip of them"),
            type=None,
            accept_multiple_files=True,
            max_upload_size=ARCHIVE_LIMIT_MB,
            key=f"upload_{number}",
        )
    if files:
        st.session_state[_OUTCOME] = _take_in(place, files)
        # A new key empties the drop zone: the same files must not be taken in again on a rerun.
        st.session_state["upload_number"] = number + 1
        st.rerun()
    if plain_films.answered():
        st.session_state[_OUTCOME] = _store_answered(place)
    plain_films.show()
    outcome: UploadOutcome | None = st.session_state.get(_OUTCOME)
    if outcome:
        _report(outcome)
    if imports_on(place):
        import_panel.show_running(place)


def _row(place: Workspace) -> DeltaGenerator:
    """Where the drop zone goes; beside it the folder import, where the server allows one."""
    if not imports_on(place):
        return st.container()
    left, right = st.columns([6, 1], gap="small", vertical_alignment="bottom")
    with right:
        import_panel.show(place)
    return left


def _take_in(place: Workspace, files: list[UploadedFile]) -> UploadOutcome:
    """Films with a header go in at once; plain ones wait for the form."""
    refused: list[Refused] = []
    named: list[tuple[str, BinaryIO]] = []
    for file in files:
        if not is_plain(file.getbuffer()[:16].tobytes()):
            named.append((file.name, file))
            continue
        try:
            plain_films.hold(place, file.name, file.getvalue())
        except OverreadError as error:
            refused.append(Refused(file.name, error))
    return _received(place, named, refused)


def _store_answered(place: Workspace) -> UploadOutcome:
    """Plain films as the reader answered; what cannot be stored now stays in the form."""
    told = _Told(total=len(plain_films.answered()))
    for film, context in plain_films.answered():
        told.begin(film.name)
        for item in receive_upload(
            place, film.name, io.BytesIO(film.content), reader=place.reader(), context=context
        ):
            told.end(item)
            if isinstance(item, Refused) and isinstance(item.error, ENDING):
                plain_films.put_off()
                return told.outcome()
        plain_films.settled(film)
    plain_films.put_off()
    return told.outcome()


def _received(
    place: Workspace, named: list[tuple[str, BinaryIO]], refused: list[Refused]
) -> UploadOutcome:
    """Take a batch in and show how far it is."""
    told = _Told(total=len(named), refused=refused)

    def files() -> Iterator[tuple[str, BinaryIO]]:
        for name, file in named:
            told.begin(name)
            yield name, file

    for item in receive_uploads(place, files(), reader=place.reader()):
        told.end(item)
    return told.outcome()


class _Told:
    """A progress bar over the files, and what became of each film in them."""

    def __init__(self, total: int, refused: list[Refused] | None = None) -> None:
        self._bar = st.progress(0.0)
        self._total, self._begun, self._stored = total, 0, 0
        self._known: list[str] = []
        self._refused = refused or []

    def begin(self, name: str) -> None:
        self._begun += 1
        self._show(name)

    def end(self, item: Outcome) -> None:
        self._show(item.file)
        if isinstance(item, Refused):
            self._refused.append(item)
        elif item.duplicate:
            self._known.append(item.file)
        else:
            self._stored += 1

    def outcome(self) -> UploadOutcome:
        self._bar.empty()
        return UploadOutcome(self._stored, tuple(self._known), group_refused(self._refused))

    def _show(self, name: str) -> None:
        text = _("{number} of {total}: {file}").format(
            number=self._begun, total=self._total, file=plain(shown_name(name))
        )
        self._bar.progress((self._begun - 1) / self._total, text)


def _report(outcome: UploadOutcome) -> None:
    parts = []
    if outcome.stored:
        parts.append(_("{count} stored").format(count=outcome.stored))
    if outcome.known:
        names = ", ".join(outcome.known[:NAMES]) + (" …" if len(outcome.known) > NAMES else "")
        parts.append(
            _("{count} already there ({files})").format(
                count=len(outcome.known), files=plain(names)
            )
        )
    if outcome.refused:
        count = sum(group.count for group in outcome.refused)
        parts.append(_("{count} refused").format(count=count))
    if not parts:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(_("Last upload: {parts}.").format(parts=", ".join(parts)), width="content")
        st.button(_("Dismiss"), type="tertiary", on_click=_dismiss)
    refusals.show(outcome.refused)


def _dismiss() -> None:
    st.session_state.pop(_OUTCOME, None)
