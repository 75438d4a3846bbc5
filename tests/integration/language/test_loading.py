"""Precisions and adapters of models that write."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from core.domain.model_errors import CheckpointRefusedError
from core.models.drafter import Prompt, Sampling, Speaker, Turn
from core.models.language.loading import load_drafter
from core.models.language.precision import Device, Precision
from tests.tiny_models import KINDS, checkpoint, loaded, save_adapter

FILM = np.random.default_rng(3).random((150, 100)).astype(np.float32)
ASKED = Prompt((Turn(Speaker.READER, "describe the film"),))


def text(drafter: Any, tokens: int = 12) -> Any:
    sampling = Sampling(temperature=1.0, min_p=0.0, max_new_tokens=tokens)
    return drafter.write(FILM, ASKED, sampling, lambda _: None, lambda: False)


def linear_kinds(drafter: Any) -> set[str]:
    return {type(part).__name__ for part in drafter._loaded.model.modules()}


@pytest.mark.parametrize("kind", KINDS)
def test_four_bit_weights_write_and_take_less_memory(
    kind: str, tiny_checkpoint: Callable[[str], Path]
) -> None:
    drafter = loaded(kind, tiny_checkpoint(kind), Precision.NF4)
    written = text(drafter)
    assert written.text and written.attention is not None
    assert written.versions["precision"] == "nf4" and "bitsandbytes" in written.versions
    if kind != "vit_gpt2":  # GPT-2 has no linear layers of that kind in its decoder
        assert "Linear4bit" in linear_kinds(drafter)
    whole = loaded(kind, tiny_checkpoint(kind), Precision.FP32)
    footprint = drafter._loaded.model.get_memory_footprint()
    assert footprint < 0.6 * whole._loaded.model.get_memory_footprint()


@pytest.mark.parametrize("kind", KINDS)
def test_an_int8_decoder_writes_what_the_exact_one_does_and_leaves_the_image_side_alone(
    kind: str, tiny_checkpoint: Callable[[str], Path]
) -> None:
    drafter = loaded(kind, tiny_checkpoint(kind), Precision.INT8)
    written = text(drafter, 8)
    assert written.text and written.attention is not None
    assert written.versions["precision"] == "int8"
    model = drafter._loaded.model
    held = [name for name, part in model.named_modules() if "quantized" in str(type(part))]
    assert held and not any("vision" in name or name.startswith("encoder") for name in held)
    exact = text(loaded(kind, tiny_checkpoint(kind), Precision.FP32), 8)
    similar = np.corrcoef(written.attention.grids[0].ravel(), exact.attention.grids[0].ravel())
    assert similar[0, 1] > 0.95


@pytest.mark.parametrize("kind", ["mllama", "qwen2_vl", "blip", "vit_bert"])
def test_bfloat16_weights_write(kind: str, tiny_checkpoint: Callable[[str], Path]) -> None:
    drafter = loaded(kind, tiny_checkpoint(kind), Precision.BF16)
    written = text(drafter)
    assert written.text and written.versions["precision"] == "bf16"
    assert written.attention is not None and written.attention.grids.dtype == np.float32
    assert drafter._loaded.model.dtype is torch.bfloat16


def test_where_int8_cannot_be_made_the_model_stays_exact_and_says_so(
    tiny_checkpoint: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch.ao.quantization as quantization

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("Didn't find engine for operation quantized::linear_prepack NoQEngine")

    monkeypatch.setattr(quantization, "quantize_dynamic", refuse)
    written = text(loaded("blip", tiny_checkpoint("blip"), Precision.INT8))
    assert written.text and written.versions["precision"].startswith("fp32, since int8 cannot")


def test_files_that_are_four_bit_already_stay_so(
    tiny_checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    base = tiny_checkpoint("qwen2_vl")
    shutil.copytree(base, tmp_path / "q", ignore=shutil.ignore_patterns("*.safetensors*"))
    small = loaded("qwen2_vl", base, Precision.NF4)
    small._loaded.model.save_pretrained(tmp_path / "q", max_shard_size="150KB")
    drafter = loaded("qwen2_vl", tmp_path / "q", Precision.BF16)
    written = text(drafter)
    assert written.versions["precision"] == "nf4" and "Linear4bit" in linear_kinds(drafter)
    assert written.text == text(small).text


def test_layers_whose_width_is_no_multiple_of_a_block_stay_as_they_are(
    tmp_path: Path,
) -> None:
    from tests import tiny_architectures, tiny_models

    model, beside = tiny_architectures.BUILDERS["qwen2_vl"]()
    config = model.config
    config.text_config.intermediate_size = 96
    odd = type(model)(config)
    tiny_models.write(odd, beside, tmp_path / "odd")
    drafter = loaded("qwen2_vl", tmp_path / "odd", Precision.NF4)
    layer = drafter._loaded.model.get_decoder().layers[0].mlp
    assert type(layer.down_proj).__name__ == "Linear"
    assert type(layer.up_proj).__name__ == "Linear4bit"
    assert text(drafter).text is not None


def test_a_device_can_be_asked_for(tiny_checkpoint: Callable[[str], Path]) -> None:
    whole = checkpoint("blip", tiny_checkpoint("blip"))
    drafter = load_drafter(whole, Precision.FP32, Device.CPU)
    assert text(drafter).versions["device"] == "cpu"


@pytest.mark.parametrize("precision", [Precision.FP32, Precision.NF4, Precision.INT8])
def test_a_lora_adapter_changes_what_is_written(
    precision: Precision, tiny_checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    base = tiny_checkpoint("qwen2_vl")
    save_adapter(base, tmp_path / "adapter")
    drafter = loaded("qwen2_vl", base, precision, tmp_path / "adapter")
    written = text(drafter)
    assert written.text != text(loaded("qwen2_vl", base, precision)).text
    assert "peft" in written.versions and written.attention is not None
    assert drafter.identity.name == "adapted" and drafter.identity.digest == "1" * 64


def test_an_adapter_with_no_strength_changes_nothing(
    tiny_checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    base = tiny_checkpoint("mllama")
    save_adapter(base, tmp_path / "adapter", strength=0.0)
    for precision in (Precision.FP32, Precision.NF4):
        drafter = loaded("mllama", base, precision, tmp_path / "adapter")
        assert text(drafter).text == text(loaded("mllama", base, precision)).text


def test_an_adapter_for_another_model_is_refused(
    tiny_checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    adapter = tmp_path / "adapter"
    save_adapter(tiny_checkpoint("qwen2_vl"), adapter)
    weights = load_file(adapter / "adapter_model.safetensors")
    moved = {name.replace("layers.0", "layers.9"): value for name, value in weights.items()}
    save_file(moved, adapter / "adapter_model.safetensors", {"format": "pt"})
    with pytest.raises(CheckpointRefusedError, match="made for another model"):
        loaded("qwen2_vl", tiny_checkpoint("qwen2_vl"), Precision.FP32, adapter)


def test_an_adapter_of_another_shape_is_refused(
    tiny_checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    adapter = tmp_path / "adapter"
    save_adapter(tiny_checkpoint("qwen2_vl"), adapter)
    weights = load_file(adapter / "adapter_model.safetensors")
    wide = {name: value.repeat(2, 1) for name, value in weights.items()}
    save_file(wide, adapter / "adapter_model.safetensors", {"format": "pt"})
    with pytest.raises(CheckpointRefusedError):
        loaded("qwen2_vl", tiny_checkpoint("qwen2_vl"), Precision.FP32, adapter)


def test_a_pickled_adapter_is_not_opened(
    tiny_checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    adapter = tmp_path / "adapter"
    base = tiny_checkpoint("qwen2_vl")
    save_adapter(base, adapter)
    whole = checkpoint("qwen2_vl", base, adapter)
    (adapter / "adapter_model.safetensors").unlink()
    (adapter / "adapter_model.bin").write_bytes(b"cos\nsystem\n(S'touch opened'\ntR.")
    with pytest.raises(CheckpointRefusedError, match=r"adapter_model\.safetensors is missing"):
        load_drafter(whole, Precision.FP32)
