"""Another process keeps the database; the server of PostgreSQL is stopped; the pool is used up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine

from core.domain.errors import DatabaseUnavailableError, OverreadError
from core.domain.reader import Reader
from core.settings import Settings
from dashboard.__main__ import main
from dashboard.api.application import api
from dashboard.guard import LoopbackGuard
from dashboard.services.edit_report import mark_opened, open_review, save_report
from dashboard.services.sign_report import sign
from dashboard.services.verify_chain import verify_chain
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace, open_workspace, prepare, workspace
from storage import engine as engines
from storage.unit_of_work import UnitOfWork
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import TEXT, override_all, write_and_sign
from tests.postgres import stopped_for_a_while, temporary_postgres

HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held_by_another(place: Workspace) -> Iterator[None]:
    """Another process holds SQLite's write lock, as a copying tool or a second server may."""
    database = str(place.engine.url.database)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, database],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield
        holder.communicate("")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[Workspace]:
    """A workspace on SQLite that waits for a lock for a moment only."""
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_MS", 100)
    place = workspace()
    prepare(place)
    yield place
    place.engine.dispose()


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(DatabaseUnavailableError, match="does not answer"):
        act()


def test_writers_wait_and_are_told_while_readers_read_on(
    impatient: Workspace, reader: Reader
) -> None:
    place = impatient
    typed, ready = (take_in(place, reader, PatientID=patient).study_id for patient in "12")
    version = open_review(place, typed).report.version
    seen = save_report(
        place, ready, TEXT, version=open_review(place, ready).report.version, reader=reader
    ).version
    reasons = override_all(place, ready)
    acts = (
        lambda: take_in(place, reader, PatientID="3"),
        lambda: save_report(place, typed, TEXT, version=version, reader=reader),
        lambda: sign(place, ready, version=seen, reader=reader, resolutions=reasons),
    )
    with held_by_another(place):
        for act in acts:
            refused(act)
        assert worklist(place).page.total == 2
        assert open_review(place, ready).report.sections == TEXT
        mark_opened(place, typed, reader=reader)
        assert verify_chain(place) == 0
    for act in acts:
        act()
    assert worklist(place).page.total == 3 and verify_chain(place) == 1


def test_the_interface_says_so(impatient: Workspace, reader: Reader) -> None:
    client = TestClient(LoopbackGuard(api), base_url="http://127.0.0.1:8501")
    study_id = take_in(impatient, reader).study_id
    known = client.get(f"/studies/{study_id}/report").json()
    body = {"sections": known["sections"], "version": known["version"]}
    with held_by_another(impatient):
        answer = client.put(f"/studies/{study_id}/report", json=body)
        assert client.get(f"/studies/{study_id}").status_code == 200
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "database_unavailable"
    assert client.put(f"/studies/{study_id}/report", json=body).status_code == 200


def test_a_server_of_postgresql_that_goes_and_comes_back(
    home: Path, monkeypatch: pytest.MonkeyPatch, reader: Reader
) -> None:
    with temporary_postgres() as url:
        if url is None:
            pytest.skip("no PostgreSQL server here: apt-get install postgresql")
        monkeypatch.setenv("OVERREAD_DATABASE_URL", url)
        place = open_workspace(Settings())
        prepare(place)
        study_id = take_in(place, reader).study_id
        with stopped_for_a_while(place.engine):
            refused(lambda: take_in(place, reader))
            refused(lambda: write_and_sign(place, study_id, reader))
            refused(lambda: open_review(place, study_id))
            assert main(["verify"]) == 1
        write_and_sign(place, study_id, reader)
        draft_next(place)
        assert verify_chain(place) == 1
        place.engine.dispose()
        workspace().engine.dispose()


def test_a_used_up_pool_is_an_unavailable_database(place: Workspace) -> None:
    small = create_engine(place.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    with UnitOfWork(small):
        refused(lambda: UnitOfWork(small).__enter__())
    with UnitOfWork(small) as work:
        assert not work.signed.any()
    small.dispose()


def test_signing_drafting_and_intake_of_one_study_never_wait_for_each_other(
    either: Workspace, reader: Reader
) -> None:
    """A deadlock would end one of them in an unavailable database."""
    for number in range(12):
        uid = f"1.2.3.9.{number}"
        study_id = take_in(either, reader, StudyInstanceUID=uid).study_id
        together(
            lambda s=study_id: write_and_sign(either, s, reader),  # type: ignore[misc]
            lambda: draft_next(either),
            lambda u=uid: take_in(either, reader, StudyInstanceUID=u),  # type: ignore[misc]
        )
        while waiting(either):
            draft_next(either)
    verify_chain(either)


def waiting(place: Workspace) -> bool:
    with place.look() as look:
        return look.jobs.waiting()


def together(*acts: Callable[[], object]) -> None:
    """Run all of them at one moment; being too late is no fault, waiting for each other is."""
    start = Barrier(len(acts))

    def act(one: Callable[[], object]) -> OverreadError | None:
        start.wait()
        try:
            one()
        except OverreadError as error:
            return error
        return None

    with ThreadPoolExecutor(len(acts)) as hands:
        told = [error for error in hands.map(act, acts) if error is not None]
    assert not [error for error in told if isinstance(error, DatabaseUnavailableError)]
