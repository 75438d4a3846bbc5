"""A signed study becomes a teaching case: seen, set right, made."""

from __future__ import annotations

import secrets
from html import escape

import streamlit as st

from core.domain.errors import OverreadError
from core.domain.report import Sections
from core.domain.teaching import Level, Reference
from dashboard.components import messages, parts
from dashboard.components.teaching import (
    blind_read_words,
    case_button,
    case_form_film,
    case_form_findings,
)
from dashboard.components.teaching.case_form_film import Drawn
from dashboard.language import translate as _
from dashboard.navigation import REVIEW
from dashboard.services.teaching import cases
from dashboard.services.teaching.case_wish import (
    FIELDS,
    NOTE_LIMIT,
    TITLE_LIMIT,
    WORDS_LIMIT,
    CaseWish,
)
from dashboard.services.teaching.case_words import Leads
from dashboard.services.teaching.cases import CaseProposal
from dashboard.workspace import Workspace

_KEY, _MADE = "teaching_case_form", "teaching_case_made"
_SECTIONS = {"comparison": 68, "technique": 68, "findings": 140, "impression": 90}


def show(place: Workspace) -> None:
    """The form of the study that the address names; nothing where it names none."""
    if title := st.session_state.pop(_MADE, None):
        st.success(messages.plain(_("The teaching case was made: {title}").format(title=title)))
    study_id = case_button.asked()
    if study_id is None:
        return
    key = _key(study_id)
    try:
        with st.spinner(_("Looking for text in the film …")):
            chosen = st.session_state.get(f"{key}_choice")
            proposal = cases.propose_case(place, study_id, film_id=chosen)
    except OverreadError as error:
        messages.error(error)
        _back(study_id)
        return
    film, form = st.columns([3, 2], gap="medium")
    with film:
        _choice(proposal, key)
        _notes(proposal)
        drawn = case_form_film.show(proposal, key=f"{key}_{proposal.film.id}")
        _look_again(place, proposal, drawn)
    with form:
        _form(place, proposal, drawn, key)
        _back(study_id)


def _key(study_id: int) -> str:
    """Of this opening of the form; a next case of the same study begins anew."""
    known = st.session_state.get(_KEY)
    if known is None or known[0] != study_id:
        known = st.session_state[_KEY] = (study_id, secrets.token_hex(4))
    return f"case_{study_id}_{known[1]}"


def _back(study_id: int) -> None:
    with st.container(horizontal=True, gap="small"):
        st.page_link(
            REVIEW, label=_("Back to the study"), query_params={"study": str(study_id)},
            width="content",
        )  # fmt: skip
        st.button(_("Leave without a case"), key="case_leave", on_click=_leave)


def _leave() -> None:
    st.query_params.pop(case_button.STUDY, None)
    st.query_params[parts.PART] = "cases"
    st.session_state.pop(_KEY, None)


# --- the film -----------------------------------------------------------------------------------


def _choice(proposal: CaseProposal, key: str) -> None:
    """Which film the case is of, where several were signed."""
    if len(proposal.films) > 1:
        names = {
            film.id: f"{number}. {film.projection.value}, {film.columns} × {film.rows}"
            for number, film in enumerate(proposal.films, start=1)
        }
        st.selectbox(
            _("Film"), list(names), format_func=lambda film: names[film], key=f"{key}_choice"
        )


def _notes(proposal: CaseProposal) -> None:
    texts = [item for item in proposal.burned_in if not item.marker]
    if texts:
        said = _("Text in the film: {count}. It is masked unless you keep it; look for more.")
        st.warning(said.format(count=len(texts)))
    else:
        said = _("No text was found in the film beside side markers. Look for yourself: what the"
                 " search does not see stays.")  # fmt: skip
        st.html(f'<p class="muted note">{escape(said)}</p>')
    if proposal.study.phantom:
        said = _("A phantom: no patient.")
        st.html(f'<p class="muted note">{escape(said)}</p>')


def _look_again(place: Workspace, proposal: CaseProposal, drawn: Drawn) -> None:
    """The film as it will be, and what the search still finds in it."""
    if not st.toggle(_("Show the film as it will be"), key="case_masked"):
        return
    try:
        with st.spinner(_("Looking for text in the masked film …")):
            picture, left = cases.look_masked(
                place, proposal.study.id, drawn.masked, film_id=proposal.film.id
            )
    except OverreadError as error:
        messages.error(error)
        return
    st.image(picture, width=600)
    words = ", ".join(item.text for item in left if not item.marker)
    if words:
        said = _("Text is still found: {text}").format(text=words)
        st.warning(messages.plain(said))
    else:
        said = _("No text is found any more.")
        st.html(f'<p class="muted note">{escape(said)}</p>')


# --- the words ----------------------------------------------------------------------------------


def _form(place: Workspace, proposal: CaseProposal, drawn: Drawn, key: str) -> None:
    _identity(proposal)
    with st.form(f"{key}_words", border=False):
        # The long report comes last on the screen, so that the button is in sight.
        fields, acts, words = st.container(), st.container(), st.container()
        with words:
            report = _report(proposal, key)
        with fields:
            wish = _wish(proposal, drawn, report, key)
        wanted = acts.form_submit_button(_("Make the case"), type="primary", key=f"{key}_make")
    if not wanted:
        return
    try:
        case = cases.make_case(
            place, proposal.study.id, wish, reader=place.reader(), film_id=proposal.film.id
        )
    except OverreadError as error:
        messages.error(error)
        return
    st.session_state[_MADE] = case.title
    _leave()
    st.rerun()


def _identity(proposal: CaseProposal) -> None:
    if not proposal.leads:
        return
    words = {
        Leads.PATIENT: _("the patient"),
        Leads.PERSON: _("a person"),
        Leads.DATE: _("a date"),
        Leads.CONTACT: _("a number or address"),
    }
    lines = [
        f"{_(FIELDS[name])}: {', '.join(words[kind] for kind in kinds)}"
        for name, kinds in proposal.leads.items()
    ]
    said = _("Rewrite these before the case is made; somebody may be recognised:")
    st.warning("  \n".join([said, *lines]))


def _wish(proposal: CaseProposal, drawn: Drawn, report: Sections, key: str) -> CaseWish:
    title = st.text_input(
        _(FIELDS["title"]), case_form_findings.title_of(proposal.findings),
        max_chars=TITLE_LIMIT, key=f"{key}_title", help=_("Trainees see it after the commit only."),
    )  # fmt: skip
    left, right = st.columns(2)
    level = left.selectbox(
        _("Level"), list(Level), index=1, key=f"{key}_level",
        format_func=lambda each: blind_read_words.level(each.value),
    )  # fmt: skip
    kinds = [each for each in Reference if each is not Reference.PHANTOM or proposal.study.phantom]
    reference = right.selectbox(
        _("Reference"), kinds, index=kinds.index(proposal.reference), key=f"{key}_reference",
        format_func=blind_read_words.reference,
        help=_("What the truth rests on. A signed report alone is an opinion: reads of such a case"
               " are not scored."),
    )  # fmt: skip
    note = st.text_input(
        _(FIELDS["reference_note"]), max_chars=NOTE_LIMIT, key=f"{key}_note",
        placeholder=_("CT two days later"),
    )  # fmt: skip
    findings = case_form_findings.ask(proposal.findings, key)
    points = st.text_area(
        _(FIELDS["learning_points"]), max_chars=WORDS_LIMIT, height=90, key=f"{key}_points"
    )
    history = st.text_area(
        _(FIELDS["history"]), proposal.history, max_chars=WORDS_LIMIT, height=68,
        key=f"{key}_history", help=_("May be shown before the commit."),
    )  # fmt: skip
    looked = st.checkbox(
        _("I looked at the film: what text is left in it names nobody"), key=f"{key}_looked"
    )
    return CaseWish(
        title=title, level=level or Level.INTERMEDIATE, reference=reference,
        reference_note=note, findings=findings, regions=drawn.regions, masked=drawn.masked,
        history=history, learning_points=points, report=report, looked=looked,
    )  # fmt: skip


def _report(proposal: CaseProposal, key: str) -> Sections:
    """The signed words, which the teacher may rewrite; what was signed stays as it is."""
    signed = proposal.report.as_dict()
    opened = any(name in proposal.leads for name in _SECTIONS)
    with st.expander(_("Signed report, shown after the commit"), expanded=opened):
        written = {
            name: st.text_area(
                _(FIELDS[name]), signed[name], height=height, key=f"{key}_report_{name}"
            )
            for name, height in _SECTIONS.items()
        }
    return Sections(**written)
