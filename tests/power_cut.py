"""Kill a working server at random moments, start it again, and look for what is lost.

``python -m tests.power_cut FOLDER MOMENTS SEED [URL]`` prints a JSON object. It is a program of its
own, since a fork copies neither threads nor database connections into a sound state: it has none.

What kill -9 shows: any order in which rows, films and head file are left when a process stops
between two system calls. What it cannot show: what the disk loses. The page cache survives a killed
process; that bytes are synced before a name or a row refers to them is read from the calls in
``tests/unit/storage/test_blobs.py``.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import text

from core.domain.errors import OverreadError
from core.domain.job import Job, JobState
from core.domain.reader import Reader
from core.domain.report import Sections, canonical_json
from core.findings.labeller import label
from core.models import registry
from core.settings import Settings
from dashboard.jobs.dispatcher import SILENCE_SECONDS, Dispatcher
from dashboard.services.addendum import read_addendum, save_addendum, sign_addendum
from dashboard.services.draft_study import draft_study
from dashboard.services.edit_report import open_review, save_report
from dashboard.services.receive_study import receive_file
from dashboard.services.settle import settle
from dashboard.services.sign_report import Resolution, sign
from dashboard.services.verify_chain import verify_chain
from dashboard.services.verify_store import verify_store
from dashboard.workspace import Workspace, open_workspace
from storage.repositories.signed import ChainLink
from tests.factories import InThisProcess, dicom_bytes, film_pixels

CUTS_A_HOME = 20
LONGEST_SECONDS = 1.0
READER = Reader(1, "Dr. Cut", confirmed=True)
NOW = dt.datetime.now


@dataclass
class Outcome:
    """What a campaign saw; ``faults`` is empty if nothing was lost."""

    moments: int
    faults: list[str]
    acknowledged: dict[str, int]
    parts: int = 0
    orphans: int = 0
    running: int = 0


def campaign(folder: Path, moments: int, seed: int, url: str = "") -> Outcome:
    """Cut the power ``moments`` times, on a new home folder every few times."""
    draw = random.Random(seed)
    outcome = Outcome(moments, [], {})
    for number in range(moments):
        home = folder / f"home-{number // CUTS_A_HOME}"
        journal, told = home.with_suffix(".journal"), home.with_suffix(".told")
        settings = Settings(
            home=home, model="fake", reader=READER.name, database_url=SecretStr(url)
        )
        if number % CUTS_A_HOME == 0:
            finished(forked(lambda s=settings: empty(s)))  # type: ignore[misc]
        worker = forked(lambda s=settings, j=journal, n=number: work(s, j, seed + n))  # type: ignore[misc]
        time.sleep(draw.uniform(0.01, LONGEST_SECONDS))
        os.kill(worker, signal.SIGKILL)
        if os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) != -signal.SIGKILL:
            outcome.faults.append(f"moment {number}: the work ended by itself")
        checker = forked(lambda s=settings, j=journal, t=told: check(s, j, t))  # type: ignore[misc]
        if not finished(checker):
            outcome.faults.append(f"moment {number}: the start after it failed")
            continue
        seen = json.loads(told.read_text())
        outcome.faults += [f"moment {number}: {fault}" for fault in seen["faults"]]
        outcome.acknowledged = _sum(outcome.acknowledged, seen["acknowledged"])
        outcome.parts += seen["parts"]
        outcome.orphans += seen["orphans"]
        outcome.running += seen["running"]
        journal.unlink(missing_ok=True)
    return outcome


def forked(act: Callable[[], None]) -> int:
    """Run something in a copy of this warm process; returns its number."""
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        act()
        status = 0
    except BaseException:  # noqa: BLE001 (the end of this process, whatever ended it)
        traceback.print_exc()
    finally:
        os._exit(status)


def finished(process: int) -> bool:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0


def place_of(settings: Settings) -> Workspace:
    return replace(open_workspace(settings), decoder=InThisProcess())


def empty(settings: Settings) -> None:
    if settings.database_url.get_secret_value():
        with open_workspace(settings).engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


# --- the work that is cut -----------------------------------------------------------------------


class Journal:
    """What the server acknowledged, one line each, outside its folder."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, kind: str, **facts: Any) -> None:
        os.write(self._handle, (json.dumps({"kind": kind, **facts}) + "\n").encode())


def work(settings: Settings, path: Path, seed: int) -> None:
    """A server's start, then reading and drafting at once, without an end."""
    place, journal = place_of(settings), Journal(path)
    settle(place)
    threading.Thread(target=draft_on, args=(place, journal), daemon=True).start()
    draw = random.Random(seed)
    for number in range(1_000_000):
        pixels = film_pixels(seed=seed * 1_000 + number)
        content = dicom_bytes(pixels, PatientID=str(number))
        received = receive_file(place, "film.dcm", content, reader=READER)
        journal.note("film", study=received.study_id, instance=received.instance_id)
        type_and_sign(place, journal, received.study_id, draw)


def draft_on(place: Workspace, journal: Journal) -> None:
    while True:
        with place.work() as look:
            job = look.jobs.claim(NOW(dt.UTC))
        if job is None:
            time.sleep(0.01)
            continue
        run(place, job)
        journal.note("draft", job=job.id)


def run(place: Workspace, job: Job) -> None:
    def progress(fraction: float, stage: str) -> None:
        with place.work() as work:
            work.jobs.advance(job.id, fraction, stage)

    draft_study(place, job, registry.load(job.model), progress)


def sections_of(number: int) -> Sections:
    return Sections(findings=f"The lungs are clear. Line {number}.", impression=f"Text {number}.")


def type_and_sign(place: Workspace, journal: Journal, study_id: int, draw: random.Random) -> None:
    version = open_review(place, study_id).report.version
    for number in range(1, draw.randint(2, 4)):
        saved = save_report(place, study_id, sections_of(number), version=version, reader=READER)
        version = saved.version
        journal.note("typed", study=study_id, number=number)
    if draw.random() < 0.2:
        return
    reasons = [
        Resolution(check.id, "override", "Seen.") for check in open_review(place, study_id).checks
    ]
    try:
        signed = sign(place, study_id, version=version, reader=READER, resolutions=reasons)
    except OverreadError:
        # The draft came in between, and with it a check.
        return
    journal.note("signed", digest=signed.digest, content=canonical_json(signed.content()))
    written = save_addendum(place, study_id, f"Late note {study_id}.", version=0, reader=READER)
    journal.note("note", study=study_id, text=written.text)
    signed = sign_addendum(place, study_id, version=written.version, reader=READER)
    journal.note("signed", digest=signed.digest, content=canonical_json(signed.content()))


# --- the start after it -------------------------------------------------------------------------


def check(settings: Settings, journal: Path, told: Path) -> None:
    """Start as a server does, finish what was begun, and compare with what was acknowledged."""
    place = place_of(settings)
    swept = settle(place)
    with place.look() as look:
        running = len(look.jobs.running())
    lines = journal.read_text().splitlines() if journal.exists() else []
    acknowledged = [json.loads(line) for line in lines if line.endswith("}")]
    faults = [] if swept is not None else ["the home was not free after the kill"]
    faults += _unfinished(place)
    faults += _store_faults(place, settings)
    faults += _row_faults(place)
    faults += _lost(place, acknowledged)
    kinds: dict[str, int] = {}
    for item in acknowledged:
        kinds[item["kind"]] = kinds.get(item["kind"], 0) + 1
    parts, orphans = (swept.parts, swept.orphans) if swept else (0, 0)
    seen = {"faults": faults, "acknowledged": kinds, "running": running}
    told.write_text(json.dumps(seen | {"parts": parts, "orphans": orphans}))


class HereAndNow(Executor):
    """The worker's part, in this process."""

    def __init__(self, place: Workspace) -> None:
        self._place = place

    def submit(self, _fn, /, *arguments, **_named):  # type: ignore[no-untyped-def, override]
        future: Future[None] = Future()
        run(self._place, arguments[0])
        future.set_result(None)
        return future


def _unfinished(place: Workspace) -> list[str]:
    """Whether every job that was open is found and ends as done."""
    dispatcher, steps = Dispatcher(place, HereAndNow), 0
    while steps < 1_000:
        # On PostgreSQL a job must first fall silent.
        dispatcher.step(NOW(dt.UTC) + dt.timedelta(seconds=SILENCE_SECONDS + 1))
        with place.look() as look:
            if not look.jobs.waiting() and not look.jobs.running():
                break
        steps += 1
    with place.look() as look:
        states = look.session.execute(text("SELECT DISTINCT state FROM jobs")).scalars().all()
    return [f"a job is {state}" for state in states if state != JobState.DONE.value]


def _store_faults(place: Workspace, settings: Settings) -> list[str]:
    faults = []
    try:
        verify_chain(place)
    except OverreadError as error:
        faults.append(str(error))
    store = verify_store(place)
    if not store.sound:
        faults.append(f"stored things are lost: {store}")
    # A start has put aside what was there; drafts since then leave nothing.
    shelves = {path.name for path in (settings.home / "blobs").glob("??/*")}
    named = _scalars(
        place,
        "SELECT blob_digest FROM instances UNION SELECT pixel_blob_digest FROM instances "
        "UNION SELECT blob_digest FROM evidence",
    )
    if shelves != named:
        faults.append(f"{len(shelves - named)} orphans, {len(named - shelves)} missing")
    faults += [f"a half file {p.name[:6]}" for p in settings.home.rglob(".*-*") if p.is_file()]
    return faults


_ROW_FAULTS = {
    "instances without study": "SELECT i.id FROM instances i LEFT JOIN studies s "
    "ON s.id = i.study_id WHERE s.id IS NULL",
    "studies without instances": "SELECT s.id FROM studies s LEFT JOIN instances i "
    "ON s.id = i.study_id WHERE i.id IS NULL",
    "studies without report": "SELECT s.id FROM studies s LEFT JOIN reports r "
    "ON s.id = r.study_id WHERE r.study_id IS NULL",
    "studies without job": "SELECT s.id FROM studies s LEFT JOIN jobs j "
    "ON s.id = j.study_id WHERE j.id IS NULL",
    "series without instances": "SELECT s.id FROM series s LEFT JOIN instances i "
    "ON s.id = i.series_id WHERE i.id IS NULL",
    "drafts without job": "SELECT d.id FROM drafts d LEFT JOIN jobs j "
    "ON j.id = d.job_id WHERE j.id IS NULL",
    "jobs done without draft": "SELECT j.id FROM jobs j LEFT JOIN drafts d "
    "ON j.id = d.job_id WHERE j.state = 'done' AND d.id IS NULL",
    "evidence without draft": "SELECT e.id FROM evidence e LEFT JOIN drafts d "
    "ON d.id = e.draft_id WHERE d.id IS NULL",
    "signed studies that do not say so": "SELECT v.study_id FROM signed_versions v "
    "JOIN studies s ON s.id = v.study_id WHERE s.status <> 'signed'",
}


def _row_faults(place: Workspace) -> list[str]:
    found = {name: len(_scalars(place, query)) for name, query in _ROW_FAULTS.items()}
    return [f"{count} {name}" for name, count in found.items() if count]


def _scalars(place: Workspace, query: str) -> set[Any]:
    with place.look() as look:
        return set(look.session.execute(text(query)).scalars())


def _lost(place: Workspace, acknowledged: list[dict[str, Any]]) -> list[str]:
    """What was acknowledged and is not there."""
    with place.look() as look:
        chain = {link.digest: link for link in look.signed.links()}
    films, drafts = _scalars(place, "SELECT id FROM instances"), _scalars(
        place, "SELECT job_id FROM drafts"
    )  # fmt: skip
    faults = []
    for item in acknowledged:
        match item["kind"]:
            case "film":
                there = item["instance"] in films
            case "draft":
                there = item["job"] in drafts
            case "signed":
                link = chain.get(item["digest"])
                there = link is not None and link.content == item["content"]
            case "typed":
                there = _typed(place, item)
            case _:
                there = _noted(place, item, chain)
        if not there:
            faults.append(f"lost: {item}")
    return faults


def _typed(place: Workspace, item: dict[str, Any]) -> bool:
    """Whether the text, or one typed after it whose answer the kill swallowed, is there."""
    stored = open_review(place, item["study"]).report.sections
    later = range(item["number"], item["number"] + 4)
    return any(
        (stored.findings, stored.impression) == (one.findings, one.impression)
        for one in map(sections_of, later)
    )


def _noted(place: Workspace, item: dict[str, Any], chain: dict[str, ChainLink]) -> bool:
    if read_addendum(place, item["study"]).text == item["text"]:
        return True
    return any(json.loads(link.content)["addendum"] == item["text"] for link in chain.values())


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {kind: one.get(kind, 0) + other.get(kind, 0) for kind in {*one, *other}}


def main(folder: str, moments: str, seed: str, url: str = "") -> None:
    logging.disable(logging.CRITICAL)
    label("Warm.")
    registry.load("fake")
    outcome = campaign(Path(folder), int(moments), int(seed), url)
    sys.stdout.write(json.dumps(asdict(outcome)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
