"""Folders that look like a model of the hub: whole headers, few numbers, no model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

SMALL_FILES: dict[str, Any] = {
    "tokenizer.json": {"version": "1.0"},
    "tokenizer_config.json": {"chat_template": "{{ messages }}"},
    "preprocessor_config.json": {"size": 28},
    "generation_config.json": {},
}
SHARDS = {
    "model-00001-of-00002.safetensors": {
        "model.embed_tokens.weight": (32, 8),
        "model.layer.weight": (16, 8),
    },
    "model-00002-of-00002.safetensors": {"lm_head.weight": (32, 8)},
}
INDEX = "model.safetensors.index.json"


def write_checkpoint(
    folder: Path, architecture: str = "Qwen2VLForConditionalGeneration", **config: Any
) -> Path:
    """Write a model of two shards; ``config`` goes into its config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "config.json", {"architectures": [architecture], **config})
    for name, document in SMALL_FILES.items():
        write_json(folder / name, document)
    places = {}
    for name, tensors in SHARDS.items():
        numbers = {tensor: np.ones(shape, np.float32) for tensor, shape in tensors.items()}
        save_file(numbers, folder / name)
        places |= dict.fromkeys(tensors, name)
    write_json(folder / INDEX, {"metadata": {}, "weight_map": places})
    return folder


def write_adapter(folder: Path, base: str = "somebody/a-model") -> Path:
    """Write a LoRA adapter that says which model it was made for."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {"peft_type": "LORA", "base_model_name_or_path": base}
    write_json(folder / "adapter_config.json", document)
    numbers = {"lora_A.weight": np.ones((2, 8), np.float32)}
    save_file(numbers, folder / "adapter_model.safetensors")
    return folder


def write_json(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")


def change_json(path: Path, **changes: Any) -> None:
    write_json(path, json.loads(path.read_text(encoding="utf-8")) | changes)
