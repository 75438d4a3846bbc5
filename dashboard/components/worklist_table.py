"""Worklist rows for the study table."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from core.domain.errors import N_
from core.domain.job import Job, JobState
from core.domain.study import Projection, Study
from core.reporting import caveats
from dashboard.components import reading_first, study_table
from dashboard.components.worklist_filters import STATUS_LABELS
from dashboard.language import translate as _
from dashboard.navigation import REVIEW
from dashboard.services.worklist import Worklist, WorklistItem

_WITHHELD = {
    caveats.NOT_FRONTAL.code: N_("not a frontal chest film"),
    caveats.UNDER_16.code: N_("under 16 years"),
}
_SIDES = {"left": "L", "right": "R", "bilateral": "B"}


def show(found: Worklist, *, filtered: bool) -> None:
    """The table, or one sentence where it is empty."""
    empty = (
        _("No study matches. Clear the filters to see all.")
        if filtered
        else _("No studies yet. Drop DICOM, PNG or JPEG files above.")
    )
    rows = [_row(item, found.jobs.get(item.study.id)) for item in found.page.items]
    study_table.show(rows, key="worklist", empty=empty, on_open=_open)
    if study_id := st.session_state.pop("open_study", None):
        st.switch_page(REVIEW, query_params={"study": str(study_id)})


def _open(study_id: int) -> None:
    # A callback cannot switch pages; the run that follows it does.
    st.session_state["open_study"] = study_id


def _row(item: WorklistItem, job: Job | None) -> study_table.StudyRow:
    study = item.study
    bare = reading_first.unlisted(study.status)
    top = None if bare else item.top
    patient = study.patient
    return study_table.StudyRow(
        study_id=study.id,
        patient=patient.display_name or _("no name"),
        patient_id=patient.patient_id,
        age_sex=age_sex(study),
        projections=projection_words(item.projections),
        indication=study.indication,
        finding=_(top.name) if top else "",
        side=_SIDES.get(top.laterality or "", "") if top else "",
        value=top.value if top else None,
        operating_point=top.operating_point if top else None,
        certainty=top.certainty.value if top else "",
        status=study.status.value,
        status_label=_(STATUS_LABELS[study.status]),
        study_time=f"{study.study_datetime:%Y-%m-%d %H:%M}" if study.study_datetime else "",
        age_label=since(study.received_at),
        reader=item.signed_by,
        phantom=study.phantom,
        draft_state=draft_words(job) or ("" if bare else withheld_words(item.withheld)),
    )


def draft_words(job: Job | None) -> str:
    """Where the draft of a study stands, as long as it is not there."""
    if job is None or job.state in (JobState.DONE, JobState.CANCELLED):
        return ""
    if job.state is JobState.FAILED:
        return _("draft failed")
    if job.state is JobState.QUEUED:
        return _("waiting for a draft")
    return _("drafting {percent} %").format(percent=round(job.progress * 100))


def withheld_words(code: str) -> str:
    """Why a draft names nothing at all, for the codes that are about the film or the patient."""
    words = _WITHHELD.get(code)
    return _(words) if words else ""


def age_sex(study: Study) -> str:
    """Age in years and sex, as far as known."""
    age = "" if study.age is None else str(study.age)
    return " ".join(filter(None, (study.patient.sex, age)))


def projection_words(projections: str) -> str:
    """Projections as a reader writes them; nothing where the header says nothing."""
    words = {Projection.LATERAL.value: _("LAT"), Projection.UNKNOWN.value: ""}
    return " + ".join(filter(None, (words.get(item, item) for item in projections.split())))


def since(moment: dt.datetime) -> str:
    """How long ago, in the largest unit that fits."""
    seconds = max(0, int((dt.datetime.now(dt.UTC) - moment).total_seconds()))
    if seconds < 3600:
        return _("{count} min").format(count=seconds // 60)
    if seconds < 86400:
        return _("{count} h").format(count=seconds // 3600)
    return _("{count} d").format(count=seconds // 86400)
