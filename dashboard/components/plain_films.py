"""PNG and JPEG films wait here until the reader says whose they are: their files do not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from core.domain.errors import NoRoomError, OverreadError
from core.domain.study import Projection
from dashboard import language
from dashboard.components import messages, patient_form
from dashboard.language import translate as _
from dashboard.services import films
from dashboard.services.receive_study import IntakeContext, new_study_uid
from dashboard.workspace import Workspace

HELD_LIMIT_MB = 500
PREVIEWS = 8
"""More films than this share one projection: nobody fills in two hundred boxes."""

_HELD = "plain_films_held"
_ANSWERED = "plain_films_answered"
_ERROR = "plain_films_error"
_KEY = "plain"


@dataclass(frozen=True)
class PlainFilm:
    """A film that waits; ``key`` is its digest."""

    key: str
    name: str
    content: bytes
    preview: bytes


def hold(place: Workspace, name: str, content: bytes) -> None:
    """Keep a film for the form below; the same film waits once.

    Raises
    ------
    IntakeError
        If it is no film at all: that is said at once, not after the form. Or if too much waits.
    """
    film = place.decoder.decode(name, content)
    held = _held()
    if sum(len(item.content) for item in held) + len(content) > HELD_LIMIT_MB * 2**20:
        raise NoRoomError(file=name)
    if film.pixel_digest not in [item.key for item in held]:
        held.append(PlainFilm(film.pixel_digest, name, content, films.preview(film)))


def answered() -> list[tuple[PlainFilm, IntakeContext]]:
    """Films with what the reader said of each; each stays until :func:`settled` or `put_off`."""
    contexts: dict[str, IntakeContext] = st.session_state.get(_ANSWERED, {})
    return [(film, contexts[film.key]) for film in _held() if film.key in contexts]


def settled(film: PlainFilm) -> None:
    """Let go of a film that is stored, or refused for good."""
    held = _held()
    held[:] = [item for item in held if item.key != film.key]


def put_off() -> None:
    """The films could not be stored now: they and the answers stay in the form."""
    st.session_state.pop(_ANSWERED, None)


def _held() -> list[PlainFilm]:
    held: list[PlainFilm] = st.session_state.setdefault(_HELD, [])
    return held


def show() -> None:
    """The form, as long as films wait."""
    held = _held()
    if not held:
        return
    with st.form("plain_films", border=True):
        st.markdown(_("**Whose films are these?** PNG and JPEG files do not say."))
        left, right = st.columns([3, 2], gap="medium")
        with left:
            _films(held)
        with right:
            patient_form.fields(_KEY)
            st.text_input(_("Indication"), max_chars=2000, key=f"{_KEY}_indication")
            st.checkbox(_("The patient is not known"), key=f"{_KEY}_unknown")
            if len(held) > 1:
                st.checkbox(_("They belong to one study"), value=True, key=f"{_KEY}_one_study")
        if error := st.session_state.pop(_ERROR, None):
            st.error(error)
        with st.container(horizontal=True, gap="small"):
            st.form_submit_button(
                _("Store {count} films").format(count=len(held))
                if len(held) > 1
                else _("Store the film"),
                type="primary",
                on_click=_answer,
                args=(held,),
            )
            st.form_submit_button(_("Leave out"), type="tertiary", on_click=_forget)


def _films(held: list[PlainFilm]) -> None:
    """Each film with its projection; many films with one for all."""
    if len(held) > PREVIEWS:
        st.caption(_("Projection of all {count} films").format(count=len(held)))
        patient_form.projection(_("projection"), None, f"{_KEY}_projection_all")
        return
    columns = st.columns(4, gap="small")
    for number, film in enumerate(held):
        with columns[number % 4]:
            st.image(film.preview, width="stretch")
            st.caption(messages.plain(film.name))
            patient_form.projection(_("projection"), None, f"{_KEY}_projection_{film.key}")


def _answer(held: list[PlainFilm]) -> None:
    state = st.session_state
    many = len(held) > PREVIEWS
    chosen: list[Projection | None] = [
        state[f"{_KEY}_projection_{'all' if many else film.key}"] for film in held
    ]
    try:
        patient = patient_form.stated(_KEY)
    except OverreadError as error:
        state[_ERROR] = f"{language.sentence(error)} {language.remedy(error)}"
        return
    if not (patient.patient_id or patient.name or state[f"{_KEY}_unknown"]):
        state[_ERROR] = _("Give an ID or a name, or say that the patient is not known.")
        return
    if None in chosen:
        state[_ERROR] = _('Choose the projection of each film; "not known" is a choice too.')
        return
    context = IntakeContext(
        indication=state[f"{_KEY}_indication"].strip(),
        patient_id=patient.patient_id,
        patient_name=patient.name,
        birth_date=patient.birth_date,
        sex=patient.sex,
        study_uid=new_study_uid() if state.get(f"{_KEY}_one_study") else "",
    )
    state[_ANSWERED] = {
        film.key: replace(context, projection=projection or Projection.UNKNOWN)
        for film, projection in zip(held, chosen, strict=True)
    }


def _forget() -> None:
    st.session_state.pop(_HELD, None)
    st.session_state.pop(_ANSWERED, None)
