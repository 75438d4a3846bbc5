"""A worklist of hundreds of studies, and the truth about it by reading it all."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from benchmarks.many_studies import fill
from core.domain.study import StudyStatus
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from storage.tables import StudyRow
from storage.worklist_upkeep import StudyTallyRow

STUDIES = 700


@pytest.fixture
def full(either: Workspace) -> Workspace:
    fill(either.engine, STUDIES)
    return either


def counted(place: Workspace) -> dict[StudyStatus, int]:
    """Studies per status as the table itself has them."""
    with place.look() as look:
        rows = look.session.execute(
            select(StudyRow.status, func.count()).group_by(StudyRow.status)
        ).all()
    found = {StudyStatus(status): number for status, number in rows}
    return {status: found.get(status, 0) for status in StudyStatus}


def tallies(place: Workspace) -> int:
    with place.look() as look:
        return look.session.scalar(select(func.count(StudyTallyRow.id))) or 0


def named(place: Workspace, number: int, name: str) -> None:
    """Give a study another patient name."""
    with place.work() as work:
        work.session.execute(
            update(StudyRow).where(StudyRow.id == number).values(search_text=name.casefold())
        )


def found(place: Workspace, query: str, status: StudyStatus | None = None) -> list[int]:
    page = worklist(place, query=query, status=status, size=STUDIES).page
    assert page.total == len(page.items)
    return [item.study.id for item in page.items]
