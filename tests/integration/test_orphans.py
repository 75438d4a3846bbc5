"""What a kill leaves behind is swept before anything is served, and nothing that is in use."""

from __future__ import annotations

import datetime as dt
import logging
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from core.domain.errors import SignedRecordBrokenError
from core.domain.job import JobState
from core.domain.reader import Reader
from dashboard.jobs.dispatcher import Dispatcher
from dashboard.services.settle import settle
from dashboard.services.verify_chain import verify_chain
from dashboard.services.verify_store import verify_store
from dashboard.workspace import Workspace, open_workspace
from storage.blobs import BlobStore
from storage.named import collected, named_digests
from storage.occupancy import Occupancy
from storage.orphans import KEPT_SECONDS, Swept, sweep
from storage.seal import Seal
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_immutability import unguard
from tests.integration.test_jobs import OneThread, job_of
from tests.integration.test_report_life_cycle import write_and_sign

ROOT = Path(__file__).resolve().parents[2]
LIVE_HERE = """
import sys, time
from pathlib import Path
from storage.occupancy import Occupancy
occupancy = Occupancy(Path(sys.argv[1]))
occupancy.join()
print("here", flush=True)
time.sleep(60)
"""


def swept_now(place: Workspace) -> Swept | None:
    """As a server's start does, and then as if this process had ended."""
    swept = settle(place, patience=0)
    place.occupancy.leave()
    return swept


def shelved(place: Workspace) -> set[str]:
    return {path.name for path in place.blobs.files()}


def named(place: Workspace) -> set[str]:
    with place.look() as look:
        return set(named_digests(look.session))


def test_a_start_sweeps_what_was_cut_short_and_nothing_else(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    write_and_sign(either, drafted(), reader)
    take_in(either, reader, PatientID="2")
    orphan = either.blobs.put(b"a film whose rows never came")
    shelf = either.blobs.path(orphan).parent
    halves = [shelf / ".part-1", either.seal.folder / ".key-1", either.seal.folder / ".head-1"]
    for half in halves:
        half.write_bytes(b"half")
    assert swept_now(either) == Swept(parts=3, orphans=1)
    assert not any(half.exists() for half in halves)
    assert shelved(either) == named(either) and orphan not in shelved(either)
    assert swept_now(either) == Swept()
    assert verify_chain(either) == 1 and verify_store(either).sound


def test_a_film_that_only_a_signature_names_stays(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    signed = write_and_sign(either, drafted(), reader)
    with either.engine.begin() as connection:
        other = either.blobs.put(b"another")
        connection.execute(
            text("UPDATE instances SET blob_digest = :d, pixel_blob_digest = :d"), {"d": other}
        )
    assert swept_now(either) == Swept()
    assert {*signed.image_digests, *signed.pixel_digests, other} <= shelved(either)


def test_an_orphan_comes_back_with_its_rows_and_goes_for_good_after_a_while(
    either: Workspace, reader: Reader, drafted: Callable[..., int]
) -> None:
    """Rows of an older database may be put back, or a database URL corrected."""
    drafted()
    films = named(either)
    for film in films:
        path = either.blobs.path(film)
        either.blobs.folder.with_name("orphans").mkdir(exist_ok=True)
        path.replace(either.blobs.folder.with_name("orphans") / film)
    strangers = [either.blobs.put(content) for content in (b"old", b"new")]
    swept = swept_now(either)
    assert swept == Swept(orphans=2, returned=len(films)) and shelved(either) == films
    long_ago = time.time() - KEPT_SECONDS - 60
    aside = either.blobs.folder.with_name("orphans")
    os.utime(aside / strangers[0], (long_ago, long_ago))
    assert swept_now(either) == Swept(expired=1)
    assert [path.name for path in aside.iterdir()] == [strangers[1]]


def test_an_old_film_has_its_full_time_aside(place: Workspace) -> None:
    orphan = place.blobs.put(b"an old film")
    os.utime(place.blobs.path(orphan), (0, 0))
    assert swept_now(place) == Swept(orphans=1)
    assert swept_now(place) == Swept()
    assert (place.blobs.folder.with_name("orphans") / orphan).exists()


def test_beside_a_living_server_nothing_is_swept(
    place: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    under_way = place.blobs.put(b"its rows are about to come")
    other = open_workspace(place.settings)
    other.occupancy.join()
    with caplog.at_level(logging.WARNING):
        assert swept_now(place) is None
    assert "another server" in caplog.text and place.blobs.has(under_way)
    other.occupancy.leave()
    assert swept_now(place) == Swept(orphans=1)


def test_a_server_that_was_killed_is_waited_for(place: Workspace) -> None:
    place.blobs.put(b"its rows never came")
    other = subprocess.Popen(
        [sys.executable, "-c", LIVE_HERE, str(place.settings.home)],
        cwd=ROOT, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert other.stdout is not None and other.stdout.readline() == b"here\n"
    with Occupancy(place.settings.home).alone(0) as alone:
        assert not alone
    other.kill()
    assert settle(place) == Swept(orphans=1)
    place.occupancy.leave()
    other.wait()
    other.stdout.close()


def test_a_signed_version_that_cannot_be_read_keeps_everything_where_it_is(
    either: Workspace,
    reader: Reader,
    drafted: Callable[..., int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    write_and_sign(either, drafted(), reader)
    unguard(either)
    either.blobs.put(b"perhaps named by it")
    before = shelved(either)
    with either.engine.begin() as connection:
        connection.execute(text("UPDATE signed_versions SET content = '{'"))
    assert swept_now(either) == Swept() and shelved(either) == before
    assert "nothing was swept" in caplog.text
    with pytest.raises(SignedRecordBrokenError):
        verify_store(either)


def test_a_server_settles_once(place: Workspace) -> None:
    assert settle(place, patience=0) == Swept()
    place.blobs.put(b"under way")
    assert settle(place, patience=0) is None and place.occupancy.joined
    place.occupancy.leave()


def test_running_jobs_are_found_at_once(place: Workspace, reader: Reader) -> None:
    """Nobody else works on this SQLite database, so that their workers are gone."""
    study_id = take_in(place, reader).study_id
    now = dt.datetime.now(dt.UTC)
    with place.work() as work:
        work.jobs.claim(now)
    swept_now(place)
    executor = OneThread(lambda _job: None)
    Dispatcher(place, lambda _place: executor).step(now)
    assert executor.seen == [job_of(place, study_id).id]


def test_running_jobs_of_other_machines_are_left_alone(either: Workspace, reader: Reader) -> None:
    study_id = take_in(either, reader).study_id
    with either.work() as work:
        work.jobs.claim(dt.datetime.now(dt.UTC))
    swept_now(either)
    heartbeat = job_of(either, study_id).heartbeat_at
    assert (heartbeat is None) == (either.engine.dialect.name == "sqlite")
    assert job_of(either, study_id).state is JobState.RUNNING


def test_a_draft_that_is_asked_for_again_finds_its_maps(place: Workspace, reader: Reader) -> None:
    """A kill between maps and rows: the same maps are stored again."""
    take_in(place, reader)
    draft_next(place)
    before = shelved(place)
    with place.engine.begin() as connection:
        connection.execute(text("UPDATE reports SET draft_id = NULL"))
        connection.execute(text("DELETE FROM evidence"))
        connection.execute(text("DELETE FROM drafts"))
        connection.execute(text("UPDATE jobs SET state = 'queued'"))
    swept = swept_now(place)
    assert swept is not None and swept.orphans > 0
    draft_next(place)
    assert shelved(place) == before and verify_store(place).sound


def growth_of_a_sweep(folder: Path) -> int:
    """Kilobytes that sweeping a large store adds to a process of its own."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tests.integration.test_orphans import sweep_all\n"
        "sweep_all(Path(sys.argv[1]))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(told.stdout)


def sweep_all(folder: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    blobs = BlobStore(folder / "blobs")
    with collected(path.name for path in blobs.files()) as named:
        assert sweep(blobs, Seal(folder / "chain"), named) == Swept()
    sys.stdout.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))


@pytest.mark.slow
def test_a_hundred_thousand_films_are_swept_in_flat_memory(tmp_path: Path) -> None:
    for number in range(100_000):
        digest = f"{number % 256:02x}{number:062x}"
        path = BlobStore(tmp_path / "blobs").path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    # A set of so many names would take some 15 MB.
    assert growth_of_a_sweep(tmp_path) < 8_000
