"""Reruns of the review page with 1, 20 and 50 readers, with and without drafts being made.

Run: python -m benchmarks.review_reruns
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from benchmarks.films import drafted_study, new_place, phantom
from benchmarks.record import Ratio, Result, Spread, Table, arguments, publish
from benchmarks.servers import bare_page, dashboard
from benchmarks.sessions import Rerun, Session, load
from core.domain.job import JobPriority
from core.models import registry
from dashboard.workspace import Workspace

THINK_SECONDS = 3.0
STUDIES = 8
AIM_MS = 100.0
BARE = "import streamlit as st\n\nst.write('One line.')\n"


@dataclass(frozen=True)
class Plan:
    """How many readers for how many seconds."""

    seconds_by_sessions: dict[int, float]
    think_seconds: float
    studies: int
    side: int
    model: str


FULL = Plan({1: 30, 20: 20, 50: 20}, THINK_SECONDS, STUDIES, 1024, registry.EMBEDDED)
SMALL = Plan({1: 1, 2: 1}, 0.2, 1, 128, registry.FAKE)


def measure_pages(plan: Plan) -> dict[tuple[str, int], list[Rerun]]:
    """Reruns by case and number of sessions."""
    found: dict[tuple[str, int], list[Rerun]] = {}
    with tempfile.TemporaryDirectory() as folder:
        place = new_place(Path(folder) / "home", plan.model)
        classifier, film = registry.load(plan.model), phantom(side=plan.side)
        # The last one is drafted again and again, and nobody has it open.
        *studies, other = [
            drafted_study(place, film, n, classifier) for n in range(1, plan.studies + 2)
        ]
        with (
            dashboard(place.settings.home, model=plan.model) as server,
            bare_page(Path(folder), BARE) as bare,
        ):
            for sessions, seconds in plan.seconds_by_sessions.items():
                reviews = [
                    Session(server.port, "review", f"study={studies[n % len(studies)]}")
                    for n in range(sessions)
                ]
                found["bare page", sessions] = _load(
                    [Session(bare.port) for _ in range(sessions)], seconds, plan
                )
                found["review", sessions] = _load(reviews, seconds, plan)
                with drafting(place, other):
                    found["review, drafts running", sessions] = _load(reviews, seconds, plan)
        place.engine.dispose()
    return found


def _load(sessions: list[Session], seconds: float, plan: Plan) -> list[Rerun]:
    return asyncio.run(load(sessions, seconds, plan.think_seconds))


_keys = count(1)


@contextmanager
def drafting(place: Workspace, study_id: int) -> Iterator[None]:
    """One draft after the other in the server's worker, without a pause."""
    over = threading.Event()

    def feed() -> None:
        while not over.wait(0.1):
            with place.look() as look:
                waiting = look.jobs.waiting()
            if not waiting:
                with place.work() as work:
                    key = f"{next(_keys):064d}"
                    work.jobs.request(study_id, key, place.settings.model, JobPriority.READER)

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def result(plan: Plan, *, small: bool) -> Result:
    found = measure_pages(plan)
    spreads = {
        case: Spread.of([rerun.seconds for rerun in reruns], 1000) for case, reruns in found.items()
    }
    rows = tuple(
        (page, sessions, *spread.cells, found[page, sessions][-1].received / 1000)
        for (page, sessions), spread in spreads.items()
    )
    most = max(plan.seconds_by_sessions)
    bare, idle, busy = (
        spreads[page, most] for page in ("bare page", "review", "review, drafts running")
    )
    return Result(
        name="review_reruns",
        title="Reruns of the review page",
        method=(
            "Websocket sessions that speak Streamlit's own messages each open a drafted study and "
            f"rerun its page, with exponential pauses of {plan.think_seconds:g} s in the mean; "
            "a rerun lasts from the request to the server's word that the script has finished.",
            "Server, worker and sessions share the machine's cores.",
            "With drafts running, the worker makes one draft after the other.",
            "The peer is a Streamlit page of one line as `streamlit run` serves it, under the same "
            "number of sessions and with the dashboard's Streamlit settings.",
            "The first run of each session is the warm-up.",
        ),
        tables=(
            Table(
                "Milliseconds a rerun",
                ("page", "sessions", "p50", "p95", "n", "KB a rerun"),
                rows,
            ),
        ),
        ratios=(
            Ratio(f"p95 at {most} sessions over the aim of {AIM_MS:.0f} ms", idle.p95 / AIM_MS, 1),
            Ratio(f"the same with drafts running, p95 at {most}", busy.p95 / AIM_MS, 1),
            Ratio(f"p50 at {most} sessions over the bare page's", idle.p50 / bare.p50),
            Ratio(f"p95 with drafts running over p95 without, at {most}", busy.p95 / idle.p95),
        ),
        small=small,
    )


def main() -> None:
    chosen = arguments(__doc__)
    publish(result(SMALL if chosen.small else FULL, small=chosen.small), chosen.results)


if __name__ == "__main__":
    main()
