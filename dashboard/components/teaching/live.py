"""A session as it goes: who is how far, and how the case on show was answered."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.domain.teaching import TeachingCase, TeachingSession
from dashboard.components import messages
from dashboard.components.teaching import live_answers, live_film, live_members, live_steps
from dashboard.components.teaching.view_words import present_words, reference_words
from dashboard.language import translate as _
from dashboard.services.teaching import progress, sessions, standing
from dashboard.services.teaching.progress import Distribution
from dashboard.workspace import Workspace

LOOK_SECONDS = 2
"""Between two looks at an open session."""


def show(place: Workspace, session: TeachingSession) -> None:
    """The case on show with its answers, and below who is how far."""
    at = live_steps.position(session)
    case = standing.case(place, session.case_ids[at])
    live_film.show_picture(place, case.film)
    left, right = st.columns([5, 6], gap="medium")
    with right:
        _title(session, at)
        live_steps.show(place, session)
        open_to_all = live_steps.leads(session) and session.revealed
        seen = open_to_all or _peek(session, at)
        _answers(place, session, case, seen=seen)
        if seen:
            st.html(reference_html(case))
        _members(place, session)
    with left:
        _film(place, session, case, seen=seen)


def _title(session: TeachingSession, at: int) -> None:
    words = _("Case {number} of {count}").format(number=at + 1, count=len(session.case_ids))
    st.html(f'<p class="on_show">{escape(words)}</p>')


def _peek(session: TeachingSession, at: int) -> bool:
    """The answer for the teacher alone; asked anew for each case, since a room may look on."""
    return st.toggle(
        _("Show the reference here"),
        key=f"teaching_peek_{session.id}_{at}_{session.revealed}",
        help=_("On this screen alone: a projector shows it to the room."),
    )


def _every(session: TeachingSession) -> int | None:
    return LOOK_SECONDS if session.open else None


def _answers(place: Workspace, session: TeachingSession, case: TeachingCase, *, seen: bool) -> None:
    @st.fragment(run_every=_every(session))
    @messages.shown_here()
    def looked_at() -> None:
        now = sessions.session(place, session.id)
        if (now.position, now.revealed, now.open) != (
            session.position,
            session.revealed,
            session.open,
        ):
            # Another window of the teacher went on.
            st.rerun(scope="app")
        found = progress.distribution(place, session.id, case.id)
        truth = case if seen else None
        html = live_answers.answers_html(found, truth, live_answers.colours())
        st.html(f'<div class="live">{_committed(found)}{html}</div>')

    looked_at()


def _committed(found: Distribution) -> str:
    words = _("{count} of {all} committed").format(
        count=f"<b>{found.committed}</b>", all=f"<b>{found.joined}</b>"
    )
    share = round(100 * found.committed / found.joined) if found.joined else 0
    return (
        f'<p class="committed">{words}</p>'
        f'<span class="bar wide"><i style="width: {share}%"></i></span>'
    )


def _film(place: Workspace, session: TeachingSession, case: TeachingCase, *, seen: bool) -> None:
    @st.fragment(run_every=_every(session))
    @messages.shown_here()
    def looked_at() -> None:
        found = progress.distribution(place, session.id, case.id)
        marks = found.marks if found.committed >= found.least else ()
        alt = _("Film of the case with {count} marks").format(count=len(marks))
        regions = case.regions if seen else ()
        drawn = live_film.overlay_html(case.film, marks, regions, live_answers.colours(), alt)
        st.html(f'<div class="live">{drawn}</div>')

    looked_at()


def reference_html(case: TeachingCase) -> str:
    """What the case teaches: reference, learning points, the signed impression."""
    source = " · ".join(filter(None, (reference_words(case), case.reference_note)))
    parts = [
        (_("Case"), case.title),
        (_("Reference"), present_words(case.findings)),
        (_("rests on"), source),
        (_("Learning points"), case.learning_points),
        (_("History"), case.history),
        (_("Signed impression"), case.report.impression),
    ]
    lines = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in parts if text
    )
    return f'<dl class="definitions reference">{lines}</dl>'


def _members(place: Workspace, session: TeachingSession) -> None:
    @st.fragment(run_every=_every(session))
    @messages.shown_here()
    def looked_at() -> None:
        st.html(live_members.members_html(place, session))

    looked_at()
