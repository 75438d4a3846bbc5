"""What a reader can do about a draft: watch it being written, stop it, ask for another."""

from __future__ import annotations

import streamlit as st

from core.domain.draft import Refusal
from core.domain.errors import OverreadError
from core.domain.job import Job, JobState
from core.reporting import text_caveats
from dashboard.components import messages, remote_dialog, writer_marks
from dashboard.language import translate as _
from dashboard.services.edit_report import Review
from dashboard.services.request_draft import (
    cancel_draft,
    outdated,
    request_draft,
    written_so_far,
)
from dashboard.services.writers import classifier_beside, is_remote, ready_writers
from dashboard.workspace import Workspace

TEXT_HEIGHT = 130
"""Of the text that comes, in pixels: the report below stays in sight."""

_ERROR = "draft_error"
_READY_SECONDS = 20.0
"""Models come and go rarely; looking through their folders at every rerun would be slow."""


def show(place: Workspace, review: Review) -> None:
    """The text that comes, and the buttons of the state that the draft is in."""
    job, study_id = review.job, review.study.id
    if error := st.session_state.pop(_ERROR, None):
        messages.error(error)
    if job is not None and job.state.open:
        _show_writing(place, job)
        return
    if review.signed:
        return
    remote_dialog.show_if_asked(place, study_id)
    if _may_override(review):
        st.button(_("Draft anyway"), on_click=_ask, args=(place, study_id, job and job.model, True))
    if job is not None and job.state in (JobState.FAILED, JobState.CANCELLED):
        # The draft that failed or was stopped, overridden gate and all.
        again = (place, study_id, job.model, job.override_gate)
        st.button(_("Draft again"), on_click=_ask, args=again)
    _show_models(place, review)


def _show_writing(place: Workspace, job: Job) -> None:
    text = written_so_far(place, job.id)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if text:
            writing = _("{model} is writing; nothing of it is checked yet.")
            st.caption(writing.format(model=messages.plain(job.model)), width="stretch")
        st.button(_("Stop the draft"), type="tertiary", on_click=_stop, args=(place, job.id))
    if text:
        with st.container(height=TEXT_HEIGHT, border=True, key="streamed_text", autoscroll=True):
            st.markdown(messages.plain(text))


def _show_models(place: Workspace, review: Review) -> None:
    """The models that could make another draft now; nothing where there is none."""
    offered, stands = _models(place), _stands(place, review)
    job = review.job
    if job is not None and not stands and not offered and _is_outdated(place, review, job):
        # Where nothing writes there is no menu to choose the classifier from.
        again = (place, review.study.id, job.model, job.override_gate)
        st.button(_("Draft again"), on_click=_ask, args=again)
    names = [name for name in offered if name != stands]
    if not names:
        return
    shown = writer_marks.named(place, dict(zip(names, names, strict=True)))
    key = f"draft_by_{review.study.id}"
    st.menu_button(
        _("Draft by another model"),
        names,
        key=key,
        type="tertiary",
        help=_("Words that you have typed stay as they are; a draft is offered beside them."),
        format_func=lambda name: messages.plain(shown[name]),
        on_click=_ask_writer,
        args=(place, review.study.id, key),
    )


def _stands(place: Workspace, review: Review) -> str:
    """Whose draft would be made just as it is; empty where asking again is of use."""
    draft, job = review.draft, review.job
    if draft is None or text_caveats.cut_short(draft):
        return ""
    return "" if job is not None and _is_outdated(place, review, job) else draft.model.name


def _is_outdated(place: Workspace, review: Review, job: Job) -> bool:
    draft = review.draft
    made = draft is not None and job.state is JobState.DONE and job.model == draft.model.name
    return made and outdated(place, review.study, job)


@st.cache_data(
    ttl=_READY_SECONDS,
    show_spinner=False,
    hash_funcs={Workspace: lambda place: str(place.settings.home)},
)
def _models(place: Workspace) -> tuple[str, ...]:
    """Who can draft now."""
    writing = ready_writers(place)
    return (classifier_beside(place, place.settings.model), *writing) if writing else ()


def _may_override(review: Review) -> bool:
    """Whether the film itself, and no header, kept the model from drafting."""
    return review.draft is not None and review.draft.refusal is Refusal.FILM


def _ask_writer(place: Workspace, study_id: int, key: str) -> None:
    model = str(st.session_state[key])
    if is_remote(place, model) and not remote_dialog.agreed(place):
        remote_dialog.ask(study_id, model)
    else:
        _ask(place, study_id, model, False)


def _ask(place: Workspace, study_id: int, model: str | None, override_gate: bool) -> None:
    reader = place.reader()
    try:
        request_draft(place, study_id, reader=reader, model=model, override_gate=override_gate)
    except OverreadError as error:
        st.session_state[_ERROR] = error


def _stop(place: Workspace, job_id: int) -> None:
    cancel_draft(place, job_id, reader=place.reader())
