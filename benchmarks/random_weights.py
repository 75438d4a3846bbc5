"""Checkpoints of the published shapes with random weights, as a user's folder would hold them.

Tokenizers are those of the tests: real ones cannot be made from a shape. Words of the vocabulary
keep their number, so that the head has its size.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SHARD_NUMBERS = 10**9
"""Numbers in one file of weights, two bytes each."""


def write_tiny(kind: str, folder: Path) -> None:
    """Write one of the tests' tiny models."""
    from tests import tiny_models

    tiny_models.save(kind, folder)


def write(name: str, folder: Path, **smaller: Any) -> None:
    """Write the shape of a real model in bf16: up to 21 GB of random numbers.

    Parameters
    ----------
    smaller
        Fields of ``text_config`` and ``vision_config`` that are changed, for a test.
    """
    from core.models.torchvision_guard import ensure_torchvision

    ensure_torchvision()
    import torch
    from transformers import AutoModelForImageTextToText

    from core.training.finetuning.parameters import config_of, shapes

    folder.mkdir(parents=True)
    config = config_of(next(shape for shape in shapes() if shape.name == name))
    for part, changed in smaller.items():
        for field, value in changed.items():
            setattr(getattr(config, part), field, value)
    _processor(config).save_pretrained(folder)
    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(config)  # type: ignore[no-untyped-call]
    config.architectures = [type(model).__name__]
    config.save_pretrained(folder)
    shapes_by_name = {key: value.shape for key, value in model.state_dict().items()}
    tied = {"lm_head.weight"} if getattr(config, "tie_word_embeddings", False) else set()
    _write_shards({key: side for key, side in shapes_by_name.items() if key not in tied}, folder)


def _write_shards(shapes: dict[str, Any], folder: Path) -> None:
    import torch
    from safetensors.torch import save_file

    draw = torch.Generator().manual_seed(0)
    places: dict[str, str] = {}
    groups = list(_groups(shapes))
    for number, names in enumerate(groups, 1):
        file = f"model-{number:05d}-of-{len(groups):05d}.safetensors"
        tensors = {name: _numbers(name, shapes[name], draw) for name in names}
        save_file(tensors, folder / file, metadata={"format": "pt"})
        places |= dict.fromkeys(names, file)
    index = {"metadata": {}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


def _groups(shapes: dict[str, Any]) -> Iterator[list[str]]:
    names: list[str] = []
    count = 0
    for name, shape in shapes.items():
        if names and count + shape.numel() > SHARD_NUMBERS:
            yield names
            names, count = [], 0
        names.append(name)
        count += shape.numel()
    yield names


def _numbers(name: str, shape: Any, draw: Any) -> Any:
    import torch

    if len(shape) < 2:
        # Norms let through what comes; biases add nothing.
        fill = 1.0 if name.endswith("weight") else 0.0
        return torch.full(shape, fill, dtype=torch.bfloat16)
    return torch.empty(shape, dtype=torch.bfloat16).normal_(std=0.02, generator=draw)


def _processor(config: Any) -> Any:
    """Return a processor of the real one's sizes, and tell the configuration its tokens."""
    import transformers as library

    from tests import tiny_tokenizers

    transformers: Any = library
    if config.model_type == "mllama":
        tokenizer, template = tiny_tokenizers.llama3()
        side = config.vision_config.image_size
        images = transformers.MllamaImageProcessor(
            size={"height": side, "width": side}, max_image_tiles=4
        )
        config.image_token_index = tokenizer.convert_tokens_to_ids("<|image|>")
        return transformers.MllamaProcessor(images, tokenizer, chat_template=template)
    if config.model_type == "llava_next":
        tokenizer, template = tiny_tokenizers.mistral()
        side = config.vision_config.image_size
        images = transformers.LlavaNextImageProcessor(
            size={"shortest_edge": side},
            crop_size={"height": side, "width": side},
            image_grid_pinpoints=config.image_grid_pinpoints,
        )
        config.image_token_index = tokenizer.convert_tokens_to_ids("<image>")
        return transformers.LlavaNextProcessor(
            images,
            tokenizer,
            patch_size=config.vision_config.patch_size,
            vision_feature_select_strategy="default",
            num_additional_image_tokens=1,
            chat_template=template,
        )
    tokenizer, template = tiny_tokenizers.qwen2()
    for key, token in (
        ("image_token_id", "<|image_pad|>"),
        ("video_token_id", "<|video_pad|>"),
        ("vision_start_token_id", "<|vision_start|>"),
        ("vision_end_token_id", "<|vision_end|>"),
    ):
        setattr(config, key, tokenizer.convert_tokens_to_ids(token))
    images = transformers.Qwen2VLImageProcessor(min_pixels=56 * 56, max_pixels=1600 * 28 * 28)
    videos = transformers.Qwen2VLVideoProcessor()
    return transformers.Qwen2VLProcessor(images, tokenizer, videos, chat_template=template)
