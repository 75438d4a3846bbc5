"""Kill a working server at random moments, start it again, and look for what is lost.

``python -m tests.power_cut FOLDER MOMENTS SEED [URL]`` prints a JSON object. It is a program of its
own, since a fork copies neither threads nor database connections into a sound state: it has none.

What kill -9 shows: any order in which rows, films and head file are left when a process stops
between two system calls. What it cannot show: what the disk loses. The page cache survives a killed
process; that bytes are synced before a name or a row refers to them is read from the calls in
``tests/unit/storage/test_blobs.py``.
"""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import SecretStr

from core.findings.labeller import label
from core.models import registry
from core.settings import Settings
from dashboard.workspace import open_workspace
from tests.power_cut.next_start import check
from tests.power_cut.work import READER, work

CUTS_A_HOME = 20
LONGEST_SECONDS = 1.0
PACES = 2.0
PATIENCE_SECONDS = 30.0


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
    longest = max(LONGEST_SECONDS, PACES * pace(folder, seed, url))
    for number in range(moments):
        home = folder / f"home-{number // CUTS_A_HOME}"
        journal, told = home.with_suffix(".journal"), home.with_suffix(".told")
        settings = Settings(
            home=home, model="fake", reader=READER.name, database_url=SecretStr(url)
        )
        if number % CUTS_A_HOME == 0:
            finished(forked(lambda s=settings: empty(s)))  # type: ignore[misc]
        worker = forked(lambda s=settings, j=journal, n=number: work(s, j, seed + n))  # type: ignore[misc]
        time.sleep(draw.uniform(0.01, longest))
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


def pace(folder: Path, seed: int, url: str) -> float:
    """Seconds until the work acknowledges its first act here: a busy machine takes its time."""
    home = folder / "pace"
    journal = home.with_suffix(".journal")
    settings = Settings(home=home, model="fake", reader=READER.name, database_url=SecretStr(url))
    finished(forked(lambda: empty(settings)))
    started = time.monotonic()
    worker = forked(lambda: work(settings, journal, seed))
    while time.monotonic() - started < PATIENCE_SECONDS:
        if journal.exists() and journal.stat().st_size:
            break
        time.sleep(0.02)
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    return time.monotonic() - started


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


def empty(settings: Settings) -> None:
    if settings.database_url.get_secret_value():
        with open_workspace(settings).engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


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
