"""What the harness page shows, kept in one JSON file so that it survives a server's restart."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["OVERREAD_HARNESS"])
CASE = FOLDER / "case.json"


def read() -> dict[str, Any]:
    case: dict[str, Any] = json.loads(CASE.read_text(encoding="utf-8"))
    return case


def write(case: dict[str, Any]) -> None:
    fresh = CASE.with_suffix(".fresh")
    fresh.write_text(json.dumps(case), encoding="utf-8")
    fresh.replace(CASE)


def change(**values: Any) -> dict[str, Any]:
    case = {**read(), **values}
    write(case)
    return case
