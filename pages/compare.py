"""Compare: one study, drafts of two to four models side by side."""

import streamlit as st

from dashboard.components import messages, patient_strip
from dashboard.components.compare import view
from dashboard.components.review_state import chosen_study
from dashboard.language import translate as _
from dashboard.navigation import REVIEW, WORKLIST
from dashboard.services.edit_report import open_review
from dashboard.services.read_first import require_shown
from dashboard.workspace import workspace

place = workspace()
study_id = chosen_study()
if study_id is None:
    messages.empty(_("No study is open."), WORKLIST, _("Choose one in the worklist"))
    st.stop()
address = {"study": str(study_id)}
patient_strip.show(
    place,
    open_review(place, study_id),
    at_end=lambda: st.page_link(REVIEW, label=_("Review"), query_params=address, width="content"),
)
require_shown(place, study_id)
view.show(place, study_id)
