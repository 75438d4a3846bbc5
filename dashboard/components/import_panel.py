"""Folder imports on the worklist: choose a folder, watch, stop, read what was refused and why."""

from __future__ import annotations

import streamlit as st

from core.domain.errors import OverreadError
from core.domain.folder_import import FolderImport, ImportState
from dashboard.components import messages, refusals
from dashboard.components.messages import plain
from dashboard.language import translate as _
from dashboard.services.imports import (
    cancel_import,
    folders,
    import_report,
    imports,
    refused_csv,
    start_import,
)
from dashboard.workspace import Workspace

POLL_SECONDS = 2

_FOLDER = "import_folder"
_STARTED = "import_started"
_ERROR = "import_error"
_REPORT = "import_report"
_DISMISSED = "imports_dismissed"


def show(place: Workspace) -> None:
    """The way to start an import; for use beside the drop zone."""
    # A new key closes it once an import has begun.
    key = f"import_popover_{st.session_state.get(_STARTED, 0)}"
    panel = st.popover(_("Import a folder"), width="stretch", key=key, on_change="rerun")
    # Only then is the folder read: a share that hangs must not hang the worklist.
    if panel.open:
        with panel:
            _choose(place)


def _choose(place: Workspace) -> None:
    """Walk down from the import root, then import where one stands."""
    here: str = st.session_state.setdefault(_FOLDER, "")
    st.caption(_("Folder on the server: {folder}").format(folder=plain(here or "/")))
    try:
        below = folders(place, here)
    except OverreadError as error:
        # A share that is gone must not take the worklist along.
        st.session_state[_FOLDER] = ""
        messages.error(error)
        return
    if below:
        st.selectbox(
            _("Go to"),
            [folder.path for folder in below],
            None,
            format_func=lambda path: path.rpartition("/")[2],
            placeholder=_("subfolder"),
            key=f"go_{here}",
            on_change=_go,
            args=(here,),
        )
    with st.container(horizontal=True, gap="small"):
        if here:
            st.button(_("Up"), on_click=_up, args=(here,))
        st.button(
            _("Import this folder and all below"),
            type="primary",
            on_click=_start,
            args=(place, here),
        )


def _go(here: str) -> None:
    st.session_state[_FOLDER] = st.session_state.pop(f"go_{here}") or here


def _up(here: str) -> None:
    st.session_state[_FOLDER] = here.rpartition("/")[0]


def _start(place: Workspace, folder: str) -> None:
    try:
        st.session_state[_STARTED] = start_import(place, folder, reader=place.reader()).id
    except OverreadError as error:
        st.session_state[_ERROR] = error


def show_running(place: Workspace) -> None:
    """One line for each import that runs, and for the last one until it is dismissed."""
    if error := st.session_state.pop(_ERROR, None):
        messages.error(error)

    @st.fragment(run_every=POLL_SECONDS)
    def lines() -> None:
        newest = imports(place, limit=3)
        dismissed = st.session_state.get(_DISMISSED, 0)
        for item in newest:
            if item.state.open:
                _line(place, item)
        ended = next((item for item in newest if not item.state.open), None)
        if ended is not None and ended.id != dismissed:
            _line(place, ended)

    lines()
    _report(place)


def _line(place: Workspace, item: FolderImport) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(plain(_words(item)), width="content")
        if item.state.open:
            stop = _("Stop")
            st.button(
                stop, type="tertiary", key=f"stop_{item.id}", on_click=_stop, args=(place, item.id)
            )
        if item.refused and st.button(_("Report"), type="tertiary", key=f"report_{item.id}"):
            st.session_state[_REPORT] = item.id
            # The dialog belongs to the page, not to this fragment, which runs by itself.
            st.rerun(scope="app")
        if not item.state.open:
            st.button(
                _("Dismiss"),
                type="tertiary",
                key=f"dismiss_{item.id}",
                on_click=_dismiss,
                args=(item.id,),
            )
    if item.state.open:
        st.progress(item.files_done / item.files if item.listed and item.files else 0.0)
    if item.error is not None:
        messages.error(item.error)


def _words(item: FolderImport) -> str:
    """Where an import stands, with its numbers."""
    states = {
        ImportState.QUEUED: _("Import of {folder} waits"),
        ImportState.RUNNING: _("Import of {folder}: {done} of {files} files"),
        ImportState.DONE: _("Import of {folder}: {files} files done"),
        ImportState.CANCELLED: _("Import of {folder} stopped at {done} of {files} files"),
        ImportState.FAILED: _("Import of {folder} failed at {done} of {files} files"),
    }
    head = states[item.state]
    if item.state is ImportState.RUNNING and not item.listed:
        head = _("Import of {folder}: listing, {files} files so far")
    counts = [
        (_("{count} stored"), item.stored),
        (_("{count} already there"), item.duplicate),
        (_("{count} refused"), item.refused),
        (_("{count} taken in by an earlier import"), item.skipped),
    ]
    parts = [head.format(folder=item.folder or "/", done=item.files_done, files=item.files)]
    parts += [words.format(count=count) for words, count in counts if count]
    return ", ".join(parts) + "."


def _stop(place: Workspace, import_id: int) -> None:
    try:
        cancel_import(place, import_id, reader=place.reader())
    except OverreadError as error:
        st.session_state[_ERROR] = error


def _dismiss(import_id: int) -> None:
    st.session_state[_DISMISSED] = import_id


def _report(place: Workspace) -> None:
    """The dialog of one import's refusals, once asked for."""
    import_id = st.session_state.get(_REPORT)
    if import_id is None:
        return

    @st.dialog(
        _("What was refused"), width="large", on_dismiss=lambda: st.session_state.pop(_REPORT, None)
    )
    def dialog() -> None:
        report = import_report(place, import_id)
        st.caption(plain(_words(report.folder_import)))
        refusals.show(report.refused)
        st.download_button(
            _("All refused files (CSV)"),
            lambda: "".join(refused_csv(place, import_id)),
            file_name=f"refused-{import_id}.csv",
            mime="text/csv",
            on_click="ignore",
        )

    dialog()
