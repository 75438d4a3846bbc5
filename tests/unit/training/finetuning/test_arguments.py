"""One recipe as the arguments of both libraries; Unsloth is a stand-in with its signatures."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from core.domain.training_errors import RecipeError
from core.models.torchvision_guard import ensure_torchvision
from core.training.finetuning.backends import arguments, choice
from core.training.finetuning.recipe import RECIPES, open_recipe
from tests import tiny_models

ensure_torchvision()

ORIGINAL = RECIPES["original"]


def test_the_libraries_take_the_arguments(tmp_path: Path) -> None:
    from peft import LoraConfig
    from trl import SFTConfig

    given = arguments.supervised(ORIGINAL, tmp_path, "fp32", gpu=False)
    config = SFTConfig(**given)
    assert (config.per_device_train_batch_size, config.gradient_accumulation_steps) == (2, 4)
    assert (config.max_steps, config.warmup_steps, config.optim) == (100, 5, "adamw_8bit")
    assert (config.seed, config.lr_scheduler_type) == (3407, "linear")
    assert config.max_length is None and config.report_to == []
    lora = LoraConfig(**arguments.lora(ORIGINAL))
    assert (lora.r, lora.lora_alpha, lora.lora_dropout, lora.bias) == (16, 16, 0.0, "none")


def test_half_precision_is_for_a_gpu(tmp_path: Path) -> None:
    assert arguments.training(ORIGINAL, tmp_path, "bf16", gpu=True)["bf16"]
    assert arguments.training(ORIGINAL, tmp_path, "fp16", gpu=True)["fp16"]
    on_cpu = arguments.training(ORIGINAL, tmp_path, "bf16", gpu=False)
    assert not (on_cpu["bf16"] or on_cpu["fp16"]) and on_cpu["use_cpu"]


# --- Unsloth, by its signatures of 2026.10.7 -----------------------------------------------------

Call = tuple[str, dict[str, Any]]


def stand_in(calls: list[Call], model: Any, processor: Any) -> dict[str, ModuleType]:
    class FastVisionModel:
        @staticmethod
        def from_pretrained(
            model_name: str = "unsloth/Llama-3.2-11B-Vision-Instruct-bnb-4bit",
            max_seq_length: int = 2048,
            dtype: Any = None,
            load_in_4bit: bool = True,
            use_gradient_checkpointing: Any = "unsloth",
        ) -> Any:
            calls.append(("from_pretrained", dict(locals())))
            return model, processor

        @staticmethod
        def get_peft_model(
            model: Any,
            r: int = 16,
            target_modules: Any = None,
            lora_alpha: int = 16,
            lora_dropout: float = 0.0,
            bias: str = "none",
            finetune_vision_layers: bool = True,
            finetune_language_layers: bool = True,
            finetune_attention_modules: bool = True,
            finetune_mlp_modules: bool = True,
            random_state: int = 3407,
            use_rslora: bool = False,
            loftq_config: Any = None,
        ) -> Any:
            calls.append(("get_peft_model", dict(locals())))
            return model

        @staticmethod
        def for_training(model: Any) -> None:
            calls.append(("for_training", {"model": model}))

    class UnslothVisionDataCollator:
        def __init__(
            self,
            model: Any,
            processor: Any,
            max_seq_length: Any = None,
            formatting_func: Any = None,
            resize: Any = "min",
            ignore_index: int = -100,
            train_on_responses_only: bool = False,
            instruction_part: Any = None,
            response_part: Any = None,
        ) -> None:
            calls.append(("collator", dict(locals())))

    unsloth, trainer = ModuleType("unsloth"), ModuleType("unsloth.trainer")
    unsloth.__spec__ = ModuleSpec("unsloth", None)
    unsloth.FastVisionModel = FastVisionModel  # type: ignore[attr-defined]
    trainer.UnslothVisionDataCollator = UnslothVisionDataCollator  # type: ignore[attr-defined]
    return {"unsloth": unsloth, "unsloth.trainer": trainer}


def test_unsloth_is_called_as_the_original_called_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.training.finetuning.backends import unsloth

    _model, (processor,) = tiny_models.build("qwen2_vl")
    model = SimpleNamespace()
    calls: list[Call] = []
    for name, module in stand_in(calls, model, processor).items():
        monkeypatch.setitem(sys.modules, name, module)
    # Mixed precision is checked against the card that is there.
    monkeypatch.setattr(unsloth.arguments, "supervised", on_a_cpu(unsloth.arguments.supervised))
    checkpoint: Any = SimpleNamespace(folder=tmp_path)
    recipe = replace(ORIGINAL, compute="fp32")
    ready = unsloth.ready(checkpoint, recipe, ["row"], tmp_path / "checkpoints")
    assert [name for name, _given in calls] == [
        "from_pretrained", "get_peft_model", "for_training", "collator",
    ]  # fmt: skip
    # Inside a function its closure counts as a local name too.
    own = [{key: value for key, value in given.items() if key != "calls"} for _, given in calls]
    load, adapter, collate = own[0], own[1], own[3]
    assert {key: load[key] for key in load if key not in ("model", "processor")} == {
        "model_name": str(tmp_path),
        "max_seq_length": 2048,
        "dtype": torch.float32,
        "load_in_4bit": True,
        "use_gradient_checkpointing": "unsloth",
    }
    assert (adapter["r"], adapter["lora_alpha"], adapter["random_state"]) == (16, 16, 3407)
    assert (adapter["finetune_vision_layers"], adapter["finetune_language_layers"]) == (False, True)
    assert collate["train_on_responses_only"]
    assert collate["instruction_part"] == "<|im_start|>user\n"
    assert collate["response_part"] == "<|im_start|>assistant\n"
    assert ready.arguments.max_length == 2048 and ready.rows == ["row"]


def on_a_cpu(supervised: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    return lambda *given, gpu: supervised(*given, gpu=not gpu)


def test_the_whole_text_is_the_originals_loss() -> None:
    given = arguments.unsloth_collator(open_recipe("original", loss="whole_text"), "a", "b")
    assert not given["train_on_responses_only"] and "response_part" not in given


@pytest.mark.parametrize(
    ("kind", "response"),
    [
        ("mllama", "<|start_header_id|>assistant<|end_header_id|>\n\n"),
        ("llava_next", " [/INST]"),
        ("qwen2_vl", "<|im_start|>assistant\n"),
        ("gemma3", "<start_of_turn>model\n"),
    ],
)
def test_what_begins_an_answer_is_read_from_the_template(kind: str, response: str) -> None:
    from core.training.finetuning.backends.unsloth import turn_marks

    _model, (processor,) = tiny_models.build(kind)
    assert turn_marks(processor)[1] == response


# --- which of the two ----------------------------------------------------------------------------


def test_unsloth_is_for_one_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choice.choose(ORIGINAL) == "peft"
    with pytest.raises(RecipeError, match="needs to be installed"):
        choice.choose(ORIGINAL, "unsloth")
    monkeypatch.setattr(choice, "unsloth_usable", lambda: True)
    assert choice.choose(ORIGINAL) == "unsloth"
    assert choice.choose(ORIGINAL, "peft") == "peft"
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert choice.choose(ORIGINAL) == "peft"
    with pytest.raises(RecipeError, match="one GPU"):
        choice.choose(ORIGINAL, "unsloth")


def test_pages_import_none_of_the_libraries() -> None:
    source = inspect.getsource(choice)
    assert "import unsloth" not in source and 'import_module("unsloth")' in source
