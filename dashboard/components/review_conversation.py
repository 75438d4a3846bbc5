"""The review's conversation: the switch to it, the panel, and the maps that its answers brought."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import addresses
from dashboard.components import conversation, viewer
from dashboard.language import translate as _
from dashboard.services.answerers import Answerer, answerers
from dashboard.services.conversation_history import history
from dashboard.services.edit_report import Review
from dashboard.services.report_document import evidence_title
from dashboard.workspace import Workspace

_PARAMETER = "beside"
_CONVERSATION = "conversation"
_READY_SECONDS = 20.0
"""Models come and go rarely; looking through their folders at every rerun would be slow."""


def is_open() -> bool:
    """Whether the conversation stands beside the film, as the address says; else the report."""
    return st.query_params.get(_PARAMETER) == _CONVERSATION


def switch(study_id: int) -> None:
    """Two words: what stands beside the film."""
    key = f"beside_{study_id}"
    words = {"report": _("Report"), _CONVERSATION: _("Conversation")}
    st.segmented_control(
        _("Beside the film"),
        list(words),
        format_func=lambda name: words[name],
        default=_CONVERSATION if is_open() else "report",
        required=True,
        key=key,
        on_change=_turn,
        args=(key,),
        label_visibility="collapsed",
        width="content",
    )


def _turn(key: str) -> None:
    if st.session_state[key] == _CONVERSATION:
        st.query_params[_PARAMETER] = _CONVERSATION
    else:
        st.query_params.pop(_PARAMETER, None)


def show(place: Workspace, review: Review, height_css: str) -> None:
    """The conversation about one study."""
    conversation.show(
        url=addresses.chat(review.study.id),
        answerers=[_answerer(item) for item in _answerers(place)],
        language=place.settings.language,
        signed=bool(review.signed),
        height_css=height_css,
        key=f"conversation_{review.study.id}",
        on_map=lambda: None,
    )


@st.cache_data(
    ttl=_READY_SECONDS,
    show_spinner=False,
    hash_funcs={Workspace: lambda place: str(place.settings.home)},
)
def _answerers(place: Workspace) -> tuple[Answerer, ...]:
    return answerers(place)


def _answerer(item: Answerer) -> conversation.AnswererView:
    if item.embedded:
        return conversation.AnswererView("", _("Embedded assistant"))
    note = _(
        "To {server} go the film without identity, the report, the findings and this conversation."
    )
    return conversation.AnswererView(
        item.name, item.name, note.format(server=item.server) if item.server else ""
    )


def maps(place: Workspace, study_id: int) -> Sequence[viewer.MapView]:
    """Where models looked while they answered; read only while the conversation is open."""
    if not is_open():
        return ()
    drawn = [
        (number, item.answer)
        for number, item in enumerate(history(place, study_id), start=1)
        if item.answer is not None
    ]
    label = _("Answer {number}")
    return [
        viewer.MapView(
            finding=f"answer:{one.id}",
            instance_id=one.instance_id,
            url=addresses.answer_map(one.id),
            title=f"{label.format(number=number)}: {evidence_title(False)}",
            validated=False,
            label=label.format(number=number),
        )
        for number, answer in drawn
        for one in answer.maps
        if one.id is not None
    ]
