"""The whole path on one machine without a GPU: two corpora, a small writer, its evaluation.

Run: python -m benchmarks.writer_run --films FOLDER --work FOLDER [--commands]

The writer learns from phantoms with their true reports first, then from real films with reports
drafted from their labels, and is measured on the validation films of the folder, beside two
baselines and the classifier with its template. Each step is a command of its own, printed before
it runs; what is there already is not made again. The figures lie in FOLDER/evaluations/writer.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import ROOT

PHANTOMS = 930
STEPS = (60, 100)
"""On phantoms, then on films; of 16 films each."""
SIZE = 128
MODELS = "overread-embedded-3"


@dataclass(frozen=True)
class Stage:
    """A command, and the file by which it is known to have ended."""

    words: tuple[str, ...]
    ends_with: Path


def stages(films: Path, work: Path, phantoms: int, steps: tuple[int, int]) -> tuple[Stage, ...]:
    """Return the commands of the run in their order."""
    corpora, runs, evaluations = (work / name for name in ("corpora", "runs", "evaluations"))
    train, first, second = ("-m", "core.training"), runs / "writer-phantoms", runs / "writer-films"

    def imported(kind: str, source: Path, *more: str) -> Stage:
        words = ("corpus", "import", kind, str(source), "--out", str(corpora / kind), *more)
        return Stage((*train, *words), corpora / kind / "corpus.json")

    def taught(corpus: str, run: Path, count: int, *more: str) -> Stage:
        words = ("writer", "--corpus", str(corpora / corpus), "--out", str(run))
        return Stage((*train, *words, "--steps", str(count), *more), run / "model" / "config.json")

    measured = (
        *("-m", "core.evaluation", "drafts", "--models", f"{second},{MODELS}"),
        *("--corpus", str(corpora / "films"), "--ask", "describe", "--precision", "fp32"),
        *("--out", str(evaluations / "writer")),
    )
    return (
        imported("phantoms", work / "phantoms", "--limit", str(phantoms)),
        imported("films", films),
        taught("phantoms", first, steps[0], "--size", str(SIZE)),
        taught("films", second, steps[1], "--start", str(first)),
        Stage(measured, evaluations / "writer" / "measured.json"),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=Path, required=True, help="folder with manifest.csv")
    parser.add_argument("--work", type=Path, required=True, help="folder of all that is made")
    parser.add_argument("--phantoms", type=int, default=PHANTOMS)
    parser.add_argument("--steps", type=int, nargs=2, default=STEPS, help="on phantoms, on films")
    parser.add_argument("--commands", action="store_true", help="print the commands alone")
    asked = parser.parse_args()
    for stage in stages(asked.films, asked.work, asked.phantoms, tuple(asked.steps)):
        print("python", *stage.words, flush=True)
        if asked.commands or stage.ends_with.is_file():
            continue
        started = time.monotonic()
        environment = {**os.environ, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}
        done = subprocess.run([sys.executable, *stage.words], cwd=ROOT, env=environment)
        print(f"[{time.monotonic() - started:.0f} s]\n", flush=True)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
