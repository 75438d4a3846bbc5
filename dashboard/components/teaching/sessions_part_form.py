"""The form of a new session: for whom, which cases, at whose pace."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from core.domain.errors import OverreadError
from core.domain.teaching import Pace, TeachingCase
from dashboard.components import messages
from dashboard.components.messages import plain
from dashboard.components.teaching import blind_read_words
from dashboard.components.teaching.view_words import PACES, day, present_words, reference_words
from dashboard.language import translate as _
from dashboard.navigation import WORKLIST
from dashboard.services.teaching import cases, progress, sessions
from dashboard.services.teaching.sessions import SessionWish
from dashboard.workspace import Workspace

ASKED = "teaching_new_session"
CHOSEN = "teaching_new_cases"
SHOWN = 40
"""Cases in one page of the table."""
_ERROR = "teaching_session_error"
_WIDTHS = [6, 2, 5, 4, 2]


def ask() -> None:
    st.session_state[ASKED] = True
    st.session_state[CHOSEN] = []


def show(place: Workspace) -> None:
    """The form; a session that was opened is chosen on the page that follows."""
    offered = cases.cases(place, drills=True)
    if not offered:
        messages.empty(
            _("A session needs a teaching case. A signed study becomes one; so does a drill."),
            WORKLIST,
            _("Open a study in the worklist"),
        )
        _leave()
        return
    left, right = st.columns([2, 5], gap="medium")
    with left:
        _settings(place)
        _warning(offered)
        if error := st.session_state.pop(_ERROR, None):
            messages.error(error)
        with st.container(horizontal=True, gap="small"):
            st.button(
                _("Open the session"),
                type="primary",
                key="teaching_open_session",
                on_click=_open,
                args=(place,),
            )
            _leave()
    with right:
        _cases(offered)


def _settings(place: Workspace) -> None:
    st.selectbox(
        _("Cohort"),
        list(progress.cohorts(place)),
        index=None,
        accept_new_options=True,
        placeholder=_("Choose a cohort, or type a new one"),
        key="teaching_new_cohort",
        help=_("Who reads together over weeks; a nickname belongs to its cohort."),
    )
    st.text_input(_("Title"), max_chars=sessions.WORDS_LIMIT, key="teaching_new_title")
    words = {pace: _(PACES[pace]) for pace in Pace}
    st.radio(_("Pace"), list(Pace), format_func=lambda pace: words[pace], key="teaching_new_pace")
    st.checkbox(_("History may be read"), value=True, key="teaching_new_history")


def _warning(offered: Sequence[TeachingCase]) -> None:
    chosen = [case for case in offered if case.id in st.session_state.get(CHOSEN, [])]
    count = _("{count} cases chosen, {normal} of them normal").format(
        count=len(chosen), normal=sum(case.normal for case in chosen)
    )
    st.html(f'<p class="muted note">{escape(count)}</p>')
    if chosen and not any(case.normal for case in chosen):
        st.warning(
            _("No normal film is among them: trainees would learn that there is always something.")
        )
    unscored = sum(not case.scored for case in chosen)
    if unscored:
        note = _("Not scored, since the signed report is all they rest on: {count}.")
        st.html(f'<p class="muted note">{escape(note.format(count=unscored))}</p>')


def _cases(offered: Sequence[TeachingCase]) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        text = st.text_input(_("Search in titles and findings"), key="teaching_new_search")
        kind = st.segmented_control(
            _("Which"),
            list(_kinds()),
            format_func=lambda name: _kinds()[name],
            default="all",
            required=True,
            key="teaching_new_kind",
            label_visibility="collapsed",
        )
        found = [case for case in offered if _matches(case, text, kind or "all")]
        _all(found[:SHOWN])
    heads = [_("case"), _("level"), _("reference"), _("what is there"), _("made")]
    with st.container(key="session_cases", gap=None):
        for column, head in zip(st.columns(_WIDTHS), heads, strict=True):
            column.html(f'<p class="muted note">{escape(head)}</p>')
        for case in found[:SHOWN]:
            _row(case)
    if not found:
        none = _("No case matches.")
        st.html(f'<p class="muted">{escape(none)}</p>')
    elif len(found) > SHOWN:
        more = _("{count} more; search to see them.").format(count=len(found) - SHOWN)
        st.html(f'<p class="muted note">{escape(more)}</p>')


def _all(shown: Sequence[TeachingCase]) -> None:
    """Choose every case in sight, or let go of all where all are chosen."""
    numbers = [case.id for case in shown]
    kept = [number for number in st.session_state.get(CHOSEN, []) if number not in numbers]
    taken = bool(numbers) and len(st.session_state.get(CHOSEN, [])) == len(kept) + len(numbers)
    st.button(
        _("Let go of these") if taken else _("Choose all of these"),
        key="teaching_new_all",
        disabled=not numbers,
        on_click=_choose,
        args=(kept if taken else [*kept, *numbers],),
    )


def _choose(numbers: list[int]) -> None:
    st.session_state[CHOSEN] = numbers


def _kinds() -> dict[str, str]:
    return {
        "all": _("all"),
        "signed": _("from studies"),
        "drills": _("drills"),
        "normal": _("normal"),
    }


def _matches(case: TeachingCase, text: str, kind: str) -> bool:
    if kind == "normal" and not case.normal:
        return False
    if kind in ("signed", "drills") and (kind == "drills") != (case.drill is not None):
        return False
    words = f"{case.title} {present_words(case.findings)}".casefold()
    return all(part in words for part in text.casefold().split())


def _row(case: TeachingCase) -> None:
    columns = st.columns(_WIDTHS, vertical_alignment="center")
    key = f"teaching_case_{case.id}"
    st.session_state[key] = case.id in st.session_state.get(CHOSEN, [])
    columns[0].checkbox(plain(case.title), key=key, on_change=_chosen, args=(case.id, key))
    there = present_words(case.findings)
    tone = "normal" if case.normal else ""
    level = blind_read_words.level(case.level.value)
    cells = (level, reference_words(case), there, day(case.made_at))
    for column, cell in zip(columns[1:], cells, strict=True):
        shade = tone if cell is there else "muted"
        column.html(f'<p class="cell {shade}" title="{escape(cell)}">{escape(cell)}</p>')


def _chosen(case_id: int, key: str) -> None:
    """Kept apart from the boxes: what a search hides stays chosen."""
    kept = [number for number in st.session_state.get(CHOSEN, []) if number != case_id]
    st.session_state[CHOSEN] = [*kept, case_id] if st.session_state[key] else kept


def _leave() -> None:
    st.button(_("Cancel"), key="teaching_leave_session", on_click=_forget)


def _forget() -> None:
    st.session_state.pop(ASKED, None)


def _open(place: Workspace) -> None:
    state = st.session_state
    wish = SessionWish(
        cohort=(state["teaching_new_cohort"] or "").strip(),
        title=state["teaching_new_title"].strip(),
        case_ids=tuple(state.get(CHOSEN, ())),
        pace=state["teaching_new_pace"],
        history_allowed=state["teaching_new_history"],
    )
    try:
        opened = sessions.open_session(place, wish, reader=place.reader())
    except OverreadError as error:
        state[_ERROR] = error
        return
    state["teaching_session"] = opened.id
    _forget()
