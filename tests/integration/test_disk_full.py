"""A disk without room: one sentence, nothing by halves, and on it goes when there is room again.

On a small file system of its own where this account may mount one, and under a limit on the size of
files everywhere.
"""

from __future__ import annotations

import datetime as dt
import errno
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from core.domain.draft import Draft
from core.domain.errors import StorageFullError, StorageUnavailableError
from core.domain.job import JobState
from core.domain.reader import Reader
from core.settings import Settings
from dashboard.__main__ import main
from dashboard.api.application import api
from dashboard.guard import LoopbackGuard
from dashboard.jobs.dispatcher import PAUSE, Dispatcher
from dashboard.services.addendum import add_addendum
from dashboard.services.backup import backup
from dashboard.services.edit_report import mark_opened, open_review, save_report
from dashboard.services.receive_study import receive_file
from dashboard.services.request_draft import finished_draft
from dashboard.services.restore import restore
from dashboard.services.sign_report import sign
from dashboard.services.verify_chain import verify_chain
from dashboard.services.verify_store import verify_store
from dashboard.workspace import Workspace, open_workspace, prepare, workspace
from storage.blobs import BlobStore
from storage.manifest import read_manifest
from storage.seal import Head, Seal
from tests.factories import dicom_bytes, film_pixels
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_jobs import OneThread, job_of
from tests.integration.test_report_life_cycle import TEXT, override_all, write_and_sign

SIZE = "4m"


def mounts() -> bool:
    """Whether this account may mount a file system."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    tried = subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True)
    return tried.returncode == 0


@dataclass
class Disk:
    """Where a home folder lies, with a way to leave no room in it."""

    folder: Path
    kind: str

    @contextmanager
    def full(self) -> Iterator[None]:
        filler = self.folder / "filler"
        if self.kind == "limit":
            soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (16, hard))
            try:
                yield
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            return
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError) as told:
            while True:
                file.write(b"x" * 4096)
        assert told.value.errno == errno.ENOSPC
        try:
            yield
        finally:
            filler.unlink()

    @contextmanager
    def refuses(self) -> Iterator[None]:
        """What is done here ends in the sentence about the full disk."""
        # SQLite reports a limit on the size of files as a fault of the disk.
        wanted = StorageFullError if self.kind == "tmpfs" else StorageUnavailableError
        with pytest.raises(wanted) as told:
            yield
        assert str(told.value).endswith(".")


@pytest.fixture(params=["tmpfs", "limit"] if mounts() else ["limit"])
def disk(
    request: pytest.FixtureRequest, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Disk]:
    folder = tmp_path / "small"
    folder.mkdir()
    monkeypatch.setenv("OVERREAD_HOME", str(folder / "home"))
    if request.param == "tmpfs":
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], check=True)
    yield Disk(folder, request.param)
    if request.param == "tmpfs":
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def there(disk: Disk) -> Iterator[Workspace]:
    """A prepared workspace on the small disk, on SQLite."""
    place = workspace()
    prepare(place)
    yield place
    place.engine.dispose()


def empty_log(place: Workspace) -> None:
    """Pages of the write-ahead log are used again: without this, some writes would need no room."""
    with place.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        connection.rollback()
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


TABLES = ("studies", "series", "instances", "reports", "jobs", "drafts", "evidence",
          "signed_versions", "corrections", "addenda")  # fmt: skip


def rows(place: Workspace) -> dict[str, int]:
    with place.look() as look:
        count = {t: look.session.execute(text(f"SELECT count(*) FROM {t}")) for t in TABLES}
        return {table: answer.scalar_one() for table, answer in count.items()}


def half_files(place: Workspace) -> list[Path]:
    return [path for path in place.settings.home.rglob(".*-*") if path.is_file()]


@pytest.fixture
def refused_then_done(disk: Disk, there: Workspace) -> Callable[[Callable[[], object]], None]:
    """An action that finds no room, changes nothing, and works when there is room again."""

    def attempt(act: Callable[[], object]) -> None:
        before = rows(there)
        empty_log(there)
        with disk.full(), disk.refuses():
            act()
        assert rows(there) == before and half_files(there) == []
        act()
        assert verify_store(there).sound

    return attempt


Attempt = Callable[[Callable[[], object]], None]


def test_intake(there: Workspace, reader: Reader, refused_then_done: Attempt) -> None:
    content = dicom_bytes()
    refused_then_done(lambda: receive_file(there, "film.dcm", content, reader=reader))
    assert rows(there)["instances"] == 1


def test_typing(there: Workspace, reader: Reader, refused_then_done: Attempt) -> None:
    study_id = take_in(there, reader).study_id
    version = open_review(there, study_id).report.version
    refused_then_done(lambda: save_report(there, study_id, TEXT, version=version, reader=reader))
    assert open_review(there, study_id).report.sections == TEXT


def test_signing(there: Workspace, reader: Reader, refused_then_done: Attempt) -> None:
    study_id = take_in(there, reader).study_id
    version = open_review(there, study_id).report.version
    version = save_report(there, study_id, TEXT, version=version, reader=reader).version
    reasons = override_all(there, study_id)
    refused_then_done(
        lambda: sign(there, study_id, version=version, reader=reader, resolutions=reasons)
    )
    assert verify_chain(there) == 1 and there.seal.head().sequence == 1
    refused_then_done(lambda: add_addendum(there, study_id, "Late note.", reader=reader))
    assert verify_chain(there) == 2 and there.seal.head().sequence == 2


def test_drafting(disk: Disk, there: Workspace, reader: Reader) -> None:
    """The job waits, and no attempt is counted."""
    study_id = take_in(there, reader).study_id
    job = job_of(there, study_id)
    empty_log(there)
    with disk.full(), disk.refuses():
        draft_next(there)
    assert job_of(there, study_id) == job and half_files(there) == []
    draft_next(there)
    assert isinstance(finished_draft(there, study_id), Draft)
    assert verify_store(there).sound


def test_reading_goes_on(disk: Disk, there: Workspace, reader: Reader) -> None:
    study_id = take_in(there, reader).study_id
    empty_log(there)
    with disk.full():
        review = open_review(there, study_id)
        mark_opened(there, study_id, reader=reader)
        assert there.blobs.get(review.study.instances[0].blob_digest)
    assert review.study.id == study_id


def test_the_interface_says_so(disk: Disk, there: Workspace, reader: Reader) -> None:
    client = TestClient(LoopbackGuard(api), base_url="http://127.0.0.1:8501")
    study_id = take_in(there, reader).study_id
    known = client.get(f"/studies/{study_id}/report").json()
    report = {"sections": known["sections"], "version": known["version"]}
    empty_log(there)
    with disk.full():
        answer = client.put(f"/studies/{study_id}/report", json=report)
        sent = client.post("/studies", files=[("files", ("film.dcm", dicom_bytes()))])
    wanted = (507, "storage_full") if disk.kind == "tmpfs" else (503, "storage_unavailable")
    assert (answer.status_code, answer.json()["error"]["code"]) == wanted
    assert (sent.status_code, sent.json()["error"]["code"]) == (507, "storage_full")
    assert client.put(f"/studies/{study_id}/report", json=report).status_code == 200


def test_a_first_start_says_so(disk: Disk) -> None:
    with disk.full():
        assert main(["verify"]) == 1
    assert main(["verify"]) == 0
    workspace().engine.dispose()


def test_blobs_and_seal_leave_no_half_file(disk: Disk) -> None:
    blobs, seal = BlobStore(disk.folder / "blobs"), Seal(disk.folder / "chain")
    seal.create()
    with disk.full():
        with pytest.raises(StorageFullError):
            blobs.put(b"film" * 4000)
        with pytest.raises(StorageFullError):
            seal.advance(Head(1, "a" * 64))
    assert seal.head() == Head()
    assert [path for path in disk.folder.rglob(".*-*") if path.is_file()] == []
    assert blobs.sound(blobs.put(b"film" * 4000))


def test_a_signature_stands_although_its_head_finds_no_room(
    disk: Disk, postgres_url: str, monkeypatch: pytest.MonkeyPatch, reader: Reader
) -> None:
    """The database may lie on another disk than the folder."""
    monkeypatch.setenv("OVERREAD_DATABASE_URL", postgres_url)
    place = workspace()
    with place.engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    prepare(place)
    study_id = take_in(place, reader).study_id
    with disk.full():
        signed = write_and_sign(place, study_id, reader)
        assert place.seal.head() == Head()
    assert verify_chain(place) == 1 and place.seal.head() == Head(1, signed.digest)
    place.engine.dispose()


def test_a_job_that_found_no_room_waits_and_is_not_counted(
    place: Workspace, reader: Reader
) -> None:
    study_id = take_in(place, reader).study_id
    full = [True]

    def act(job: object) -> None:
        if full[0]:
            raise StorageFullError()
        with place.work() as work:
            work.jobs.finish(job.id, JobState.DONE)  # type: ignore[attr-defined]

    executor = OneThread(act)
    dispatcher = Dispatcher(place, lambda _place: executor)
    now = dt.datetime.now(dt.UTC)
    for _ in range(5):
        for _step in range(3):
            dispatcher.step(now)
        now += PAUSE
    assert len(executor.seen) == 5
    assert (job_of(place, study_id).state, job_of(place, study_id).attempts) in (
        (JobState.QUEUED, 0), (JobState.RUNNING, 1),
    )  # fmt: skip
    full[0] = False
    for _step in range(3):
        now += PAUSE
        dispatcher.step(now)
    assert job_of(place, study_id).state is JobState.DONE


def test_a_worker_that_finds_no_room_comes_back(
    disk: Disk, there: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dispatcher's own thread lives through it, too."""
    monkeypatch.setattr("dashboard.jobs.dispatcher.POLL_SECONDS", 0.05)
    study_id = take_in(there, reader).study_id
    empty_log(there)
    dispatcher = Dispatcher(there, lambda _place: OneThread(lambda _job: None))
    with disk.full():
        dispatcher.start()
        dispatcher._stop.wait(0.5)
        assert dispatcher.alive
    dispatcher.stop()
    assert job_of(there, study_id).state in (JobState.QUEUED, JobState.RUNNING)


def test_a_backup_without_room_keeps_the_former_one(
    disk: Disk, place: Workspace, reader: Reader
) -> None:
    folder = disk.folder / "backup"
    take_in(place, reader)
    former = backup(place, folder)
    take_in(place, reader, pixels=film_pixels(400, 400, seed=2))
    with disk.full(), disk.refuses():
        backup(place, folder)
    assert read_manifest(folder) == former
    assert [path.name for path in folder.glob("snapshot-*")] == [former.snapshot]
    assert not list(folder.rglob(".part-*"))
    assert backup(place, folder).blobs == former.blobs + 2


def test_a_restore_without_room_leaves_nothing(
    disk: Disk, tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Settings(home=tmp_path / "elsewhere")
    source = open_workspace(elsewhere)
    prepare(source)
    write_and_sign(source, take_in(source, reader).study_id, reader)
    backup(source, tmp_path / "backup")
    source.engine.dispose()
    home = disk.folder / "home"
    with disk.full(), disk.refuses():
        restore(Settings(), tmp_path / "backup")
    assert not home.exists()
    assert restore(Settings(), tmp_path / "backup") == 1
