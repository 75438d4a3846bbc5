"""The work that is cut: intake, typing, signing, addenda and drafting, without an end."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.domain.errors import OverreadError
from core.domain.job import Job
from core.domain.reader import Reader
from core.domain.report import Sections, canonical_json
from core.models import registry
from core.models.film_standing import AnyFilm
from core.settings import Settings
from dashboard.services.addendum import save_addendum, sign_addendum
from dashboard.services.draft_study import draft_study
from dashboard.services.edit_report import open_review, save_report
from dashboard.services.receive_study import receive_file
from dashboard.services.settle import settle
from dashboard.services.sign_report import Resolution, sign
from dashboard.workspace import Workspace, open_workspace
from tests.factories import InThisProcess, dicom_bytes, film_pixels

READER = Reader(1, "Dr. Cut", confirmed=True)
NOW = dt.datetime.now


def place_of(settings: Settings) -> Workspace:
    return replace(open_workspace(settings), decoder=InThisProcess())


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

    # Noise is no chest film: with the real gate nothing would be scored here.
    draft_study(place, job, registry.load(job.model), progress, AnyFilm())


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
