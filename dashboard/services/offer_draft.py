"""A draft that was asked for the report, offered to it."""

from __future__ import annotations

from core.domain.draft import Draft
from core.domain.study import Study, StudyStatus
from core.reporting import drafting
from storage.unit_of_work import UnitOfWork


def offer(work: UnitOfWork, study: Study, draft: Draft) -> None:
    """Show the draft in the worklist and put its text where nobody has typed yet.

    While the study is read first, nothing of the draft goes anywhere.
    """
    assert draft.id is not None
    if work.reports.get(study.id, lock=True).hidden:
        return
    show_in_worklist(work, study, draft)
    # A draft without a sentence is no text that a reader could be said to have edited.
    source = draft.id if draft.sentences else None
    if work.reports.fill(study.id, draft.sections, source, language=draft.language):
        status = StudyStatus.WAITING if draft.refusal else StudyStatus.DRAFTED
        work.studies.set_status(study.id, status)


def show_in_worklist(work: UnitOfWork, study: Study, draft: Draft) -> None:
    """Name what the draft puts first, or why it puts nothing."""
    ordered = drafting.in_reading_order(draft.findings)
    top = next((finding for finding in ordered if finding.drafted), None)
    # A refusal has one warning: why.
    withheld = draft.warnings[0].code if draft.refusal else ""
    work.worklist.set_top_finding(study.id, top, withheld=withheld)
