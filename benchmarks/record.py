"""What every benchmark prints and keeps: figures with their spread, the machine, the command.

A figure is a median and the 95th percentile of ``n`` measurements after warm-ups. What is claimed
is a ratio to something that ran in the same minutes on the same machine.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("streamlit", "sqlalchemy", "numpy", "opencv-python", "torch", "transformers")

Cell = str | int | float


@dataclass(frozen=True)
class Spread:
    """Median and 95th percentile (nearest rank) of ``n`` measurements, in one unit."""

    p50: float
    p95: float
    n: int

    @classmethod
    def of(cls, values: Sequence[float], scale: float = 1.0) -> Spread:
        ordered = sorted(value * scale for value in values)
        rank = min(len(ordered) - 1, int(0.95 * len(ordered)))
        return cls(statistics.median(ordered), ordered[rank], len(ordered))

    @property
    def cells(self) -> tuple[Cell, Cell, Cell]:
        return self.p50, self.p95, self.n


@dataclass(frozen=True)
class Table:
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Ratio:
    """A figure over its peer's of the same run; ``aim`` is a bound on it, or nothing."""

    what: str
    value: float
    aim: float | None = None
    higher_is_better: bool = False

    @property
    def met(self) -> bool | None:
        if self.aim is None:
            return None
        return self.value >= self.aim if self.higher_is_better else self.value <= self.aim


@dataclass(frozen=True)
class Result:
    """One script's outcome; ``method`` says what was measured, in whole sentences."""

    name: str
    title: str
    method: tuple[str, ...]
    tables: tuple[Table, ...]
    ratios: tuple[Ratio, ...] = ()
    small: bool = False
    machine: dict[str, str] = field(default_factory=lambda: machine())
    versions: dict[str, str] = field(default_factory=lambda: versions())
    day: str = field(default_factory=lambda: dt.datetime.now(dt.UTC).date().isoformat())

    @property
    def command(self) -> str:
        return f"python -m benchmarks.{self.name}{' --small' if self.small else ''}"


def arguments(description: str | None) -> argparse.Namespace:
    """``--small`` (seconds, for the tests) and ``--results`` (the folder to write into)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--small", action="store_true", help="a few seconds; not to be published")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the JSON files")
    return parser.parse_args()


def measure(act: Callable[[], object], *, n: int, warm: int = 2) -> list[float]:
    """Seconds of each of ``n`` calls, after ``warm`` calls that do not count."""
    for _ in range(warm):
        act()
    taken = []
    for _ in range(n):
        started = time.perf_counter()
        act()
        taken.append(time.perf_counter() - started)
    return taken


def publish(result: Result, folder: Path) -> None:
    """Print the figures and write ``folder/NAME.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {**asdict(result), "command": result.command}
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    (folder / f"{result.name}.json").write_text(text, encoding="utf-8")
    print(f"# {result.title}\n")
    for table in result.tables:
        print(f"{markdown(table)}\n")
    for ratio in result.ratios:
        print(f"- {sentence(ratio)}")


def read(path: Path) -> Result:
    """What :func:`publish` wrote."""
    document = json.loads(path.read_text(encoding="utf-8"))
    del document["command"]
    tables = tuple(
        Table(item["title"], tuple(item["columns"]), tuple(map(tuple, item["rows"])))
        for item in document.pop("tables")
    )
    ratios = tuple(Ratio(**item) for item in document.pop("ratios"))
    return Result(
        **{**document, "method": tuple(document["method"]), "tables": tables, "ratios": ratios}
    )


def markdown(table: Table) -> str:
    head = [table.title, "", _line(table.columns), "| --- " * len(table.columns) + "|"]
    return "\n".join([*head, *(_line([shown(cell) for cell in row]) for row in table.rows)])


def sentence(ratio: Ratio) -> str:
    """A ratio in words, with its aim and whether it was met."""
    said = f"{ratio.what}: **{shown(ratio.value)}**"
    if ratio.aim is None:
        return f"{said}."
    bound = "at least" if ratio.higher_is_better else "at most"
    return f"{said}; aim {bound} {shown(ratio.aim)}: {'met' if ratio.met else 'missed'}."


def shown(value: Cell) -> str:
    """Two or three digits of a measurement; a count or a word as it is."""
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else value
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 or value == 0 else f"{value:.2g}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def machine() -> dict[str, str]:
    return {
        "processor": _processor(),
        "cores": str(psutil.cpu_count(logical=True)),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": platform.system(),
    }


def _processor() -> str:
    """The name that Linux gives, with family and model: a virtual machine shortens the name."""
    information = Path("/proc/cpuinfo")
    if not information.is_file():
        return platform.processor() or platform.machine()
    pairs = (line.partition(":") for line in information.read_text().splitlines())
    found = {key.strip(): value.strip() for key, _, value in pairs}
    name = found.get("model name", platform.machine())
    return f"{name} (family {found.get('cpu family', '?')}, model {found.get('model', '?')})"


def versions() -> dict[str, str]:
    packages = {name: version(name).partition("+")[0] for name in PACKAGES}
    return {"python": platform.python_version(), **packages}
