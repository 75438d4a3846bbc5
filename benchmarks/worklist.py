"""The worklist at 100 and at 100,000 studies, on SQLite and on PostgreSQL.

Run: python -m benchmarks.worklist
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.films import new_place
from benchmarks.many_studies import fill, name_of
from benchmarks.record import Ratio, Result, Spread, Table, arguments, measure, publish
from benchmarks.servers import dashboard
from benchmarks.sessions import Session
from core.domain.study import StudyStatus
from core.models import registry
from dashboard.services.worklist import PAGE_SIZE, next_study, worklist
from dashboard.workspace import Workspace
from tests.postgres import temporary_postgres

AIM = 1.2
DEFAULT = "first page"
FRAGMENT = "page, table alone (every 3 s)"
RERUN = "page, whole rerun"


@dataclass(frozen=True)
class Plan:
    sizes: tuple[int, int]
    calls: int
    reruns: int


FULL = Plan((100, 100_000), 60, 60)
SMALL = Plan((60, 600), 3, 3)

Times = dict[str, list[float]]


def calls_of(place: Workspace, studies: int) -> dict[str, Callable[[], object]]:
    """What readers ask of the worklist."""
    middle = studies // PAGE_SIZE // 2 + 1
    return {
        DEFAULT: lambda: worklist(place),
        "page in the middle": lambda: worklist(place, page=middle),
        "drafted ones": lambda: worklist(place, status=StudyStatus.DRAFTED),
        "signed ones, middle": lambda: worklist(
            place, status=StudyStatus.SIGNED, page=max(1, middle // 2)
        ),
        "search a name": lambda: worklist(place, query=name_of(studies // 2)),
        "search a common word": lambda: worklist(place, query="fever"),
        "search two letters": lambda: worklist(place, query="zq"),
        "next to read": lambda: next_study(place, studies // 2),
    }


def times_of(place: Workspace, studies: int, plan: Plan) -> Times:
    """Seconds of each call of the service, and of reruns of the page over a websocket."""
    fill(place.engine, studies)
    times = {
        name: measure(call, n=plan.calls, warm=3) for name, call in calls_of(place, studies).items()
    }
    url = place.settings.database_url.get_secret_value()
    with dashboard(place.settings.home, model=registry.FAKE, database_url=url) as server:
        return times | asyncio.run(_reruns(server.port, plan.reruns))


async def _reruns(port: int, number: int) -> Times:
    session = Session(port)
    await session.open()
    await session.rerun()
    [fragment] = session.fragments
    await session.rerun(fragment)
    whole, part = [], []
    for _ in range(number):
        whole.append((await session.rerun()).seconds)
        part.append((await session.rerun(fragment)).seconds)
    await session.close()
    return {RERUN: whole, FRAGMENT: part}


@contextmanager
def places(database: str) -> Iterator[Callable[[], Workspace] | None]:
    """Makes empty workspaces on a database; nothing where its server cannot be started."""
    with tempfile.TemporaryDirectory() as folder:
        homes = iter(Path(folder) / str(number) for number in range(10))
        if database == "SQLite":
            yield lambda: new_place(next(homes), registry.FAKE)
            return
        with temporary_postgres() as url:
            yield None if url is None else lambda: _emptied(next(homes), url)


def _emptied(home: Path, url: str) -> Workspace:
    from sqlalchemy import create_engine

    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    engine.dispose()
    return new_place(home, registry.FAKE, url)


def table_of(database: str, plan: Plan, few: Times, many: Times) -> Table:
    rows = []
    for name, times in few.items():
        small, large = Spread.of(times, 1000), Spread.of(many[name], 1000)
        rows.append((name, *small.cells[:2], *large.cells, large.p50 / small.p50))
    columns = [f"{size:,} studies {what}" for size in plan.sizes for what in ("p50", "p95")]
    return Table(f"Milliseconds, {database}", ("what", *columns, "n", "ratio of p50"), tuple(rows))


def result(plan: Plan, *, small: bool) -> Result:
    tables, ratios = [], []
    for database in ("SQLite", "PostgreSQL"):
        with places(database) as make:
            if make is None:
                print("no PostgreSQL server can be started here")
                continue
            sides = []
            for studies in plan.sizes:
                place = make()
                sides.append(times_of(place, studies, plan))
                place.engine.dispose()
            few, many = sides
        tables.append(table_of(database, plan, few, many))
        for name in (DEFAULT, RERUN):
            ratio = Spread.of(many[name]).p50 / Spread.of(few[name]).p50
            sizes = f"{plan.sizes[1]:,} over {plan.sizes[0]:,} studies"
            ratios.append(Ratio(f"{database}, {name}, p50 at {sizes}", ratio, AIM))
    return Result(
        name="worklist",
        title="The worklist at 100,000 studies",
        method=(
            "Rows of studies with a finished job each, put in with bulk inserts.",
            f"The last two lines rerun the page of a running server over a websocket, one session "
            f"without pauses; the others call its use case in this process, {PAGE_SIZE} studies a "
            "page.",
            "Two letters are fewer than the search index holds, so that every study is read.",
            "The peer is the same on the smaller list, in the same run. Three calls are warm-up.",
        ),
        tables=tuple(tables),
        ratios=tuple(ratios),
        small=small,
    )


def main() -> None:
    chosen = arguments(__doc__)
    publish(result(SMALL if chosen.small else FULL, small=chosen.small), chosen.results)


if __name__ == "__main__":
    main()
