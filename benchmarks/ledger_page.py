"""The Ledger page at 5,000 signed studies: its figures beside reading every row.

Run: python -m benchmarks.ledger_page
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.films import new_place
from benchmarks.many_signatures import fill
from benchmarks.record import Ratio, Result, Spread, Table, arguments, measure, publish
from core.domain.reading import Nature
from core.evaluation.edits.distance import longer, word_distance
from core.models import registry
from dashboard.services.ledger import ledger_page
from dashboard.services.ledger_drift import drift, model_versions
from dashboard.services.ledger_figures import ledger_figures
from dashboard.workspace import Workspace
from storage.repositories.ledger_figures import LedgerFilter

AIM = 0.5
OVERVIEW, NAIVE = "overview, all figures", "the same counts from every row"
CORRECTIONS, FILTERED, DRIFT = "corrections, first page", "corrections, filtered", "drift"


@dataclass(frozen=True)
class Plan:
    signed: int
    calls: int


FULL = Plan(5_000, 7)
SMALL = Plan(120, 2)


def calls_of(place: Workspace) -> dict[str, Callable[[], object]]:
    """What the page asks of its services, and the peer."""
    version = model_versions(place, phantoms=False)[0]
    asked = LedgerFilter(nature="side", reason="wording")
    return {
        OVERVIEW: lambda: ledger_figures(place),
        NAIVE: lambda: every_row(place),
        CORRECTIONS: lambda: ledger_page(place),
        FILTERED: lambda: ledger_page(place, asked),
        DRIFT: lambda: drift(place, version, phantoms=False),
    }


def every_row(place: Workspace) -> tuple[float, float, Counter[tuple[str, Nature]]]:
    """Edit rate, distance and natures of all models as objects would be counted; no intervals."""
    with place.look() as look:
        entries, _readings = look.ledger.entries(), look.readings.readings()
    sentences = [each.correction for each in entries if each.correction.kind == "sentence"]
    edited = sum(each.change != "kept" for each in sentences)
    apart = sum(word_distance(each.before, each.after) for each in sentences)
    long = sum(longer(each.before, each.after) for each in sentences)
    natures = Counter(
        (each.correction.finding or "", nature)
        for each in entries
        for nature in each.correction.natures
    )
    return edited / len(sentences), apart / long, natures


def result(plan: Plan, *, small: bool) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        place = new_place(Path(folder), registry.FAKE)
        fill(place, plan.signed)
        times = {name: measure(call, n=plan.calls) for name, call in calls_of(place).items()}
        place.engine.dispose()
    rows = tuple((name, *Spread.of(taken, 1000).cells) for name, taken in times.items())
    ratio = Spread.of(times[OVERVIEW]).p50 / Spread.of(times[NAIVE]).p50
    return Result(
        name="ledger_page",
        title=f"The ledger at {FULL.signed:,} signed studies",
        method=(
            f"{plan.signed:,} signed studies with eleven corrections and one reading each, on "
            "SQLite, put in with bulk inserts.",
            "Each line calls a use case of the page in this process; the overview has all figures "
            "with their intervals, by week and by version of the model.",
            "The peer reads every correction and reading as an object and counts the overall "
            "figures alone, without intervals. Two calls are warm-up.",
        ),
        tables=(Table("Milliseconds", ("what", "p50", "p95", "n"), rows),),
        ratios=(Ratio(f"{OVERVIEW} over {NAIVE}, p50", ratio, AIM),),
        small=small,
    )


def main() -> None:
    chosen = arguments(__doc__)
    publish(result(SMALL if chosen.small else FULL, small=chosen.small), chosen.results)


if __name__ == "__main__":
    main()
