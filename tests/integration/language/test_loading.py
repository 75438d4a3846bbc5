"""Precisions, adapters, and checkpoints that cannot be used."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from core.domain.errors import ModelUnavailableError
from core.domain.model_errors import CheckpointRefusedError, ModelMemoryError
from core.models.drafter import Prompt, Sampling, Speaker, Turn
from core.models.language import folder as folders
from core.models.language.loading import load_drafter
from core.models.language.precision import Device, Precision
from tests.tiny_models import CAPTIONING, CHAT, checkpoint, loaded, save_adapter

FILM = np.random.default_rng(3).random((150, 100)).astype(np.float32)
ASKED = Prompt((Turn(Speaker.READER, "describe the film"),))
KINDS = (*CHAT, *CAPTIONING)


def text(drafter: Any, tokens: int = 12) -> Any:
    sampling = Sampling(temperature=1.0, min_p=0.0, max_new_tokens=tokens)
    return drafter.write(FILM, ASKED, sampling, lambda _: None, lambda: False)


def linear_kinds(drafter: Any) -> set[str]:
    return {type(part).__name__ for part in drafter._loaded.model.modules()}


# --- precisions ---------------------------------------------------------------------------------


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


# --- adapters -----------------------------------------------------------------------------------


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


# --- what cannot be used ------------------------------------------------------------------------


@pytest.fixture
def copied(tiny_checkpoint: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Any]:
    """A checkpoint that was looked through, in a folder of its own that can be spoilt."""

    def copy(kind: str) -> Any:
        return checkpoint(kind, shutil.copytree(tiny_checkpoint(kind), tmp_path / kind))

    return copy


def a_shard(folder: Path) -> Path:
    return sorted(folder.glob("model-*.safetensors"))[3]


@pytest.mark.parametrize("kind", KINDS)
def test_a_shard_that_is_cut_short_is_one_sentence(kind: str, copied: Callable[[str], Any]) -> None:
    whole = copied(kind)
    path = a_shard(whole.folder)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(CheckpointRefusedError, match="damaged or cut short") as refused:
        load_drafter(whole, Precision.FP32)
    assert refused.value.facts["template"] and str(whole.folder) not in str(refused.value)


def missing_shard(folder: Path) -> None:
    a_shard(folder).unlink()


def missing_weight(folder: Path) -> None:
    path = folder / "model.safetensors.index.json"
    index = json.loads(path.read_text())
    name = a_shard(folder).name
    index["weight_map"] = {key: file for key, file in index["weight_map"].items() if file != name}
    path.write_text(json.dumps(index))


def other_size(folder: Path) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text())
    words = config.get("text_config") or config["decoder"]
    words["intermediate_size" if "intermediate_size" in words else "n_inner"] = 192
    path.write_text(json.dumps(config))


def no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}")


def no_config(folder: Path) -> None:
    (folder / "config.json").write_text("{not json")


def unknown_kind(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "some_later_model"}')


def wrong_value(folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(path.read_text().replace('"hidden_size": 64', '"hidden_size": "wide"'))


FAULTS = (missing_shard, missing_weight, other_size, no_tokenizer, no_config, unknown_kind)


@pytest.mark.parametrize("spoil", [*FAULTS, wrong_value])
@pytest.mark.parametrize("kind", ["mllama", "qwen2_vl", "blip", "vit_gpt2", "vit_bert"])
def test_a_spoilt_checkpoint_is_one_sentence(
    kind: str, spoil: Callable[[Path], None], copied: Callable[[str], Any]
) -> None:
    whole = copied(kind)
    spoil(whole.folder)
    with pytest.raises(CheckpointRefusedError) as refused:
        load_drafter(whole, Precision.FP32)
    said = str(refused.value)
    assert said.endswith(".") and ". " not in said and "\n" not in said
    assert str(whole.folder) not in said


def test_pickled_weights_are_not_opened(copied: Callable[[str], Any]) -> None:
    whole = copied("blip")
    for path in whole.folder.glob("*.safetensors*"):
        path.unlink()
    (whole.folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch opened'\ntR.")
    with pytest.raises(CheckpointRefusedError):
        load_drafter(whole, Precision.FP32)


def test_a_conversing_model_without_a_template_is_refused(copied: Callable[[str], Any]) -> None:
    whole = copied("qwen2_vl")
    (whole.folder / "chat_template.jinja").unlink()
    with pytest.raises(CheckpointRefusedError, match="chat template is missing"):
        load_drafter(whole, Precision.FP32)


def test_a_model_of_another_kind_is_not_loaded_here(copied: Callable[[str], Any]) -> None:
    whole = copied("blip")
    other = replace(whole, source=replace(whole.source, kind="remote"))
    with pytest.raises(ModelUnavailableError, match="not a model that writes on this machine"):
        load_drafter(other, Precision.FP32)


def test_memory_that_runs_out_while_loading_is_one_sentence(
    copied: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(*_: Any, **__: Any) -> None:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 bytes")

    monkeypatch.setattr(folders.transformers.AutoModelForImageTextToText, "from_pretrained", short)
    with pytest.raises(ModelMemoryError, match="Memory ran out while the model blip"):
        load_drafter(copied("blip"), Precision.FP32)
