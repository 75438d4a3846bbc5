"""Drafting a batch of 200 films: films a second by one process and by two.

Run: python -m benchmarks.batch_drafts
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import count
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median

import torch

from benchmarks.films import READER, new_place, noisy_films, request
from benchmarks.record import Ratio, Result, Table, arguments, publish
from benchmarks.servers import THREADS
from core.domain.job import Job, JobState
from core.models import registry
from core.models.embedded import load_network
from core.models.measured import WEIGHTS
from core.models.network import for_reading
from core.settings import Settings
from dashboard.jobs import worker
from dashboard.jobs.dispatcher import Dispatcher, one_process
from dashboard.services.receive_study import receive_file
from dashboard.workspace import Workspace, open_workspace

PATIENCE_SECONDS = 600.0
LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Plan:
    films: int
    side: int
    rounds: int


FULL = Plan(films=200, side=512, rounds=3)
SMALL = Plan(films=4, side=128, rounds=1)

_keys = count(1)


class Batch:
    """A home whose studies are drafted again and again."""

    def __init__(self, home: Path, plan: Plan) -> None:
        self._plan = plan
        self.place: Workspace = new_place(home, registry.EMBEDDED)
        self._studies = [
            receive_file(self.place, f"{number}.dcm", content, reader=READER).study_id
            for number, content in enumerate(noisy_films(plan.films, plan.side))
        ]
        # The drafts that the intake asked for; each run asks for its own.
        while (job := claim(self.place)) is not None:
            with self.place.work() as work:
                work.jobs.finish(job.id, JobState.CANCELLED)

    def queue(self) -> list[Job]:
        return [request(self.place, study, str(next(_keys))) for study in self._studies]

    def drafted(self, jobs: Sequence[Job], seconds: float) -> float:
        """Films a second, if every film was drafted."""
        with self.place.look() as look:
            states = {look.jobs.get(job.id).state for job in jobs}
        if states != {JobState.DONE}:
            raise SystemExit(f"a batch ended as {', '.join(sorted(states))}")
        return len(jobs) / seconds

    def by_processes(self, processes: int) -> float:
        jobs = self.queue()
        return self.drafted(jobs, together(processes, draft_all, self.place.settings))

    def by_dispatcher(self) -> float:
        """By the server's dispatcher and its one worker, which is warm before the jobs come."""
        made: list[Executor] = []

        def make(place: Workspace) -> Executor:
            made.append(one_process(place))
            return made[-1]

        dispatcher = Dispatcher(self.place, make)
        dispatcher.start()
        made[0].submit(os.getpid).result(PATIENCE_SECONDS)
        jobs = self.queue()
        started = time.perf_counter()
        while self._open() and time.perf_counter() - started < PATIENCE_SECONDS:
            time.sleep(LOOK_SECONDS)
        seconds = time.perf_counter() - started
        dispatcher.stop()
        return self.drafted(jobs, seconds)

    def _open(self) -> bool:
        with self.place.look() as look:
            return look.jobs.waiting() or bool(look.jobs.running())

    def bare_passes(self, processes: int) -> float:
        """Squares a second through the network, nothing before it and nothing after."""
        each = self._plan.films // processes
        return each * processes / together(processes, pass_all, each)


def claim(place: Workspace) -> Job | None:
    with place.work() as work:
        return work.jobs.claim(dt.datetime.now(dt.UTC))


def draft_all(settings: Settings, ready: Barrier, over: Barrier) -> None:
    """A process that works as the worker does until no job is left."""
    worker.start(settings)
    worker.warm(settings.model)
    place = open_workspace(settings)
    ready.wait(PATIENCE_SECONDS)
    while (job := claim(place)) is not None:
        worker.run(job)
    over.wait(PATIENCE_SECONDS)


def pass_all(films: int, ready: Barrier, over: Barrier) -> None:
    """A process that does forward passes of one square each."""
    torch.set_num_threads(1)
    network = for_reading(load_network(registry.EMBEDDED_FOLDER / WEIGHTS, registry.EMBEDDED))
    square = torch.rand(1, 1, network.shape.size, network.shape.size)
    with torch.no_grad():
        network(square)
        ready.wait(PATIENCE_SECONDS)
        for _ in range(films):
            network(square)
    over.wait(PATIENCE_SECONDS)


def together(processes: int, act: Callable[..., None], given: object) -> float:
    """Seconds from the moment that all processes are ready until the last one has done its part."""
    context = multiprocessing.get_context("spawn")
    ready, over = context.Barrier(processes + 1), context.Barrier(processes + 1)
    children = [context.Process(target=act, args=(given, ready, over)) for _ in range(processes)]
    for child in children:
        child.start()
    ready.wait(PATIENCE_SECONDS)
    started = time.perf_counter()
    over.wait(PATIENCE_SECONDS)
    seconds = time.perf_counter() - started
    for child in children:
        child.join()
    return seconds


def measured(plan: Plan) -> dict[tuple[str, int], list[float]]:
    """Films a second of each way with its number of processes, round by round."""
    with tempfile.TemporaryDirectory() as folder:
        batch = Batch(Path(folder), plan)
        ways: dict[tuple[str, int], Callable[[], float]] = {
            ("draft", 1): lambda: batch.by_processes(1),
            ("draft", 2): lambda: batch.by_processes(2),
            ("draft, handed out by the server", 1): batch.by_dispatcher,
            ("bare forward pass", 1): lambda: batch.bare_passes(1),
            ("bare forward pass", 2): lambda: batch.bare_passes(2),
        }
        found: dict[tuple[str, int], list[float]] = {way: [] for way in ways}
        for _ in range(plan.rounds):
            for way, act in ways.items():
                found[way].append(act())
        batch.place.engine.dispose()
    return found


def result(plan: Plan, *, small: bool) -> Result:
    os.environ.update(THREADS)
    found = measured(plan)
    speed = {way: median(speeds) for way, speeds in found.items()}
    rows = tuple(
        (what, processes, plan.films, median(speeds), min(speeds), max(speeds), len(speeds))
        for (what, processes), speeds in found.items()
    )
    one, two = speed["draft", 1], speed["draft", 2]
    bare, bare_two = speed["bare forward pass", 1], speed["bare forward pass", 2]
    served = speed["draft, handed out by the server", 1]
    return Result(
        name="batch_drafts",
        title="Drafting a batch",
        method=(
            f"{plan.films} studies of one film of {plan.side} x {plan.side} pixels with noise of "
            "its own, imported already, are drafted: film check, scores, the maps that a draft "
            "shows, words, all stored.",
            "A process takes jobs from the table one after the other and does with each what the "
            "server's worker does, on one thread, model loaded; two share one database. The server "
            "itself has one worker, and its dispatcher hands it one job at a time.",
            "The peer is the forward pass alone: one square at a time through the same network on "
            "one thread, no film, no map, no database.",
        ),
        tables=(
            Table(
                "Films a second",
                ("what", "processes", "films", "p50", "least", "most", "n"),
                rows,
            ),
        ),
        ratios=(
            Ratio("drafts a second, two processes over one", two / one),
            Ratio("bare forward passes a second, two processes over one", bare_two / bare),
            Ratio("bare forward passes over drafts, one process", bare / one),
            Ratio("drafts handed out by the server over one process that takes them", served / one),
        ),
        small=small,
    )


def main() -> None:
    chosen = arguments(__doc__)
    publish(result(SMALL if chosen.small else FULL, small=chosen.small), chosen.results)


if __name__ == "__main__":
    main()
