"""Checkpoints as transformers itself writes them open, and take the memory that the table says."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.domain.model_errors import CheckpointRefusedError
from core.models.language.catalogue import LanguageSource
from core.models.language.checkpoint import open_checkpoint
from core.models.language.precision import Precision, _weights
from tests.tiny_models import CAPTIONING, CHAT, catalogue_kind, tiny_checkpoint

__all__ = ["tiny_checkpoint"]
Folder = Callable[[str], Path]


def source(kind: str) -> LanguageSource:
    return LanguageSource(kind.replace("_", "-"), kind, catalogue_kind(kind))


def numbers(model: object) -> int:
    """How many numbers a model holds, each tied one once."""
    return sum(parameter.numel() for parameter in model.parameters())  # type: ignore[attr-defined]


def load(folder: Path, **options: object) -> object:
    from core.models.torchvision_guard import ensure_torchvision

    ensure_torchvision()
    from transformers import AutoModelForImageTextToText

    return AutoModelForImageTextToText.from_pretrained(folder, local_files_only=True, **options)


@pytest.mark.parametrize("kind", [*CHAT, *CAPTIONING])
def test_every_architecture_opens_as_its_library_saves_it(
    tiny_checkpoint: Folder, kind: str
) -> None:
    folder = tiny_checkpoint(kind)
    found = open_checkpoint(source(kind), folder)
    assert len(found.digest) == 64 and found.source.stored == "fp32"
    assert found.bytes == sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    assert 4 * found.source.parameters == pytest.approx(found.bytes, rel=0.2)


@pytest.mark.parametrize("kind", CHAT)
def test_the_files_tell_how_many_numbers_a_model_has(tiny_checkpoint: Folder, kind: str) -> None:
    folder = tiny_checkpoint(kind)
    counted = open_checkpoint(source(kind), folder).source.parameters
    assert counted == pytest.approx(numbers(load(folder)), rel=0.01)


def test_four_bit_weights_take_what_the_table_says(tiny_checkpoint: Folder, tmp_path: Path) -> None:
    from core.models.torchvision_guard import ensure_torchvision

    ensure_torchvision()
    import torch
    from transformers import BitsAndBytesConfig

    folder = tiny_checkpoint("llava_next")
    entry = open_checkpoint(source("llava_next"), folder).source
    quantized = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    model = load(folder, quantization_config=quantized, dtype=torch.bfloat16)
    taken = model.get_memory_footprint()  # type: ignore[attr-defined]
    # Tiny layers: what is no linear layer weighs more than in a model of billions.
    assert taken == pytest.approx(
        _weights(entry.parameters, entry.kept_parameters, Precision.NF4), rel=0.35
    )

    saved = tmp_path / "nf4"
    model.save_pretrained(saved)  # type: ignore[attr-defined]
    for path in folder.iterdir():
        if not path.name.startswith("model") and not (saved / path.name).exists():
            (saved / path.name).write_bytes(path.read_bytes())
    assert open_checkpoint(source("llava_next"), saved).source.stored == "nf4"


def test_a_real_shard_that_was_cut_is_named(tiny_checkpoint: Folder, tmp_path: Path) -> None:
    for path in tiny_checkpoint("qwen2_vl").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    shard = sorted(tmp_path.glob("model-*.safetensors"))[1]
    os.truncate(shard, shard.stat().st_size - 1)
    with pytest.raises(CheckpointRefusedError, match=f"{shard.name} is cut short"):
        open_checkpoint(source("qwen2_vl"), tmp_path)
