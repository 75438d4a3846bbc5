"""Every benchmark still runs, on a few small cases; what it measures then is not looked at."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.record import read
from benchmarks.report import ORDER

ROOT = Path(__file__).resolve().parents[2]
# They load large libraries, start servers or a browser: many seconds even on a few small cases.
SLOW = (
    "draft",
    "first_draft",
    "batch_drafts",
    "language_models",
    "first_image",
    "review_reruns",
    "worklist",
    "import_files",
    "classroom",
    "active_learning",
    "ledger_page",
    "burned_in",
)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in ORDER],
)
def test_a_benchmark_runs(name: str, tmp_path: Path) -> None:
    threads = {"OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "passive"}
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--small", "--results", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, **threads},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = read(tmp_path / f"{name}.json")
    assert result.name == name and result.small and result.command.endswith("--small")
    assert result.method and result.ratios and result.title in done.stdout
    for table in result.tables:
        assert table.rows and all(len(row) == len(table.columns) for row in table.rows)
