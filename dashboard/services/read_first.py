"""Read first: a study opened bare, its draft hidden until the reader reveals it.

What is hidden belongs to the study, not to a session: a reload, another window or a client of the
API finds it hidden as well, until somebody reveals it or the report is signed.
"""

from __future__ import annotations

import logging

from core.domain.errors import DraftHiddenError
from core.domain.reader import Reader
from core.domain.report import Sections, WorkingReport
from core.reporting.translation import in_language
from core.reporting.wording import technique
from dashboard.services.edit_report import require_unsigned
from dashboard.services.offer_draft import offer
from dashboard.workspace import Workspace

logger = logging.getLogger(__name__)


def open_bare(place: Workspace, study_id: int, *, reader: Reader) -> bool:
    """Hide the draft of a study that nobody has read yet; returns whether it is hidden now.

    Unread is a study that nobody signed or typed in, and that nobody opened while it had a draft.
    What a draft had filled in is taken out of the report again.

    Raises
    ------
    NotFoundError, DatabaseUnavailableError, StorageUnavailableError
    """
    with place.work() as work:
        report = work.reports.get(study_id, lock=True)
        if work.signed.is_signed(study_id):
            return False
        opened = work.reports.times(study_id).opened_at is not None
        seen = opened and work.drafts.latest(study_id) is not None
        if report.read_first or report.typed or seen:
            return report.hidden
        study = work.studies.get(study_id)
        stated = technique(study.chest_projections, report.language)
        bare = Sections(indication=study.indication, technique=stated)
        work.reports.hide_draft(study_id, bare)
        work.worklist.set_top_finding(study_id, None)
    logger.info("reader %d reads study %d before its draft", reader.id, study_id)
    return True


def reveal(place: Workspace, study_id: int, *, reader: Reader) -> WorkingReport:
    """Keep the text as it stands, then let the draft come: into the text where nobody has typed,
    else beside it. A draft that is not hidden stays as it is.

    Raises
    ------
    NotFoundError, ReportSignedError
    """
    with place.work() as work:
        require_unsigned(work, study_id)
        report = work.reports.get(study_id)
        if not report.hidden:
            return report
        work.reports.reveal(study_id)
        draft = work.drafts.latest(study_id)
        if draft is not None:
            offer(work, work.studies.get(study_id), in_language(draft, report.language))
        report = work.reports.get(study_id)
    logger.info("reader %d reveals the draft of study %d", reader.id, study_id)
    return report


def require_shown(place: Workspace, study_id: int) -> None:
    """Refuse what would give away a hidden draft.

    Raises
    ------
    NotFoundError, DraftHiddenError
    """
    with place.look() as look:
        if look.reports.get(study_id).hidden and not look.signed.is_signed(study_id):
            raise DraftHiddenError()


def require_map_shown(place: Workspace, evidence_id: int) -> None:
    """Refuse a map of a hidden draft.

    Raises
    ------
    NotFoundError, DraftHiddenError
    """
    with place.look() as look:
        study_id = look.drafts.study_of_evidence(evidence_id)
    require_shown(place, study_id)
