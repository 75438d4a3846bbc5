"""Fifty trainees in one session of the classroom, each on his own, and the same with one trainee.

Run: python -m benchmarks.classroom
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import secrets
import statistics
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from benchmarks.films import READER, new_place, phantom
from benchmarks.record import Ratio, Result, Table, arguments, publish
from benchmarks.servers import Server, classroom
from benchmarks.trainees import Times, Trainee, no_times
from core.domain.finding import Laterality
from core.domain.report import Sections
from core.domain.study import Window
from core.domain.teaching import (
    CaseDraft,
    CaseFilm,
    CaseMap,
    Level,
    Pace,
    Reference,
    Region,
    TeachingCase,
    TrueFinding,
)
from core.explain.map_png import map_png
from core.imaging.radiograph import encode_pixels
from core.models import registry
from dashboard.services.teaching import sessions
from dashboard.services.teaching.sessions import SessionWish
from dashboard.workspace import Workspace

AIM_SECONDS = 0.5
MADE_AT = dt.datetime(2026, 11, 2, 8, 0, tzinfo=dt.UTC)
EFFUSION = "pleural effusion"
READ_ALOUD = ("Right", "Right pleural", "Right pleural effusion. No pneumothorax.")
"""An impression as it grows; each part is kept."""


@dataclass(frozen=True)
class Plan:
    """``think_seconds`` is the mean of the exponential pause before each act."""

    trainees: int
    cases: int
    think_seconds: float
    join_seconds: float
    looks: int
    side: int


FULL = Plan(trainees=50, cases=4, think_seconds=3.0, join_seconds=15.0, looks=12, side=1024)
SMALL = Plan(trainees=2, cases=1, think_seconds=0.1, join_seconds=0.1, looks=1, side=128)


def made_case(place: Workspace, side: int, seed: int) -> TeachingCase:
    """A phantom with an effusion, its region, a report, a draft and a map."""
    pixels = phantom(seed, side).pixels
    low, left, right = int(0.7 * side), int(0.1 * side), int(0.4 * side)
    grey = np.zeros((side, side), np.float32)
    grey[low : side - 1, left:right] = 0.9
    blurred = np.asarray(cv2.blur(grey, (31, 31)), np.float32)
    evidence = place.blobs.put(map_png(blurred, side, side))
    found = {
        "name": EFFUSION,
        "certainty": "present",
        "laterality": "right",
        "value": 0.9,
        "probability": True,
    }
    words = Sections(findings="Right pleural effusion. No pneumothorax.", impression="Effusion.")
    case = TeachingCase(
        id=0,
        title=f"Effusion {seed}",
        level=Level.BASIC,
        reference=Reference.PHANTOM,
        reference_note="Drawn into the phantom.",
        findings=(TrueFinding(EFFUSION, True, Laterality.RIGHT), TrueFinding("nodule", False)),
        regions=(Region(EFFUSION, ((left, low), (right, low), (right, side - 1.0))),),
        film=CaseFilm(
            key=secrets.token_urlsafe(32),
            rows=side,
            columns=side,
            window=Window(2000.0, 3500.0),
            monochrome1=False,
            spacing_mm=(0.4, 0.4),
            projection="PA",
            pixel_blob_digest=place.blobs.put(encode_pixels(pixels)),
        ),
        history="Dyspnoea.",
        learning_points="Look at the costophrenic angle.",
        report=words,
        draft=CaseDraft(
            model="benchmark",
            findings=(found,),
            sections=words,
            maps=(CaseMap(secrets.token_urlsafe(32), EFFUSION, True, evidence),),
        ),
        made_by=READER.name,
        made_at=MADE_AT,
    )
    with place.work() as work:
        return work.teaching_cases.add(case)


def answer_of(side: int, words: str) -> dict[str, object]:
    mark = {"finding": EFFUSION, "x": 0.3 * side, "y": 0.8 * side, "width": 0, "height": 0}
    picked = {"name": EFFUSION, "certainty": 0.8, "laterality": "right"}
    return {"findings": [picked], "marks": [mark], "impression": words}


async def _own_pace(trainee: Trainee, plan: Plan, chance: random.Random) -> None:
    """Read every case: load, type, commit, look at the answer, go on."""

    async def then(act: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(chance.expovariate(1 / plan.think_seconds))
        await act()

    await asyncio.sleep(chance.random() * plan.join_seconds)
    await trainee.join()
    for case in range(plan.cases):
        await trainee.load_film()
        for words in READ_ALOUD:
            await then(partial(trainee.keep, answer_of(plan.side, words)))
        await then(lambda: trainee.commit(answer_of(plan.side, READ_ALOUD[-1])))
        await trainee.load_map()
        if case < plan.cases - 1:
            await then(trainee.next)
    await trainee.leave()


async def _in_step(trainee: Trainee, plan: Plan, chance: random.Random) -> None:
    """Sit in a session in step: the page asks every two seconds whether the teacher went on."""
    await asyncio.sleep(chance.random() * plan.join_seconds)
    await trainee.join()
    for _ in range(plan.looks):
        await asyncio.sleep(2.0 if plan is FULL else 0.1)
        await trainee.look()
    await trainee.leave()


async def _class(
    server: Server, code: str, plan: Plan, number: int, act: Callable[..., Awaitable[None]]
) -> tuple[Times, int]:
    """All trainees at once; seconds of their acts, and the most memory the server had."""
    times, chance, most = no_times(), random.Random(number), 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, server.memory())
            await asyncio.sleep(0.5)

    watching = asyncio.create_task(watch())
    there = [Trainee(server.port, code, f"Trainee {number} {n}", times) for n in range(number)]
    await asyncio.gather(*(act(each, plan, random.Random(chance.random())) for each in there))
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    return times, most


@dataclass(frozen=True)
class Measured:
    alone: Times
    together: Times
    looks: Times
    memory_alone: int
    memory_together: int


def measure_class(plan: Plan) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        place = new_place(Path(folder) / "home", registry.FAKE)
        ids = tuple(made_case(place, plan.side, seed).id for seed in range(1, plan.cases + 1))
        codes = [
            sessions.open_session(
                place, SessionWish(f"Batch {n}", "", ids, pace), reader=READER
            ).code
            for n, pace in enumerate((Pace.OWN, Pace.OWN, Pace.OWN, Pace.STEP))
        ]
        with classroom(place.settings.home, model=registry.FAKE) as server:
            warm, first, second, third = codes
            hasty = replace(plan, think_seconds=0.1, join_seconds=0.1)
            asyncio.run(_class(server, warm, hasty, 1, _own_pace))
            alone, memory_alone = asyncio.run(_class(server, first, plan, 1, _own_pace))
            together, memory = asyncio.run(_class(server, second, plan, plan.trainees, _own_pace))
            looks, _ = asyncio.run(_class(server, third, plan, plan.trainees, _in_step))
        place.engine.dispose()
    return Measured(alone, together, looks, memory_alone, memory)


def percentile(values: list[float], share: float) -> float:
    """By nearest rank, in milliseconds."""
    ordered = sorted(values)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _row(kind: str, trainees: int, values: list[float]) -> tuple[str | int | float, ...]:
    middle = 1000 * statistics.median(values)
    return kind, trainees, middle, percentile(values, 0.95), percentile(values, 0.99), len(values)


def result(plan: Plan, *, small: bool) -> Result:
    found = measure_class(plan)
    rows = [_row(kind, 1, values) for kind, values in found.alone.items()]
    rows += [_row(kind, plan.trainees, values) for kind, values in found.together.items()]
    rows += [
        _row(f"{kind}, in step", plan.trainees, values)
        for kind, values in found.looks.items()
        if kind == "look for the teacher"
    ]
    every = [seconds for values in found.together.values() for seconds in values]
    one = [seconds for values in found.alone.values() for seconds in values]
    worst = max(percentile(values, 0.95) for values in found.together.values())
    return Result(
        name="classroom",
        title="A classroom of fifty",
        method=(
            f"{plan.trainees} trainees without a browser join one session by HTTP within "
            f"{plan.join_seconds:g} s and read {plan.cases} cases at their own pace: each loads "
            f"the film ({plan.side} x {plan.side}, 16 bits), has his answer kept three times, "
            "commits, sees the answer, loads a map, and goes on.",
            f"Before each act but loading he thinks, {plan.think_seconds:g} s in the mean, "
            "exponentially. Acts over the websocket speak Streamlit's own messages and last until "
            "the script has finished.",
            "The peer is the same with one trainee, in the same run on the same server.",
            "In step, each page asks every two seconds whether the teacher went on.",
            "Server and trainees share the machine's cores. One trainee who reads all cases first "
            "is the warm-up.",
        ),
        tables=(
            Table(
                "Milliseconds an act",
                ("act", "trainees", "p50", "p95", "p99", "n"),
                tuple(rows),
            ),
            Table(
                "Memory of the server, MB",
                ("trainees", "most"),
                (
                    (1, found.memory_alone / 1e6),
                    (plan.trainees, found.memory_together / 1e6),
                ),
            ),
        ),
        ratios=(
            Ratio(
                f"p95 of all acts of {plan.trainees} trainees over the aim of "
                f"{1000 * AIM_SECONDS:.0f} ms",
                percentile(every, 0.95) / 1000 / AIM_SECONDS,
                1,
            ),
            Ratio("p95 of the slowest kind of act over the same", worst / 1000 / AIM_SECONDS, 1),
            Ratio(
                f"p95 of all acts with {plan.trainees} trainees over p95 with one",
                percentile(every, 0.95) / percentile(one, 0.95),
            ),
        ),
        small=small,
    )


def main() -> None:
    chosen = arguments(__doc__)
    publish(result(SMALL if chosen.small else FULL, small=chosen.small), chosen.results)


if __name__ == "__main__":
    main()
