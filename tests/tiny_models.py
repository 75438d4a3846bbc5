"""Tiny models of the architectures that write, made from configurations and saved as checkpoints.

Weights are random; tokenizers, processors and chat templates are of the same kinds as the real
ones, and the folders look as a user's do: sharded safetensors, configurations, a chat template.
Sizes are multiples of 64, the block of 4-bit weights. Nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.tiny_architectures import BUILDERS

if TYPE_CHECKING:
    from core.models.language.catalogue import Kind

CHAT = ("mllama", "llava_next", "qwen2_vl", "qwen2_5_vl", "gemma3")
CAPTIONING = ("blip", "vit_gpt2", "vit_bert")
KINDS = (*CHAT, *CAPTIONING)
SHARD = "150KB"


def catalogue_kind(kind: str) -> Kind:
    """How the catalogue calls the adapter of one of `CHAT` or `CAPTIONING`."""
    if kind in CHAT:
        return "chat"
    return "blip" if kind == "blip" else "encoder_decoder"


def build(kind: str) -> tuple[Any, tuple[Any, ...]]:
    """Return a model and what is saved beside it."""
    from core.models.torchvision_guard import ensure_torchvision

    ensure_torchvision()
    import torch

    torch.manual_seed(0)
    model, beside = BUILDERS[kind]()
    with torch.no_grad():
        for parameter in model.parameters():
            # As they are made, hardly anything of film or prompt comes through.
            if parameter.dim() > 1 and float(parameter.std()) < 0.03:
                parameter.normal_(std=0.1)
    return model.eval(), beside


def save(kind: str, folder: Path) -> Path:
    """Save a model with random weights as a user's checkpoint."""
    model, beside = build(kind)
    return write(model, beside, folder)


def write(model: Any, beside: tuple[Any, ...], folder: Path) -> Path:
    model.save_pretrained(folder, max_shard_size=SHARD)
    for part in beside:
        part.save_pretrained(folder)
    return folder


def checkpoint(kind: str, folder: Path, adapter: Path | None = None) -> Any:
    """The folder as the catalogue hands it on, looked through, without its digest."""
    from core.models.language.catalogue import LanguageSource
    from core.models.language.checkpoint import Checkpoint, examine

    source = LanguageSource(name=kind.replace("_", "-"), title=kind, kind=catalogue_kind(kind))
    whole = replace(examine(source, folder), digest="0" * 64)
    if adapter is None:
        return whole
    own = LanguageSource(name="adapted", title="adapted", kind=source.kind, adapter_of=source.name)
    found: Checkpoint = examine(own, adapter, whole)
    return replace(found, digest="1" * 64)


def loaded(kind: str, folder: Path, precision: Any, adapter: Path | None = None) -> Any:
    """A drafter of a tiny model's folder."""
    from core.models.language.loading import load_drafter

    return load_drafter(checkpoint(kind, folder, adapter), precision)


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny model by kind, made once a session; tests must not change it."""
    made: dict[str, Path] = {}

    def folder(kind: str) -> Path:
        if kind not in made:
            made[kind] = save(kind, tmp_path_factory.mktemp(kind))
        return made[kind]

    return folder


def save_adapter(base: Path, folder: Path, strength: float = 1.0) -> Path:
    """Save a LoRA adapter on the words of a chat model; its weights are random, not zero."""
    from core.models.torchvision_guard import ensure_torchvision

    ensure_torchvision()
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForImageTextToText

    model = AutoModelForImageTextToText.from_pretrained(base, local_files_only=True)
    lora = LoraConfig(r=4, lora_alpha=8, target_modules=r".*language_model.*(q|v|down)_proj")
    adapted = get_peft_model(model, lora)
    torch.manual_seed(1)
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=strength)
    adapted.save_pretrained(str(folder))
    return folder
