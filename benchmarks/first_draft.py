"""From the start of the worker process to its first draft, beside a bare process with torch.

Run: python -m benchmarks.first_draft
"""

# The worker imports this module again, as it does the server's: what only the parent needs is
# imported by its functions, or the worker would pay for it.
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.record import Ratio, Result, Spread, Table, arguments, measure, publish
from benchmarks.servers import PATIENCE_SECONDS, THREADS

if TYPE_CHECKING:
    from dashboard.workspace import Workspace

AIM_SECONDS = 5.0
LOOK_SECONDS = 0.005
PEER = """
import os
import torch
os.nice({niceness})
torch.set_num_threads(1)
torch.rand({side}, {side}) @ torch.rand({side}, {side})
print("done", flush=True)
"""


@dataclass(frozen=True)
class Plan:
    side: int
    n: int
    product_side: int


FULL = Plan(side=2048, n=15, product_side=2048)
SMALL = Plan(side=256, n=1, product_side=256)


class Noted(Executor):
    """The executor that the server makes; ``ended`` says when a call to it first ended, by name."""

    def __init__(self, inner: Executor) -> None:
        self._inner = inner
        self.ended: dict[str, float] = {}

    def submit(self, act: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        future = self._inner.submit(act, *given, **named)
        name = act.__name__
        future.add_done_callback(lambda _: self.ended.setdefault(name, time.perf_counter()))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """Always wait: a worker that is still ending would slow the next start."""
        self._inner.shutdown(wait=True, cancel_futures=cancel_futures)


def started(place: Workspace, study_id: int, key: str) -> tuple[float, float, float]:
    """Seconds until the worker answers, until its model is there, and until the draft is stored."""
    from benchmarks.films import request
    from core.domain.job import JobState
    from dashboard.jobs import worker
    from dashboard.jobs.dispatcher import Dispatcher, one_process

    made: list[Noted] = []

    def make(place: Workspace) -> Executor:
        made.append(Noted(one_process(place)))
        made[-1].submit(os.getpid)
        return made[-1]

    job = request(place, study_id, key)
    begun = time.perf_counter()
    dispatcher = Dispatcher(place, make)
    dispatcher.start()
    ended = made[0].ended
    while worker.run.__name__ not in ended and time.perf_counter() - begun < PATIENCE_SECONDS:
        time.sleep(LOOK_SECONDS)
    dispatcher.stop()
    with place.look() as look:
        state = look.jobs.get(job.id).state
    if state is not JobState.DONE or len(made) > 1:
        raise SystemExit(f"the first draft ended as {state}")
    moments = (os.getpid.__name__, worker.warm.__name__, worker.run.__name__)
    up, warm, drafted = (ended[name] - begun for name in moments)
    return up, warm, drafted


def bare_process(plan: Plan) -> None:
    """A new Python process, as polite as a worker, that imports torch and does one product."""
    from dashboard.jobs.worker import NICENESS

    script = PEER.format(side=plan.product_side, niceness=NICENESS)
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        if process.stdout.readline() != "done\n":
            raise SystemExit("the bare process did not come to its end")


def rows_of(
    starts: list[tuple[float, float, float]], bare: Spread
) -> tuple[tuple[str | int | float, ...], ...]:
    """The stages of a start with their shares of the whole, and the bare process."""
    whole = Spread.of([drafted for _, _, drafted in starts])
    stages = {
        "process, its imports, database opened": [up for up, _, _ in starts],
        "torch, model and film check loaded": [warm - up for up, warm, _ in starts],
        "job handed over, first draft stored": [drafted - warm for _, warm, drafted in starts],
    }
    spreads = {name: Spread.of(seconds) for name, seconds in stages.items()}
    spreads["worker start to first draft"] = whole
    return (
        *((name, *item.cells, 100 * item.p50 / whole.p50) for name, item in spreads.items()),
        ("bare process", *bare.cells, 100 * bare.p50 / whole.p50),
    )


def result(plan: Plan, *, small: bool) -> Result:
    from benchmarks.films import READER, as_dicom, new_place, phantom
    from core.models import registry
    from dashboard.services.receive_study import receive_file

    os.environ.update(THREADS)
    starts: list[tuple[float, float, float]] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        place = new_place(Path(folder), registry.EMBEDDED)
        content = as_dicom(phantom(side=plan.side))
        study_id = receive_file(place, "film.dcm", content, reader=READER).study_id
        for number in range(plan.n + 1):
            starts.append(started(place, study_id, f"{number + 1}"))
            bare += measure(lambda: bare_process(plan), n=1, warm=0)
        place.engine.dispose()
    rows = rows_of(starts[1:], Spread.of(bare[1:]))
    whole, peer = float(rows[-2][1]), float(rows[-1][1])
    return Result(
        name="first_draft",
        title="From the start of the worker to its first draft",
        method=(
            "The server's dispatcher starts its worker process, as after a start of the server, on "
            f"a home with one study of one film of {plan.side} x {plan.side} pixels whose draft is "
            "queued; the time ends when the dispatcher learns that the draft is stored.",
            "The peer is a Python process of the same priority, from its start to the end of one "
            f"product of two matrices of {plan.product_side} x {plan.product_side} by torch on one "
            "thread: what no worker with torch can do without.",
            "The two take turns; the first pair does not count, so that all files come from the "
            "memory of the system and not from the disk.",
        ),
        tables=(Table("Seconds", ("what", "p50", "p95", "n", "share %"), rows),),
        ratios=(
            Ratio(
                f"worker start to first draft, p50, over the aim of {AIM_SECONDS:g} s",
                whole / AIM_SECONDS,
                1.0,
            ),
            Ratio("worker start to first draft over the bare process, p50", whole / peer),
        ),
        small=small,
    )


def main() -> None:
    chosen = arguments(__doc__)
    publish(result(SMALL if chosen.small else FULL, small=chosen.small), chosen.results)


if __name__ == "__main__":
    main()
