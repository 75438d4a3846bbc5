"""Counts per status are the same with tallies as by counting."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text, update

from core.domain.study import StudyStatus
from dashboard.services.worklist import next_study, worklist
from dashboard.workspace import Workspace
from storage.tables import StudyRow
from storage.worklist_upkeep import FOLD_EVERY
from tests.integration.worklist_at_scale.conftest import STUDIES, counted, tallies


def test_an_empty_worklist_has_nothing(either: Workspace) -> None:
    shown = worklist(either, page=7)
    assert shown.page.items == () and shown.page.total == 0
    assert shown.counts == dict.fromkeys(StudyStatus, 0)
    assert next_study(either, 1) is None


def test_counts_are_those_of_the_table_after_every_change(full: Workspace) -> None:
    assert worklist(full).counts == counted(full)
    with full.work() as work:
        for number in range(1, 20):
            work.studies.set_status(number, StudyStatus.IN_PROGRESS)
    assert worklist(full).counts == counted(full)
    with full.work() as work:
        work.session.execute(text("DELETE FROM job_events"))
        work.session.execute(text("DELETE FROM jobs"))
        work.session.execute(text("DELETE FROM studies WHERE id > 500"))
    shown = worklist(full)
    assert shown.counts == counted(full) and shown.page.total == 500


def test_what_is_rolled_back_is_not_counted(full: Workspace) -> None:
    before = worklist(full).counts
    with pytest.raises(RuntimeError), full.work() as work:
        work.session.execute(update(StudyRow).values(status=StudyStatus.SIGNED.value))
        raise RuntimeError
    assert worklist(full).counts == before == counted(full)


def test_tallies_stay_few(full: Workspace) -> None:
    for status in (StudyStatus.WAITING, StudyStatus.DRAFTED) * 2:
        with full.work() as work:
            for number in range(1, 200):
                work.studies.set_status(number, status)
    assert tallies(full) < 2 * FOLD_EVERY
    assert worklist(full).counts == counted(full)


def test_many_writers_at_once_are_all_counted(full: Workspace) -> None:
    """Eight threads change studies of their own; none of them waits for a row of another."""

    def change(first: int) -> None:
        for number in range(first, STUDIES + 1, 8):
            for status in (StudyStatus.WAITING, StudyStatus.SIGNED):
                with full.work() as work:
                    work.studies.set_status(number, status)

    threads = [threading.Thread(target=change, args=(first,)) for first in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted(full)[StudyStatus.SIGNED] == STUDIES
    assert worklist(full).counts == counted(full)
