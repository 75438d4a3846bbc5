"""The measurement of fine-tuning on a GPU goes the whole way on tiny shapes, on a CPU."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import lora_gpu, random_weights
from core.models.torchvision_guard import ensure_torchvision

pytestmark = pytest.mark.slow


def test_tiny_shapes_go_the_same_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "lora_gpu.json"
    assert lora_gpu.main(["--tiny", "--steps", "4", "--out", str(out)]) == 0
    document = json.loads(out.read_text())
    (row,) = document["rows"]
    assert document["tiny"] and not row["error"] and row["steps"] == 2
    assert row["seconds_per_step"] > 0 and row["tokens_per_second"] > 0
    assert row["peak_memory_bytes"] > 0 and row["trained"] > 0
    assert row["max_length"] == 2048 and row["compared_bytes"] == lora_gpu.OFFERED
    assert "qwen2_vl" in capsys.readouterr().out


WORDS = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 1024,
}
SMALLER: dict[str, dict[str, dict[str, Any]]] = {
    "llama-3.2-11b-vision": {
        "text_config": {**WORDS, "cross_attention_layers": [1, 3], "pad_token_id": 0},
        "vision_config": {
            "hidden_size": 64,
            "attention_heads": 2,
            "intermediate_size": 128,
            "num_hidden_layers": 3,
            "num_global_layers": 1,
            "intermediate_layers_indices": [0, 2],
            "vision_output_dim": 192,
        },
    },
    "llava-1.6-mistral-7b": {
        "text_config": {**WORDS, "head_dim": 16},
        "vision_config": {
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 3,
            "num_attention_heads": 2,
        },
    },
    "qwen2-vl-2b": {
        "text_config": {
            **WORDS,
            "layer_types": ["full_attention"] * 4,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10000.0,
                "mrope_section": [2, 3, 3],
            },
        },
        "vision_config": {"embed_dim": 64, "hidden_size": 64, "num_heads": 2, "depth": 2},
    },
}


@pytest.mark.parametrize("name", sorted(SMALLER))
def test_random_weights_open_and_learn_from_films_of_real_size(name: str, tmp_path: Path) -> None:
    """The published shapes, made narrower; films, tiles and processors are of their real size."""
    ensure_torchvision()
    from core.models.language.shelf import Shelf
    from core.training.corpus.folder import TRAIN
    from core.training.finetuning.backends.peft import ready
    from core.training.finetuning.base import find_base
    from core.training.finetuning.recipe import open_recipe
    from tests.small_corpus import small_corpus

    random_weights.write(name, tmp_path / "model", **SMALLER[name])
    base = find_base(str(tmp_path / "model"), Shelf(tmp_path / "models"))
    assert base.source.stored == "nf4"
    rows = small_corpus(tmp_path / "corpus", 2, lora_gpu.SIDE).split(TRAIN)
    length = lora_gpu.LLAVA_LENGTH if name.startswith("llava") else 2048
    recipe = open_recipe("original", max_length=length, gradient_checkpointing=False)
    made = ready(base, recipe, rows, tmp_path / "checkpoints")
    batch = made.collate([rows[0]])
    assert 20 < batch["input_ids"].shape[1] < length
    loss = made.model(**batch).loss
    loss.backward()
    assert bool(loss.isfinite())


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_it_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "lora_gpu.json"
    assert lora_gpu.main(["--out", str(out)]) == 1
    assert "finds none here" in capsys.readouterr().err and not out.exists()
