"""The table of fine-tuning on a GPU says how long sequences were, and what was compared."""

from __future__ import annotations

import argparse

from benchmarks import lora_gpu

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
