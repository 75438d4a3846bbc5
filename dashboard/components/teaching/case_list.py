"""The teaching cases, with what each rests on, to take out or to hand on."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.domain.errors import OverreadError
from core.domain.teaching import TeachingCase
from dashboard.components import messages
from dashboard.components.teaching import blind_read_words, case_button
from dashboard.components.teaching.view_words import day, present_words
from dashboard.language import translate as _
from dashboard.navigation import WORKLIST
from dashboard.services.teaching import cases
from dashboard.workspace import Workspace

SHOWN = 50
_WIDTHS = [5, 2, 4, 4, 2, 2, 3]
_RETIRED, _DRILLS = "teaching_cases_retired", "teaching_cases_drills"
_ERROR = "teaching_cases_error"


def show(place: Workspace) -> None:
    """The list; nothing while a case is being made."""
    if case_button.asked() is not None:
        return
    if error := st.session_state.pop(_ERROR, None):
        messages.error(error)
    every = cases.cases(place, retired=True, drills=True)
    if not every:
        messages.empty(
            _("There is no teaching case yet: open a signed study and make it one."),
            WORKLIST,
            _("Open a study in the worklist"),
        )
        return
    found = _chosen(every)
    with st.container(key="case_list", gap=None):
        _heads()
        for case in found[:SHOWN]:
            _row(place, case)
    if not found:
        none = _("No case matches.")
        st.html(f'<p class="muted">{escape(none)}</p>')
    elif len(found) > SHOWN:
        more = _("{count} more; search to see them.").format(count=len(found) - SHOWN)
        st.html(f'<p class="muted note">{escape(more)}</p>')


def _chosen(every: tuple[TeachingCase, ...]) -> list[TeachingCase]:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        text = st.text_input(
            _("Search"),
            key="teaching_cases_search",
            placeholder=_("Search in titles and findings"),
            label_visibility="collapsed",
            width=320,
        )
        drills = st.checkbox(_("Generated films"), key=_DRILLS)
        retired = st.checkbox(_("Retired cases"), key=_RETIRED)
    wanted = (text or "").casefold()
    return [
        case
        for case in every
        if (drills or case.drill is None)
        and (retired or not case.retired)
        and wanted in f"{case.title} {present_words(case.findings)}".casefold()
    ]


def _heads() -> None:
    heads = [_("case"), _("level"), _("what is there"), _("reference"), _("reads are"), _("made")]
    for column, head in zip(st.columns(_WIDTHS), [*heads, ""], strict=True):
        column.html(f'<p class="muted note">{escape(head)}</p>')


def _row(place: Workspace, case: TeachingCase) -> None:
    title, level, there, reference, scored, made, act = st.columns(
        _WIDTHS, vertical_alignment="center"
    )
    word = _("retired")
    retired = f" <small>({escape(word)})</small>" if case.retired else ""
    title.html(f'<p class="cell"><bdi>{escape(case.title)}</bdi>{retired}</p>')
    level.html(_cell(blind_read_words.level(case.level.value)))
    there.html(_cell(present_words(case.findings)))
    note = f" · {case.reference_note}" if case.reference_note else ""
    reference.html(_cell(blind_read_words.reference(case.reference) + note))
    scored.html(_scored(case))
    made.html(_cell(day(case.made_at)))
    with act.container(horizontal=True, gap="small"):
        _acts(place, case)


def _acts(place: Workspace, case: TeachingCase) -> None:
    st.button(
        _("Put back") if case.retired else _("Retire"),
        key=f"case_retire_{case.id}",
        type="tertiary",
        help=_("A retired case is offered no more; reads of it stay."),
        on_click=_retire,
        args=(place, case),
    )
    if case.drill is None:
        st.download_button(
            _("DICOM"),
            data=lambda: cases.deidentified_dicom(place, case.id),
            file_name=f"teaching-case-{case.id}.dcm",
            mime="application/dicom",
            key=f"case_dicom_{case.id}",
            type="tertiary",
            help=_("The film without identity, after the basic profile of DICOM PS3.15"),
            on_click="ignore",
        )


def _retire(place: Workspace, case: TeachingCase) -> None:
    try:
        cases.retire_case(place, case.id, reader=place.reader(), retired=not case.retired)
    except OverreadError as error:
        st.session_state[_ERROR] = error


def _scored(case: TeachingCase) -> str:
    if case.scored:
        return _cell(_("scored"))
    why = _("The signed report alone is an opinion, not a reference.")
    word = _("not scored")
    return f'<p class="cell" title="{escape(why)}">{escape(word)}</p>'


def _cell(text: str) -> str:
    return f'<p class="cell" title="{escape(text)}"><bdi>{escape(text)}</bdi></p>'
