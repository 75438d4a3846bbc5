"""Pages of the worklist and the study that comes next, in the order of the list."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update

from benchmarks.many_studies import NEWEST
from core.domain.study import StudyStatus
from dashboard.services.worklist import next_study, worklist
from dashboard.workspace import Workspace
from storage.tables import StudyRow
from tests.integration.worklist_at_scale.conftest import STUDIES


def test_pages_from_both_ends_are_the_list(full: Workspace) -> None:
    for status in (None, *StudyStatus):
        with full.look() as look:
            rows = select(StudyRow.id).order_by(StudyRow.received_at.desc(), StudyRow.id.desc())
            if status is not None:
                rows = rows.where(StudyRow.status == status.value)
            expected = list(look.session.scalars(rows))
        pages = [
            worklist(full, status=status, page=number, size=9).page
            for number in range(1, (len(expected) + 8) // 9 + 1)
        ]
        assert [item.study.id for page in pages for item in page.items] == expected
        assert {page.total for page in pages} == {len(expected)}


def test_a_page_past_the_end_is_the_last_one(full: Workspace) -> None:
    shown = worklist(full, page=10_000, size=50).page
    assert shown.page == STUDIES // 50
    assert [item.study.id for item in shown.items] == list(range(50, 0, -1))


def test_a_page_before_the_first_is_the_first(full: Workspace) -> None:
    for page in (0, -3):
        shown = worklist(full, page=page, size=50).page
        assert shown.page == 1 and shown.items[0].study.id == STUDIES


def test_studies_received_at_one_moment_keep_their_order(full: Workspace) -> None:
    with full.work() as work:
        work.session.execute(update(StudyRow).values(received_at=NEWEST))
    pages = [worklist(full, page=page, size=50).page.items for page in range(1, 15)]
    assert [item.study.id for page in pages for item in page] == list(range(STUDIES, 0, -1))


def test_the_next_study_is_the_one_below_in_the_list(full: Workspace) -> None:
    with full.look() as look:
        signed = StudyStatus.SIGNED.value
        rows = select(StudyRow.id).where(StudyRow.status != signed)
        unsigned = list(look.session.scalars(rows.order_by(StudyRow.id.desc())))
    for place, number in enumerate(unsigned[:-1]):
        assert next_study(full, number) == unsigned[place + 1]
    assert next_study(full, unsigned[-1]) == unsigned[0]
    assert next_study(full, STUDIES + 1) == unsigned[0]


def test_a_film_that_came_late_has_its_place_in_the_list(full: Workspace) -> None:
    """Numbers need not follow time: the list is sorted by arrival, and so is what comes next."""
    with full.work() as work:
        work.session.execute(update(StudyRow).values(status=StudyStatus.DRAFTED.value))
        late = NEWEST + dt.timedelta(hours=1)
        work.session.execute(update(StudyRow).where(StudyRow.id == 5).values(received_at=late))
    assert worklist(full).page.items[0].study.id == 5
    assert next_study(full, 5) == STUDIES and next_study(full, 6) == 4
