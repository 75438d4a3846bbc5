"""The review: film, findings of the model and report of one study, side by side."""

import streamlit as st

from dashboard.components import (
    messages,
    patient_strip,
    reading_first,
    review_conversation,
    review_panels,
    sign_dialog,
    signatures,
)
from dashboard.components.review_state import chosen_study, follow_requests, newly_opened
from dashboard.components.teaching import case_button
from dashboard.language import translate as _
from dashboard.navigation import COMPARE, WORKLIST
from dashboard.services.edit_report import mark_opened, open_review
from dashboard.workspace import workspace

place = workspace()
follow_requests(place)
study_id = chosen_study()
if study_id is None:
    messages.empty(_("No study is open."), WORKLIST, _("Choose one in the worklist"))
    st.stop()
if newly_opened(study_id):
    if reading_first.is_on():
        reading_first.hide(place, study_id)
    mark_opened(place, study_id, reader=place.reader())
review = open_review(place, study_id)


def beside() -> None:
    """What the line offers at its end."""
    # A signed report has been read: its line needs the room for the patient's name.
    if not review.signed:
        reading_first.switch(place, study_id)
    if not review.hidden:
        address = {"study": str(study_id)}
        st.page_link(COMPARE, label=_("Compare models"), query_params=address, width="content")
    case_button.show(place, review)
    review_conversation.switch(study_id)


patient_strip.show(place, review, at_end=beside)
film, report = st.columns([3, 2], gap="small")
with film:
    review_panels.show_film(review, review_conversation.maps(place, study_id))
if review_conversation.is_open():
    with report:
        review_conversation.show(place, review, review_panels.HEIGHT)
    st.stop()
with report:
    waiting = review.job is not None and review.job.state.open
    # What the page has just read; when the fragment runs by itself later, it reads anew.
    at_hand = [review]

    @st.fragment(run_every=1 if waiting else None)
    def findings() -> None:
        """Follows a running draft; the whole page runs again when one has begun or ended."""
        now = at_hand.pop() if at_hand else open_review(place, study_id)
        # A button in here runs this fragment alone, whose pace was set before it was pressed.
        if now.job is not None and now.job.state.open != waiting:
            st.rerun(scope="app")
        review_panels.show_findings(place, now)

    findings()
    review_panels.show_report(place, review)
    if review.signed:
        signatures.show(review)
sign_dialog.show_if_asked(place, review)
