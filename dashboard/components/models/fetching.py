"""The two ways to get a model: fetch it, with progress and a stop, or name its folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.domain.errors import OverreadError
from core.models.language.hub import host
from core.models.language.precision import gigabytes
from core.models.language.standing import Standing
from dashboard.components import messages
from dashboard.components.messages import plain
from dashboard.language import translate as _
from dashboard.services import fetch_model
from dashboard.services.fetch_model import FetchProgress, FetchState
from dashboard.workspace import Workspace

POLL_SECONDS = 1

_CHOSEN = "writer_to_fetch"
_ENTRY = "writer_of_folder"
_PATH = "writer_folder"
_BASE = "writer_base"
_ERROR = "writer_error"
_RUNNING = "writers_running"


def show(place: Workspace, standings: Sequence[Standing]) -> None:
    """Both ways in one line, then every fetch of this server with its progress."""
    if error := st.session_state.pop(_ERROR, None):
        messages.error(error)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="get_model"):
        _fetch(place, [each for each in standings if _can_be_fetched(each)])
        _folder(place, [each for each in standings if each.source.local])
    _progress(place)


def _can_be_fetched(standing: Standing) -> bool:
    source = standing.source
    published = bool(source.repository) and "published_pickled" not in source.notes
    return published and not standing.here


# --- fetch --------------------------------------------------------------------------------------


def _fetch(place: Workspace, standings: Sequence[Standing]) -> None:
    if not standings:
        return
    titles = {each.source.name: _(each.source.title) for each in standings}
    chosen = st.selectbox(
        _("Fetch a model"),
        list(titles),
        format_func=lambda name: titles[name],
        key=_CHOSEN,
        width=320,
    )
    source = next(each.source for each in standings if each.source.name == chosen)
    label = _("Fetch {size}").format(size=gigabytes(source.size_bytes))
    st.button(
        label if source.size_bytes else _("Fetch"),
        type="primary",
        key="fetch_model",
        on_click=_start,
        args=(place,),
    )
    st.caption(plain(what_is_fetched(next(s for s in standings if s.source is source))), width=520)


def what_is_fetched(standing: Standing) -> str:
    """From where, which revision, under which licence, and what its publisher asks for."""
    source = standing.source
    said = [
        _("From {host}: {repository}, revision {revision}.").format(
            host=host(),
            repository=source.repository,
            revision=standing.revision[:12] or _("the newest, demanded from then on"),
        ),
        _("Licence: {licence}.").format(licence=source.licence)
        if source.licence
        else _("Its licence is not known: read its page before you use it."),
    ]
    if not source.size_bytes:
        said.append(_("The hub tells its size before the first byte."))
    if source.gated:
        said.append(_("Its publisher asks for consent to its terms first, and for HF_TOKEN."))
    return " ".join(said)


def _start(place: Workspace) -> None:
    _act(fetch_model.start_fetch, place, st.session_state[_CHOSEN])


def _act(act: Callable[..., Any], place: Workspace, *arguments: Any) -> None:
    """Carry out what a button asks for; an error is shown when the page is drawn again."""
    try:
        act(place, *arguments, reader=place.reader())
    except OverreadError as error:
        st.session_state[_ERROR] = error


def _progress(place: Workspace) -> None:
    fetches = fetch_model.fetches(place)
    running = any(one.state is FetchState.FETCHING for one in fetches)
    st.session_state[_RUNNING] = running

    @st.fragment(run_every=POLL_SECONDS if running else None)
    def lines() -> None:
        now = fetch_model.fetches(place)
        for one in now:
            _line(place, one)
        if st.session_state.get(_RUNNING) and not any(
            one.state is FetchState.FETCHING for one in now
        ):
            # The table above changes once a fetch has ended.
            st.rerun(scope="app")

    lines()


def _line(place: Workspace, one: FetchProgress) -> None:
    fetching = one.state is FetchState.FETCHING
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(plain(progress_words(one)), width="content")
        if fetching:
            arguments = (fetch_model.stop_fetch, place, one.name)
            label, key = _("Stop"), f"stop_fetch_{one.name}"
            st.button(label, type="tertiary", key=key, on_click=_act, args=arguments)
        else:
            st.button(
                _("Dismiss"),
                type="tertiary",
                key=f"dismiss_fetch_{one.name}",
                on_click=fetch_model.dismiss_fetch,
                args=(place, one.name),
            )
    if fetching:
        st.progress(min(1.0, one.done / one.total) if one.total else 0.0)
    if one.error is not None:
        messages.error(one.error)


def progress_words(one: FetchProgress) -> str:
    """Where a fetch stands, with its numbers."""
    states = {
        FetchState.FETCHING: _("{name}: {done} of {total}"),
        FetchState.DONE: _("{name} is here, {total}, every checksum right"),
        FetchState.STOPPED: _("{name} stopped at {done} of {total}; fetching goes on from there"),
        FetchState.FAILED: _("{name} was not fetched"),
    }
    template = states[one.state]
    if one.state is FetchState.FETCHING and not one.total:
        template = _("{name}: asking the hub")
    words = template.format(name=one.name, done=gigabytes(one.done), total=gigabytes(one.total))
    arrived = one.done - one.begun
    if one.state is FetchState.FETCHING and one.seconds >= 1 and arrived > 0:
        words += f" · {arrived / one.seconds / 1e6:.1f} MB/s"
    return words


# --- a folder instead ---------------------------------------------------------------------------


def _folder(place: Workspace, standings: Sequence[Standing]) -> None:
    titles = {each.source.name: _(each.source.title) for each in standings}
    models = fetch_model.shelf(place)
    panel = st.popover(_("Name a folder instead"), key="folder_of_model", width="content")
    with panel:
        st.caption(
            _(
                "A folder of this server with config.json, safetensors, tokenizer and processor. "
                "Nothing is copied, nothing is unpickled."
            )
        )
        chosen = st.selectbox(
            _("Model"), list(titles), format_func=lambda name: titles[name], key=_ENTRY
        )
        st.text_input(_("Folder, with its whole path"), key=_PATH)
        if models.chooses_base(chosen):
            _base(standings)
        st.button(_("Use this folder"), key="use_folder", on_click=_use, args=(place,))
        if models.is_named(models.source(chosen)):
            st.caption(plain(str(models.folder_of(models.source(chosen)))))
            arguments = (fetch_model.forget_folder, place, chosen)
            st.button(_("Take it back"), key="forget_folder", on_click=_act, args=arguments)


def _use(place: Workspace) -> None:
    """What stands in the widgets now: what the page saw when it was drawn may be older."""
    chosen, path, base = (st.session_state.get(key) or "" for key in (_ENTRY, _PATH, _BASE))
    base = base if fetch_model.shelf(place).chooses_base(chosen) else ""
    _act(fetch_model.name_folder, place, chosen, path, base)


def _base(standings: Sequence[Standing]) -> None:
    """Ask what an adapter sits on; the adapter itself often says so."""
    names = [
        each.source.name
        for each in standings
        if each.source.kind != "classifier" and not each.source.adapter_of
    ]
    itself = _("the model that it names itself")
    st.selectbox(_("Sits on"), ["", *names], format_func=lambda name: name or itself, key=_BASE)
