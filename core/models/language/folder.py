"""Weights, tokenizer and processor of a folder into memory, at a precision, with an adapter."""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import transformers as transformers_library
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError, safe_open
from torch import nn

from core.domain.errors import N_
from core.domain.model_errors import CheckpointRefusedError, ModelMemoryError
from core.explain.attention import WATCHED, register_attention
from core.explain.patches import CHAT_LAYOUTS, ENCODERS
from core.models.language.checkpoint import ADAPTER_WEIGHTS, Checkpoint
from core.models.language.generation import Loaded, out_of_memory
from core.models.language.precision import Device, Precision
from core.processes import free_memory

transformers: Any = transformers_library  # annotated in part
log = logging.getLogger(__name__)

BLOCK = 64
"""Inputs that share a scale in 4-bit weights; layers of another width stay as they are."""
_WRONG = (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError)


def chat_model(
    checkpoint: Checkpoint, precision: Precision, device: Device | None
) -> tuple[Loaded, Any]:
    """Return a conversing model and its processor; errors as of `loading.load_drafter`."""
    with refusing(checkpoint):
        processor = transformers.AutoProcessor.from_pretrained(checkpoint.folder, **_LOCAL)
        config = transformers.AutoConfig.from_pretrained(checkpoint.folder, **_LOCAL)
    if getattr(processor, "tokenizer", None) is None or not processor.chat_template:
        _refuse(checkpoint, N_("its chat template is missing"))
    watched = config.model_type in CHAT_LAYOUTS
    return _model(checkpoint, config, precision, device, watched), processor


def captioning_model(
    checkpoint: Checkpoint, precision: Precision, device: Device | None
) -> tuple[Loaded, Any, Any]:
    """Return a captioning model, its image processor and its tokenizer; errors as above."""
    folder = checkpoint.folder
    with refusing(checkpoint):
        images = transformers.AutoImageProcessor.from_pretrained(folder, **_LOCAL)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **_LOCAL)
        config = transformers.AutoConfig.from_pretrained(folder, **_LOCAL)
    # BLIP's layers return their own softmax; those of other decoders call attention by name.
    watched = hasattr(config, "encoder") and config.encoder.model_type in ENCODERS
    return _model(checkpoint, config, precision, device, watched), images, tokenizer


_LOCAL = {"local_files_only": True, "trust_remote_code": False}


def _model(
    checkpoint: Checkpoint,
    config: Any,
    precision: Precision,
    device: Device | None,
    watched: bool,
) -> Loaded:
    gpu = torch.cuda.is_available() and device is not Device.CPU and precision is not Precision.INT8
    options: dict[str, Any] = {"dtype": torch.bfloat16}
    stored = getattr(config, "quantization_config", None) is not None
    if stored:
        precision = Precision.NF4
    elif precision is Precision.NF4:
        options["quantization_config"] = four_bits(config)
    elif precision in (Precision.FP32, Precision.INT8):
        options["dtype"] = torch.float32
    if watched:
        register_attention()
        options["attn_implementation"] = WATCHED
    transformers.utils.logging.disable_progress_bar()
    with refusing(checkpoint):
        context = _context(config)
        model, found = transformers.AutoModelForImageTextToText.from_pretrained(
            checkpoint.folder,
            config=config,
            device_map={"": "cuda:0" if gpu else "cpu"},
            use_safetensors=True,
            output_loading_info=True,
            **options,
            **_LOCAL,
        )
        complete(checkpoint, found)
        if checkpoint.adapter is not None:
            model = _adapted(checkpoint, model, merge=precision is not Precision.NF4)
    model.eval().requires_grad_(False)
    held = int8_decoder(model) if precision is Precision.INT8 else precision.value
    return Loaded(model, context, _versions(held, gpu, checkpoint.adapter is not None))


def four_bits(config: Any, compute: torch.dtype = torch.bfloat16) -> Any:
    """4-bit settings that leave out the heads, and layers whose width is no multiple of a block.

    ``compute`` is the precision that the weights are multiplied in.
    """
    with torch.device("meta"):
        empty = transformers.AutoModelForImageTextToText.from_config(config)
    parts = dict(empty.named_modules())
    models = [part for part in parts.values() if isinstance(part, transformers.PreTrainedModel)]
    heads = [model.get_output_embeddings() for model in models]
    left = [
        name
        for name, part in parts.items()
        if isinstance(part, nn.Linear)
        and (part.in_features % BLOCK or any(part is head for head in heads))
    ]
    return transformers.BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=compute,
        llm_int8_skip_modules=left,
    )


def int8_decoder(model: nn.Module) -> str:
    """Hold the linear layers of the words' side in 8 bits; return the precision that came of it.

    The image side stays as it is: it runs once a text. Where torch cannot do it (the function is to
    leave torch one day, and some processors have no kernels), the model stays in 32 bits.
    """
    words = ("language_model.", "lm_head", "text_decoder.", "decoder.")
    try:
        quantization: Any = importlib.import_module("torch.ao.quantization")
        chosen = {
            name: quantization.default_dynamic_qconfig
            for name, part in model.named_modules()
            if type(part) is nn.Linear and any(f".{side}" in f".{name}" for side in words)
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the function leaves torch one day
            quantization.quantize_dynamic(model, chosen, dtype=torch.qint8, inplace=True)
    except (ImportError, RuntimeError) as error:
        if out_of_memory(error):
            raise
        log.warning("8-bit weights cannot be made here: %s", type(error).__name__)
        return "fp32, since int8 cannot be made here"
    return Precision.INT8.value


def _adapted(checkpoint: Checkpoint, model: Any, merge: bool) -> Any:
    """Put a LoRA adapter on a model; merged where the weights can take it, which is faster."""
    from peft import PeftModel, get_peft_model_state_dict

    path = Path(str(checkpoint.adapter))
    if not (path / ADAPTER_WEIGHTS).is_file():
        _refuse(checkpoint, N_("{file} is missing"), file=ADAPTER_WEIGHTS)
    with warnings.catch_warnings():
        # Weights that fit nowhere are told below, in a sentence.
        warnings.filterwarnings("ignore", message="Found missing adapter keys")
        adapted = PeftModel.from_pretrained(model, str(path), local_files_only=True)
    with safe_open(path / ADAPTER_WEIGHTS, framework="pt") as stored:
        kept = set(stored.keys())
    if kept != set(get_peft_model_state_dict(adapted)):
        _refuse(checkpoint, N_("its adapter was made for another model"))
    return adapted.merge_and_unload() if merge else adapted.base_model.model


def complete(checkpoint: Checkpoint, found: dict[str, Any]) -> None:
    """Refuse a model that would write with weights that nobody trained."""
    missing = sorted({*found["missing_keys"], *(key[0] for key in found["mismatched_keys"])})
    if missing:
        _refuse(
            checkpoint,
            N_("{count} of its weights are missing or of another shape, such as {weight}"),
            count=str(len(missing)),
            weight=missing[0],
        )


def _context(config: Any) -> int:
    words = config.decoder if hasattr(config, "decoder") else config.get_text_config(decoder=True)
    # Not there or no number is a TypeError or a ValueError, which is told in a sentence.
    return int(getattr(words, "max_position_embeddings", None))  # type: ignore[arg-type]


def _versions(held: str, gpu: bool, adapted: bool) -> dict[str, str]:
    packages = ["torch", "transformers"]
    packages += ["bitsandbytes"] if held == Precision.NF4 else []
    packages += ["peft"] if adapted else []
    device = torch.cuda.get_device_name() if gpu else "cpu"
    return {"precision": held, "device": device, **{name: version(name) for name in packages}}


@contextmanager
def refusing(checkpoint: Checkpoint) -> Iterator[None]:
    """Tell what goes wrong while files are read in one sentence."""
    try:
        yield
    except (MemoryError, *_WRONG, StrictDataclassError) as error:
        if out_of_memory(error):
            free_memory()
            raise ModelMemoryError(model=checkpoint.source.name) from None
        log.warning("a checkpoint cannot be loaded: %s", type(error).__name__)
        template = N_("its files are damaged or do not fit together")
        if isinstance(error, SafetensorError):
            template = N_("a file of weights is damaged or cut short")
        _refuse(checkpoint, template, cause=error)


def _refuse(
    checkpoint: Checkpoint, template: str, cause: BaseException | None = None, **named: str
) -> Any:
    raise CheckpointRefusedError(
        model=checkpoint.source.name,
        reason=template.format(**named),
        template=template,
        named=named,
    ) from cause
