"""The start after a power cut, and what of the acknowledged work it finds."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from sqlalchemy import text

from core.domain.errors import OverreadError
from core.domain.job import JobState
from core.settings import Settings
from dashboard.jobs.dispatcher import SILENCE_SECONDS, Dispatcher
from dashboard.services.addendum import read_addendum
from dashboard.services.edit_report import open_review
from dashboard.services.settle import settle
from dashboard.services.verify_chain import verify_chain
from dashboard.services.verify_store import verify_store
from dashboard.workspace import Workspace
from storage.repositories.signed import ChainLink
from tests.power_cut.work import NOW, place_of, run, sections_of


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
