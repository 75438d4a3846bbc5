"""What leaves this machine, shown before the first film goes to a model server."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from core.domain.errors import OverreadError
from core.models.language.sending import SENT, WHAT_WORDS_TELL
from dashboard.components import messages
from dashboard.language import translate as _
from dashboard.services import remote_consent
from dashboard.services.compare import request_comparison
from dashboard.services.request_draft import request_draft
from dashboard.workspace import Workspace

REQUEST = "remote_model"
"""Session state: the study and the model for which a reader must agree first, and what for."""


def ask(study_id: int, model: str, *, for_comparison: bool = False) -> None:
    """Remember that a reader asked a server for a draft; the run that follows shows what goes."""
    st.session_state[REQUEST] = (study_id, model, for_comparison)


def agreed(place: Workspace) -> bool:
    """Whether some reader has let films go to the server of the settings."""
    return remote_consent.agreement(place, place.settings.remote_model_url) is not None


def show_agreement(place: Workspace) -> None:
    """Who let films go to the server of the settings, and the way to take that back."""
    url = place.settings.remote_model_url
    agreement = remote_consent.agreement(place, url) if url else None
    if agreement is None:
        return
    told = _("{reader} let films go to the model server {server} on {date}.")
    facts = {
        "reader": agreement.reader,
        "server": urlsplit(url).hostname or "",
        "date": f"{agreement.at:%Y-%m-%d}",
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(messages.plain(told.format(**facts)), width="content")
        st.button(_("Take it back"), type="tertiary", on_click=_take_back, args=(place, url))


def _take_back(place: Workspace, url: str) -> None:
    remote_consent.withdraw(place, url, reader=place.reader())


def show_if_asked(place: Workspace, study_id: int) -> None:
    """Open the dialog that was asked for; a request for another study is forgotten."""
    asked = st.session_state.get(REQUEST)
    if asked is None:
        return
    if asked[0] != study_id:
        _forget()
        return
    st.dialog(_("What leaves this machine"), width="large", on_dismiss=_forget)(_what_leaves)(
        place, *asked
    )


def _what_leaves(place: Workspace, study_id: int, model: str, for_comparison: bool) -> None:
    server = urlsplit(place.settings.remote_model_url).hostname or ""
    try:
        leaving = remote_consent.about_to_leave(place, study_id, model)
    except OverreadError as error:
        messages.error(error)
        return
    asks = _("A draft by this model is written on {server}, not on this machine.")
    st.markdown(asks.format(server=f"**{messages.plain(server)}**"))
    picture, words = st.columns([1, 2])
    with picture:
        if leaving.picture:
            st.image(leaving.picture, caption=f"{leaving.rows} x {leaving.columns}, PNG")
    with words:
        st.caption(f"{_(SENT)} {_(WHAT_WORDS_TELL)}")
        for _role, text in leaving.words:
            st.code(text, language=None, wrap_lines=True)
    if problem := st.session_state.pop("remote_problem", None):
        messages.error(problem)
    st.caption(_("Whoever agrees lets films of all studies go to this server when a reader asks."))
    st.button(
        _("Agree and ask for the draft"),
        type="primary",
        on_click=_agree,
        args=(place, study_id, model, for_comparison),
    )
    if REQUEST not in st.session_state:
        # A dialog runs by itself; the whole page must run for it to close.
        st.rerun()


def _agree(place: Workspace, study_id: int, model: str, for_comparison: bool) -> None:
    reader = place.reader()
    try:
        remote_consent.agree(place, place.settings.remote_model_url, reader=reader)
        if for_comparison:
            for error in request_comparison(place, study_id, (model,), reader=reader).values():
                raise error
        else:
            request_draft(place, study_id, reader=reader, model=model)
    except OverreadError as error:
        st.session_state["remote_problem"] = error
        return
    _forget()


def _forget() -> None:
    st.session_state.pop(REQUEST, None)
