"""The table of fine-tuning on a GPU says how long sequences were, and what was compared."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import lora_gpu
from core.training.finetuning.parameters import shapes

ERROR = {"model": "llava-1.6-mistral-7b", "backend": "peft", "max_length": 4096, "error": "ended"}
ROW = {
    "model": "qwen2-vl-2b",
    "backend": "peft",
    "error": "",
    "max_length": 2048,
    "seconds_per_step": 1.0,
    "tokens_per_second": 2.0,
    "peak_memory_bytes": 3e9,
    "card_bytes": 4e9,
    "fits_12_gb": True,
}


def test_each_row_says_its_length() -> None:
    table = lora_gpu.table({"machine": {"gpu": "a card"}, "rows": [ROW, ERROR]})
    place = lora_gpu.COLUMNS.index("max length")
    assert [row[place] for row in table.rows] == [2048, 4096]
    assert all(len(row) == len(lora_gpu.COLUMNS) for row in table.rows)
    assert "12.3 GB of the card" in table.title


def test_llava_is_trained_with_longer_sequences_under_a_changed_recipe() -> None:
    chosen = argparse.Namespace(steps=12)
    recipe = lora_gpu._recipe(chosen, "llava-1.6-mistral-7b")
    assert (recipe.max_length, recipe.name) == (4096, "original, changed")
    assert lora_gpu._recipe(chosen, "qwen2-vl-2b").max_length == 2048


def _chosen(out: Path, **changed: Any) -> argparse.Namespace:
    asked = {"out": out, "steps": 7, "models": None, "tiny": False, "row_seconds": None}
    return argparse.Namespace(**asked | {"seconds": None} | changed)


def test_every_shape_is_measured_unless_some_are_named() -> None:
    assert sorted(lora_gpu.ORDER) == sorted(shape.name for shape in shapes())


def test_what_was_measured_is_kept_and_what_was_not_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "lora_gpu.json"

    def measured(_chosen: Any, name: str, backend: str, *_rest: Any) -> dict[str, Any]:
        if name != "qwen2-vl-2b":
            raise KeyboardInterrupt
        return {**ROW, "model": name, "backend": backend, "gpu": "a card"}

    monkeypatch.setattr(lora_gpu, "_made", lambda *_: "")
    monkeypatch.setattr(lora_gpu, "_measured", measured)
    with pytest.raises(KeyboardInterrupt):
        lora_gpu._measure(_chosen(out))
    document = json.loads(out.read_text())
    assert document["machine"]["gpu"] == "a card"
    assert document["command"] == "python -m benchmarks.lora_gpu --steps 7"
    assert {row["model"] for row in document["rows"] if not row["error"]} == {"qwen2-vl-2b"}
    left = {row["model"] for row in document["rows"] if row["error"] == lora_gpu.LEFT_OUT}
    assert left == set(lora_gpu.ORDER) - {"qwen2-vl-2b"}


def test_one_that_takes_too_long_is_stopped_and_one_that_fails_is_told() -> None:
    python = sys.executable
    assert lora_gpu._run([python, "-c", "import time; time.sleep(60)"], 0.2) == "stopped after 0 s"
    assert lora_gpu._run([python, "-c", "raise SystemExit(3)"], 60) == "ended with 3"
    assert lora_gpu._run([python, "-c", ""], 60) == ""
    assert lora_gpu._run([python, "-c", ""], 0) == lora_gpu.LEFT_OUT


def test_weights_that_were_not_made_are_told_in_each_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lora_gpu, "_run", lambda *_: "ended with 1")
    document = lora_gpu._measure(_chosen(tmp_path / "lora_gpu.json", models=["qwen2-vl-2b"]))
    assert {row["error"] for row in document["rows"]} == {"its random weights: ended with 1"}
