"""The worklist: one page of studies and the counts per status."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.job import Job
from core.domain.study import StudyStatus
from dashboard.workspace import Workspace
from storage.repositories.worklist import PAGE_SIZE, TopFinding, WorklistItem, WorklistPage

__all__ = ["PAGE_SIZE", "TopFinding", "Worklist", "WorklistItem", "next_study", "worklist"]


@dataclass(frozen=True)
class Worklist:
    page: WorklistPage
    jobs: dict[int, Job]
    counts: dict[StudyStatus, int]


def worklist(
    place: Workspace,
    *,
    status: StudyStatus | None = None,
    query: str = "",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Worklist:
    """One page, newest first; see storage.repositories.worklist.WorklistRepository.page."""
    with place.look() as look:
        found = look.worklist.page(status=status, query=query, page=page, size=size)
        jobs = look.jobs.newest([item.study.id for item in found.items])
        return Worklist(found, jobs, look.worklist.counts())


def next_study(place: Workspace, after: int) -> int | None:
    """The next unsigned study below ``after``, else the newest unsigned one."""
    with place.look() as look:
        return look.worklist.next_unsigned(after)
