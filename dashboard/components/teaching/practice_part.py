"""The local reader reads blind, too: what is due again, what was never read, drills."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import streamlit as st

from core.domain.teaching import Trainee
from dashboard.components import messages
from dashboard.components.models.table import lead
from dashboard.components.teaching import blind_read, progress_part_trainee
from dashboard.language import translate as _
from dashboard.navigation import WORKLIST
from dashboard.services.teaching import progress, reading, sessions, standing
from dashboard.services.teaching.reading import Turn
from dashboard.workspace import Workspace

CASE = "teaching_practice_case"
AGAIN = "teaching_practice_again"
KINDS = ("due", "cases", "drills")


@dataclass(frozen=True)
class Waiting:
    """Numbers of cases to read, by kind."""

    due: tuple[int, ...]
    cases: tuple[int, ...]
    drills: tuple[int, ...]

    def of(self, kind: str) -> tuple[int, ...]:
        found: tuple[int, ...] = getattr(self, kind)
        return found


def show(place: Workspace) -> None:
    """The case that is being read, else what could be read next."""
    trainee = sessions.local_trainee(place, reader=place.reader())
    case_id = st.session_state.get(CASE)
    if case_id is None:
        _offer(place, trainee)
        return
    again = bool(st.session_state.pop(AGAIN, False))
    position = reading.practice(place, trainee, case_id, again=again)
    # Another read of a case begins with nothing of the last one.
    key = f"practice_{case_id}_{position.committed}_{position.turn}"
    blind_read.show(
        place,
        trainee,
        position,
        key=key,
        at_end=lambda: _steps(place, trainee, position.turn),
    )


def reading_now() -> bool:
    """Whether a case is open, which then has the page for itself."""
    return st.session_state.get(CASE) is not None


def waiting(place: Workspace, trainee: Trainee) -> Waiting:
    """What there is to read: due again first, and nothing twice."""
    due = tuple(each.case_id for each in progress.due(place, trainee))
    unread = [case for case in standing.unread(place, trainee) if case.id not in due]
    return Waiting(
        due,
        tuple(case.id for case in unread if case.drill is None),
        tuple(case.id for case in unread if case.drill is not None),
    )


def _offer(place: Workspace, trainee: Trainee) -> None:
    lead(_("Read blind by yourself: commit first, then see the answer."))
    found = waiting(place, trainee)
    words = {
        "due": (_("due again"), _("Read what is due")),
        "cases": (_("cases not read yet"), _("Read a case")),
        "drills": (_("drills not read yet"), _("Read a drill")),
    }
    if not any(found.of(kind) for kind in KINDS):
        messages.empty(
            _("There is nothing to read: no case is new, and nothing is due."),
            WORKLIST,
            _("Make a case of a signed study"),
        )
    else:
        with st.container(horizontal=True, gap="large", key="practice_offer"):
            first = next(kind for kind in KINDS if found.of(kind))
            for kind in KINDS:
                label, action = words[kind]
                count = len(found.of(kind))
                with st.container(width="content", gap="small"):
                    st.html(
                        f'<div class="figures"><div><b>{count}</b>'
                        f"<span>{escape(label)}</span></div></div>"
                    )
                    st.button(
                        action,
                        key=f"teaching_practise_{kind}",
                        type="primary" if kind == first else "secondary",
                        disabled=not count,
                        on_click=_begin,
                        args=(found, kind),
                    )
    heading = _("How you read so far")
    st.html(f'<h4 class="part_heading">{escape(heading)}</h4>')
    progress_part_trainee.show_curves(place, trainee)


def _begin(found: Waiting, kind: str) -> None:
    st.session_state[CASE] = found.of(kind)[0]
    # What is due was committed before, and is read anew.
    st.session_state[AGAIN] = kind == "due"


def _steps(place: Workspace, trainee: Trainee, turn: Turn) -> None:
    with st.container(horizontal=True, gap="small", width="content", key="practice_steps"):
        st.button(_("Leave"), key="teaching_practice_leave", on_click=_leave)
        if turn is not Turn.REVEALED:
            return
        found = waiting(place, trainee)
        following = next((kind for kind in KINDS if found.of(kind)), None)
        if following is not None:
            st.button(
                _("Next"),
                key="teaching_practice_next",
                type="primary",
                on_click=_begin,
                args=(found, following),
            )


def _leave() -> None:
    st.session_state.pop(CASE, None)
