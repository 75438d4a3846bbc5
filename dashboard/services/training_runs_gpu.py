"""What was measured of fine-tuning on a GPU; nothing, where nobody has run it on one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MEASURED = Path(__file__).resolve().parents[2] / "benchmarks" / "lora_gpu.json"
COMMAND = "python benchmarks/lora_gpu.py --out benchmarks/lora_gpu.json"
MOST_BYTES = 1_000_000


def measured_on_gpu(path: Path | None = None) -> Mapping[str, Any] | None:
    """Return the file that the script wrote; ``None`` where there is none, or it is damaged."""
    path = path or MEASURED
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
