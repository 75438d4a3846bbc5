"""A folder of 5,000 small films: files a second, memory of the server, size on the disk.

Run: python -m benchmarks.import_files
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom

from benchmarks.films import noisy_films
from benchmarks.record import Ratio, Result, Table, arguments, publish
from benchmarks.servers import Server, dashboard
from core.models import registry

POLL_SECONDS = 0.25
SETTLED = 0.1
"""Share of the files after which memory should grow no more."""


@dataclass(frozen=True)
class Plan:
    files: int
    side: int


FULL = Plan(files=5_000, side=512)
SMALL = Plan(files=12, side=128)


@dataclass(frozen=True)
class Moment:
    """What stood at one look: seconds since the start, files done, resident bytes."""

    seconds: float
    done: int
    memory: int


def make_folder(folder: Path, plan: Plan) -> int:
    """Write the films, each a study of its own with noise of its own; returns their bytes."""
    folder.mkdir(parents=True)
    return sum(
        (folder / f"{number:05d}.dcm").write_bytes(content)
        for number, content in enumerate(noisy_films(plan.files, plan.side), start=1)
    )


def bare_loop(folder: Path, target: Path) -> float:
    """Files a second of reading, decoding and copying, and nothing else, in this process."""
    target.mkdir()
    started = time.perf_counter()
    count = 0
    for path in sorted(folder.iterdir()):
        assert pydicom.dcmread(path).pixel_array.size
        shutil.copyfile(path, target / path.name)
        count += 1
    return count / (time.perf_counter() - started)


def imported(server: Server, folder: str) -> tuple[list[Moment], dict[str, Any]]:
    """Import a folder and watch; returns what was seen and the import as it ended."""
    started = time.perf_counter()
    current = ask(server, "/imports", {"folder": folder})["import"]
    moments = []
    while current["state"] in ("queued", "running"):
        time.sleep(POLL_SECONDS)
        answer = ask(server, f"/imports/{current['id']}")
        current = answer.get("import", answer)
        seconds = time.perf_counter() - started
        moments.append(Moment(seconds, current["counts"]["done"], server.memory()))
    return moments, current


def ask(server: Server, path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{server.url}/api/v1{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def result(plan: Plan, *, small: bool) -> Result:
    with tempfile.TemporaryDirectory() as name:
        root, home = Path(name) / "incoming", Path(name) / "home"
        sent = make_folder(root / "films", plan)
        bare = bare_loop(root / "films", Path(name) / "copies")
        shutil.rmtree(Path(name) / "copies")
        with dashboard(home, model=registry.FAKE, import_root=str(root)) as server:
            before = server.memory()
            moments, ended = imported(server, "films")
        kept = bytes_of(home)
    if ended["state"] != "done" or ended["counts"]["stored"] != plan.files:
        raise SystemExit(f"the import ended as {ended['state']}: {ended['counts']}")
    speed = plan.files / moments[-1].seconds
    settled = [moment for moment in moments if moment.done >= SETTLED * plan.files]
    early, late = settled[0].memory, settled[-1].memory
    peak = max(moment.memory for moment in moments)
    mega = 1e6
    rows: tuple[tuple[str, float], ...] = (
        ("files a second", speed),
        ("files a second, bare loop", bare),
        ("MB of memory before", before / mega),
        ("MB of memory at most", peak / mega),
        (f"MB of memory after {SETTLED:.0%} of the files", early / mega),
        ("MB of memory at the end", late / mega),
        ("MB of the films sent", sent / mega),
        ("MB on the disk", kept / mega),
    )
    return Result(
        name="import_files",
        title="Importing a folder",
        method=(
            f"{plan.files:,} DICOM files of {plan.side} x {plan.side} pixels, 16 bits allocated, "
            "each a study of its own with noise of its own, taken in by the folder import of a "
            "running server: decoded in processes that may be killed, stored, committed, and "
            "queued for a draft by the stand-in model, which the worker makes meanwhile.",
            "Memory is the resident size of the server and all its children, seen "
            f"{1 / POLL_SECONDS:g} times a second; what processes share is counted in each.",
            "The peer reads the same files with pydicom, decodes their pixels and copies them, in "
            "one loop of one process, and keeps no promise about a power cut.",
        ),
        tables=(Table(f"One import of {plan.files:,} files", ("what", "figure"), rows),),
        ratios=(
            Ratio("speed of the import over the bare loop's", speed / bare),
            Ratio("memory at the end over memory after a tenth of the files", late / early),
            Ratio("bytes on the disk over bytes sent", kept / sent),
        ),
        small=small,
    )


def main() -> None:
    chosen = arguments(__doc__)
    publish(result(SMALL if chosen.small else FULL, small=chosen.small), chosen.results)


if __name__ == "__main__":
    main()
