"""How often the search for changes marks rows without one, and finds a planted one.

Run: python -m benchmarks.drift_alarms
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.record import Cell, Ratio, Result, Table, arguments, publish
from core.evaluation.drift import change_points
from core.evaluation.drift.change_points import LEVEL, changes
from core.evaluation.resampling import hits_of

Floats = npt.NDArray[np.float64]

ALIKE = (0.0, 0.3, 0.5)
"""Autocorrelation of neighbours: rows are autoregressive of order one, of unit spread."""
SHIFT = 0.75
"""Standard deviations by which the level of a row with a change rises."""
AT = 0.6
RUN_IN = 100


@dataclass(frozen=True)
class Plan:
    counts: tuple[int, ...]
    rows: int
    permutations: int


FULL = Plan((60, 150, 400), 400, 199)
SMALL = Plan((60,), 6, 99)


def row_of(rng: np.random.Generator, count: int, alike: float, shift: float = 0.0) -> Floats:
    """Numbers of unit spread whose neighbours correlate, risen by ``shift`` from ``AT`` on."""
    noise = rng.normal(size=count + RUN_IN) * np.sqrt(1 - alike**2)
    row = np.zeros(count + RUN_IN)
    for place in range(1, len(row)):
        row[place] = alike * row[place - 1] + noise[place]
    row = row[RUN_IN:]
    row[round(AT * count) :] += shift
    return row


def marked(plan: Plan, count: int, alike: float, shift: float, find: Callable[..., object]) -> int:
    """How many of the rows are marked at least once."""
    return sum(
        bool(
            find(
                row_of(np.random.default_rng((seed, count)), count, alike, shift),
                seed=seed,
                permutations=plan.permutations,
            )
        )
        for seed in range(plan.rows)
    )


def singly(row: Floats, *, seed: int, permutations: int) -> bool:
    """The peer: numbers are permuted one by one, as if none resembled its neighbour."""
    rng = np.random.default_rng(seed)
    return change_points._chance(row, rng, permutations) <= LEVEL


def result(plan: Plan, *, small: bool) -> Result:
    rows: list[tuple[Cell, ...]] = []
    false: dict[bool, int] = {True: 0, False: 0}
    for count in plan.counts:
        for alike in ALIKE:
            alarms = marked(plan, count, alike, 0.0, changes)
            peer = marked(plan, count, alike, 0.0, singly)
            found = marked(plan, count, alike, SHIFT, changes)
            false[True] += alarms if alike else 0
            false[False] += peer if alike else 0
            interval = hits_of(alarms, plan.rows)
            ends = (interval.low, interval.high) if interval else ("-", "-")
            share = (alarms / plan.rows, *ends, peer / plan.rows, found / plan.rows)
            rows.append((count, f"{alike}", *share, plan.rows))
    columns = (
        "numbers", "autocorrelation", "marked without a change", "low", "high",
        "the same, singly", "change found", "rows",
    )  # fmt: skip
    return Result(
        name="drift_alarms",
        title="False alarms of the search for changes of level",
        method=(
            f"{plan.rows} autoregressive rows of each kind, {plan.permutations} permutations, level"
            f" {LEVEL}; a change is a rise by {SHIFT} standard deviations at {AT:.0%} of the row."
            " Intervals are Wilson's at 95 %.",
            "The peer permutes numbers one by one. A row counts as found wherever its mark stands.",
            "Rows whose far numbers resemble each other, as seasons make them, were not measured.",
        ),
        tables=(Table("Shares of rows", columns, tuple(rows)),),
        ratios=(
            Ratio("false alarms in autocorrelated rows, in blocks over singly",
                  false[True] / max(1, false[False]), aim=0.5),
        ),
        small=small,
    )  # fmt: skip


def main() -> None:
    chosen = arguments(__doc__)
    publish(result(SMALL if chosen.small else FULL, small=chosen.small), chosen.results)


if __name__ == "__main__":
    main()
