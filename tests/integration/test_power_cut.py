"""A few power cuts; the campaign of hundreds is in ``tests/slow``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def cut(folder: Path, moments: int, seed: int, url: str = "") -> dict[str, Any]:
    """Run a campaign in a process of its own and return what it saw."""
    command = [sys.executable, "-m", "tests.power_cut", str(folder), str(moments), str(seed)]
    ended = subprocess.run(
        [*command, url] if url else command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    outcome: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    assert outcome["faults"] == [], ended.stderr
    return outcome


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_acknowledged_is_lost(
    tmp_path: Path, request: pytest.FixtureRequest, database: str
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    outcome = cut(tmp_path, 10 if database == "sqlite" else 4, seed=3, url=url)
    assert outcome["acknowledged"].get("film", 0) > 0
