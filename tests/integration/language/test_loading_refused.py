"""Checkpoints that cannot be used, each in one sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.domain.errors import ModelUnavailableError
from core.domain.model_errors import CheckpointRefusedError, ModelMemoryError
from core.models.language import folder as folders
from core.models.language.loading import load_drafter
from core.models.language.precision import Precision
from tests.tiny_models import KINDS, checkpoint


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
