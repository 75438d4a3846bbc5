"""Checkpoints of the published shapes with random weights, as a user's folder would hold them.

They are held in 4 bits as bitsandbytes saves them, drawn and quantized on the GPU where there is
one: 11 billion numbers take seconds there. The heads, words and norms stay in 16 bits.
Tokenizers are those of the tests: real ones cannot be made from a shape. Words of the vocabulary
keep their number, so that the head has its size.

Run: python -m benchmarks.random_weights NAME FOLDER
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

SHARD_NUMBERS = 2 * 10**9
"""Numbers in one file of weights, of half a byte to two bytes each."""


def main(typed: Sequence[str] | None = None) -> int:
    """Write one shape; a process of its own gives the GPU back whole."""
    name, folder = sys.argv[1:] if typed is None else typed
    write(name, Path(folder))
    return 0


def write_tiny(kind: str, folder: Path) -> None:
    """Write one of the tests' tiny models."""
    from tests import tiny_models

    tiny_models.save(kind, folder)


def write(name: str, folder: Path, **smaller: Any) -> None:
    """Write the shape of a real model: up to 8 GB.

    Parameters
    ----------
    smaller
        Fields of ``text_config`` and ``vision_config`` that are changed, for a test.
    """
    from core.models.torchvision_guard import ensure_torchvision

    ensure_torchvision()
    import torch
    from transformers import AutoModelForImageTextToText

    from core.models.language.folder import four_bits
    from core.training.finetuning.parameters import config_of, shapes

    folder.mkdir(parents=True)
    config = config_of(next(shape for shape in shapes() if shape.name == name))
    for part, changed in smaller.items():
        for field, value in changed.items():
            setattr(getattr(config, part), field, value)
    _processor(config).save_pretrained(folder)
    settings = four_bits(config)
    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(config)  # type: ignore[no-untyped-call]
    config.architectures = [type(model).__name__]
    config.quantization_config = settings.to_dict()
    config.save_pretrained(folder)
    shapes_by_name = {key: value.shape for key, value in model.state_dict().items()}
    for key in _tied(config):
        shapes_by_name.pop(key, None)
    _write_shards(shapes_by_name, _quantized(model, settings), folder)


def _tied(config: Any) -> set[str]:
    """Return the weights that are another's, and in no file."""
    return {"lm_head.weight"} if getattr(config, "tie_word_embeddings", False) else set()


def _quantized(model: Any, settings: Any) -> set[str]:
    """Return the names of weights that are held in 4 bits."""
    from torch import nn

    left = set(settings.llm_int8_skip_modules)
    linear = (name for name, part in model.named_modules() if isinstance(part, nn.Linear))
    return {f"{name}.weight" for name in linear if name not in left}


def _write_shards(shapes: dict[str, Any], quantized: set[str], folder: Path) -> None:
    import torch
    from safetensors.torch import save_file

    place = "cuda" if torch.cuda.is_available() else "cpu"
    draw = torch.Generator(place).manual_seed(0)
    places: dict[str, str] = {}
    groups = list(_groups(shapes))
    for number, names in enumerate(groups, 1):
        file = f"model-{number:05d}-of-{len(groups):05d}.safetensors"
        tensors: dict[str, Any] = {}
        for name in names:
            numbers = _numbers(name, shapes[name], draw)
            tensors |= _in_4_bits(name, numbers) if name in quantized else {name: numbers.cpu()}
        save_file(tensors, folder / file, metadata={"format": "pt"})
        places |= dict.fromkeys(tensors, file)
    index = {"metadata": {}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


def _in_4_bits(name: str, numbers: Any) -> dict[str, Any]:
    """Return a weight as bitsandbytes saves it: packed numbers, and what undoes the packing."""
    from bitsandbytes.functional import quantize_4bit

    packed, state = quantize_4bit(numbers, blocksize=64, compress_statistics=True, quant_type="nf4")
    beside = {f"{name}.{key}": value.cpu() for key, value in state.as_dict(packed=True).items()}
    return {name: packed.cpu(), **beside}


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
    empty = torch.empty(shape, dtype=torch.bfloat16, device=draw.device)
    return empty.normal_(std=0.02, generator=draw)


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


if __name__ == "__main__":
    sys.exit(main())
