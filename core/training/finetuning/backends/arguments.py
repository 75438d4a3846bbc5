"""One recipe as the arguments of each library. Pure functions, and no heavy import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.training.finetuning.recipe import NF4, WHOLE_TEXT, FineTuning
from core.training.finetuning.targets import pattern

KEPT_CHECKPOINTS = 2
"""One that is whole lies there while the next is written."""


def training(recipe: FineTuning, folder: Path, compute: str, gpu: bool) -> dict[str, Any]:
    """Return what `transformers.TrainingArguments` takes, and `trl.SFTConfig` too.

    Parameters
    ----------
    folder : Path
        Of the checkpoints.
    compute : str
        ``bf16``, ``fp16`` or ``fp32``.
    """
    arguments: dict[str, Any] = {
        "output_dir": str(folder),
        "per_device_train_batch_size": recipe.batch,
        "gradient_accumulation_steps": recipe.accumulation,
        "max_steps": recipe.steps,
        "warmup_steps": recipe.warmup_steps,
        "learning_rate": recipe.learning_rate,
        "lr_scheduler_type": recipe.schedule,
        "optim": recipe.optimizer,
        "weight_decay": recipe.weight_decay,
        "max_grad_norm": recipe.gradient_clip,
        "gradient_checkpointing": recipe.gradient_checkpointing,
        "seed": recipe.seed,
        "data_seed": recipe.seed,
        "bf16": gpu and compute == "bf16",
        "fp16": gpu and compute == "fp16",
        "use_cpu": not gpu,
        "logging_steps": 1,
        # A loss that is no number must be seen, not replaced by the mean of others.
        "logging_nan_inf_filter": False,
        "save_strategy": "steps",
        "save_steps": recipe.save_steps,
        "save_total_limit": KEPT_CHECKPOINTS,
        "remove_unused_columns": False,
        "dataloader_num_workers": 0,
        "dataloader_pin_memory": gpu,
        "disable_tqdm": True,
        "report_to": "none",
        "label_names": ["labels"],
    }
    if recipe.gradient_checkpointing:
        arguments["gradient_checkpointing_kwargs"] = {"use_reentrant": False}
    return arguments


def supervised(recipe: FineTuning, folder: Path, compute: str, gpu: bool) -> dict[str, Any]:
    """Return what `trl.SFTConfig` takes; sequences are cut by the collator, where a film stands."""
    return training(recipe, folder, compute, gpu) | {
        "max_length": None,
        "dataset_text_field": "",
        "dataset_kwargs": {"skip_prepare_dataset": True},
    }


def lora(recipe: FineTuning) -> dict[str, Any]:
    """Return what `peft.LoraConfig` takes."""
    return {
        "r": recipe.r,
        "lora_alpha": recipe.alpha,
        "lora_dropout": recipe.dropout,
        "bias": recipe.bias,
        "target_modules": pattern(recipe),
        "task_type": "CAUSAL_LM",
    }


def unsloth_load(recipe: FineTuning, folder: Path, dtype: Any) -> dict[str, Any]:
    """Return what ``unsloth.FastVisionModel.from_pretrained`` takes.

    Parameters
    ----------
    dtype : torch.dtype
        Of the arithmetic.
    """
    return {
        "model_name": str(folder),
        "max_seq_length": recipe.max_length,
        "dtype": dtype,
        "load_in_4bit": recipe.quantization == NF4,
        "use_gradient_checkpointing": "unsloth" if recipe.gradient_checkpointing else False,
    }


def unsloth_adapter(recipe: FineTuning) -> dict[str, Any]:
    """Return what ``unsloth.FastVisionModel.get_peft_model`` takes beside the model."""
    return {
        "r": recipe.r,
        "lora_alpha": recipe.alpha,
        "lora_dropout": recipe.dropout,
        "bias": recipe.bias,
        "finetune_vision_layers": recipe.vision_layers,
        "finetune_language_layers": recipe.language_layers,
        "finetune_attention_modules": recipe.attention,
        "finetune_mlp_modules": recipe.mlp,
        "random_state": recipe.seed,
        "use_rslora": False,
        "loftq_config": None,
    }


def unsloth_collator(recipe: FineTuning, instruction: str, response: str) -> dict[str, Any]:
    """Return what ``unsloth.trainer.UnslothVisionDataCollator`` takes beside model and processor.

    Parameters
    ----------
    instruction, response : str
        What the chat template writes before the reader's turn and before the answer.
    """
    common: dict[str, Any] = {"max_seq_length": recipe.max_length, "resize": "max"}
    if recipe.loss == WHOLE_TEXT:
        return common | {"train_on_responses_only": False}
    return common | {
        "train_on_responses_only": True,
        "instruction_part": instruction,
        "response_part": response,
    }
