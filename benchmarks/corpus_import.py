"""A made ROCOv2 of 22,836 films: records a second, memory, and what a killed import costs.

Run: python -m benchmarks.corpus_import
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import psutil

from benchmarks.record import Ratio, Result, Table, arguments, publish
from benchmarks.servers import ROOT, THREADS
from core.training.corpus.folder import Corpus, open_corpus

POLL_SECONDS = 0.02
FILMS_OF_A_FIGURE = 2
_RECORDS = re.compile(r"records: (\d+) of")
CAPTIONS = (
    "Chest radiograph showing a left pleural effusion (arrow).",
    "PA chest X-ray with cardiomegaly and no pneumothorax.",
    "Chest radiograph shows consolidation in the right lower lobe. No pleural effusion is seen.",
    "Chest X-ray: right pneumothorax with collapse of the right lung.",
    "AP chest radiograph of a 62-year-old man after surgery. The lungs are clear.",
)
PEER = """
import sys
import datasets
datasets.disable_progress_bars()
folder, cache, target = sys.argv[1:]
rows = datasets.load_dataset("imagefolder", data_dir=folder, cache_dir=cache)
rows.save_to_disk(target)
"""


@dataclass(frozen=True)
class Plan:
    films: int
    side: int


FULL = Plan(films=22_836, side=384)
SMALL = Plan(films=240, side=160)


@dataclass
class Watched:
    """One process: what it had read and held at each look, from its start."""

    seconds: float = 0.0
    moments: list[tuple[int, int]] = field(default_factory=list)

    def peak(self, records: float | None = None) -> float:
        """Most resident megabytes until so many records had been read, or until the end."""
        held = [memory for read, memory in self.moments if records is None or read <= records]
        return max(held, default=0) / 1e6


# --- the source ---------------------------------------------------------------------------------


def make_source(folder: Path, plan: Plan) -> int:
    """Write a ROCOv2 of one split; returns the bytes of its pictures."""
    images = folder / "train"
    images.mkdir(parents=True)
    written = 0
    names = [f"ROCOv2_2023_train_{number:06d}" for number in range(1, plan.films + 1)]
    for name, encoded in zip(names, films(plan), strict=True):
        written += (images / f"{name}.jpg").write_bytes(encoded)
    captions = [
        f"{CAPTIONS[number % len(CAPTIONS)]} Taken {number} hours after admission."
        for number in range(plan.films)
    ]
    articles = [f"PMC{7_000_000 + number // FILMS_OF_A_FIGURE}" for number in range(plan.films)]
    chest = ["C1306645;C0817096"] * plan.films
    tables: dict[str, tuple[tuple[str, ...], Iterator[tuple[str, ...]]]] = {
        "train_captions.csv": (("ID", "Caption"), zip(names, captions, strict=True)),
        "train_concepts.csv": (("ID", "CUIs"), zip(names, chest, strict=True)),
        "license_information.csv": (
            ("ID", "PMCID", "Attribution", "Link"),
            ((name, article, "CC BY", "") for name, article in zip(names, articles, strict=True)),
        ),
    }
    for name, (header, rows) in tables.items():
        write_csv(folder / name, header, rows)
    write_csv(folder / "train_concepts_manual.csv", ("ID", "CUIs"), zip(names, chest, strict=True))
    return written


def films(plan: Plan) -> Iterator[bytes]:
    """JPEG films of smooth noise below a fixed grain, no two alike."""
    rng = np.random.default_rng(0)
    grain = rng.normal(0, 6, (plan.side, plan.side)).astype(np.float32)
    for number in range(plan.films):
        coarse = rng.uniform(30, 220, (9, 9)).astype(np.float32)
        smooth = cv2.resize(coarse, (plan.side, plan.side), interpolation=cv2.INTER_CUBIC)
        levels = np.clip(smooth + np.roll(grain, number, 0), 0, 255).astype(np.uint8)
        yield bytes(cv2.imencode(".jpg", levels)[1])


def write_csv(path: Path, header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


# --- processes ----------------------------------------------------------------------------------


def importing(source: Path, out: Path, until: int | None = None) -> Watched:
    """Import in a process of its own; with ``until``, kill it after so many records."""
    command = ["-m", "core.training", "corpus", "import", "rocov2", str(source), "--out", str(out)]
    return watch(command, lambda read: until is not None and read >= until)


def peer(source: Path, folder: Path) -> Watched:
    """Let `datasets` load the same pictures with their captions as an image folder, and save it."""
    listing = source / "train" / "metadata.csv"
    with (source / "train_captions.csv").open(newline="", encoding="utf-8") as lines:
        rows = [(f"{line['ID']}.jpg", line["Caption"]) for line in csv.DictReader(lines)]
    write_csv(listing, ("file_name", "caption"), iter(rows))
    places = (str(source / "train"), str(folder / "cache"), str(folder / "saved"))
    try:
        return watch(["-c", PEER, *places], lambda _: False)
    finally:
        listing.unlink()


def watch(command: list[str], enough: Callable[[int], bool]) -> Watched:
    seen, read = Watched(), 0
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, **THREADS, "HF_HUB_OFFLINE": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    ended = threading.Event()

    def look() -> None:
        root = psutil.Process(process.pid)
        while not ended.wait(POLL_SECONDS):
            try:
                seen.moments.append((read, root.memory_info().rss))
            except psutil.NoSuchProcess:
                return

    looking = threading.Thread(target=look)
    looking.start()
    lines, killed = [], False
    assert process.stderr is not None
    for line in process.stderr:
        lines.append(line)
        if found := _RECORDS.search(line):
            read = int(found[1])
            if enough(read):
                process.kill()
                killed = True
    process.wait()
    ended.set()
    looking.join()
    seen.seconds = time.perf_counter() - started
    if process.returncode and not killed:
        raise SystemExit(f"a process failed:\n{''.join(lines[-20:])}")
    return seen


# --- the measurement ----------------------------------------------------------------------------


def result(plan: Plan, *, small: bool) -> Result:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        sent = make_source(root / "rocov2", plan)
        whole = importing(root / "rocov2", root / "whole")
        corpus = open_corpus(root / "whole")
        first = importing(root / "rocov2", root / "killed", until=plan.films // 2)
        second = importing(root / "rocov2", root / "killed")
        same = open_corpus(root / "killed").manifest.digest == corpus.manifest.digest
        shutil.rmtree(root / "killed")
        saved = peer(root / "rocov2", root / "peer")
        kept = sum(path.stat().st_size for path in (root / "whole").rglob("*") if path.is_file())
    if not same:
        raise SystemExit("the killed import has another digest")
    return _told(plan, corpus, (whole, first, second, saved), (sent, kept), small)


def _told(
    plan: Plan, corpus: Corpus, processes: tuple[Watched, ...], sizes: tuple[int, int], small: bool
) -> Result:
    whole, first, second, saved = processes
    sent, kept = sizes
    quarter, half, end = whole.peak(plan.films / 4), whole.peak(plan.films / 2), whole.peak()
    rows: tuple[tuple[str, float | int], ...] = (
        ("samples", sum(corpus.manifest.samples.values())),
        ("seconds", whole.seconds),
        ("records a second", plan.films / whole.seconds),
        ("MB of memory at most, after 25 % of the records", quarter),
        ("MB of memory at most, after 50 %", half),
        ("MB of memory at most, until the end", end),
        ("seconds until killed at half", first.seconds),
        ("seconds of the import that went on", second.seconds),
        ("seconds that the kill cost", first.seconds + second.seconds - whole.seconds),
        ("records a second, peer", plan.films / saved.seconds),
        ("MB of memory at most, peer", saved.peak()),
        ("MB of the source's pictures", sent / 1e6),
        ("MB of the corpus", kept / 1e6),
    )
    return Result(
        name="corpus_import",
        title="Importing a corpus",
        method=(
            f"{plan.films:,} JPEG films of {plan.side} x {plan.side} pixels in the layout of "
            "ROCOv2, two a figure, imported by `python -m core.training corpus import` in a "
            "process of its own: decoded, judged, their captions cleaned and read by the "
            "labeller, staged on the disk, split and written. Memory is its resident size, seen "
            f"{1 / POLL_SECONDS:g} times a second, with the pages of files that it maps.",
            "The same import is killed without warning once half of the records are read, and "
            "started again; its corpus has the same digest as the uninterrupted one, or the "
            "benchmark fails.",
            "The peer is `datasets`: `load_dataset('imagefolder')` of the same files with a table "
            "of captions, and `save_to_disk`. It decodes, judges, reads and splits nothing.",
        ),
        tables=(Table(f"One import of {plan.films:,} records", ("what", "figure"), rows),),
        ratios=(
            Ratio("most memory of all over most memory until 25 % of the records", end / quarter),
            Ratio(
                "time of a killed and resumed import over an uninterrupted one's",
                (first.seconds + second.seconds) / whole.seconds,
            ),
            Ratio("speed of the import over the peer's", saved.seconds / whole.seconds),
            Ratio("bytes on the disk over bytes of the pictures", kept / sent),
        ),
        small=small,
    )


def main() -> None:
    chosen = arguments(__doc__)
    publish(result(SMALL if chosen.small else FULL, small=chosen.small), chosen.results)


if __name__ == "__main__":
    main()
