"""The model that a run starts from: named on the shelf or by a folder, loaded to be trained."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.domain.errors import N_
from core.domain.training_errors import RunError
from core.models.language.catalogue import LanguageSource, plain_name, served_architectures
from core.models.language.checkpoint import CONFIG, MOST_JSON, Checkpoint, open_checkpoint
from core.models.language.shelf import Shelf
from core.training.finetuning.recipe import EIGHT_BIT, INT8, NF4, FineTuning, refuse

if TYPE_CHECKING:
    import torch


def find_base(name: str, shelf: Shelf) -> Checkpoint:
    """Return the model of a name on the shelf, or of a folder, looked through.

    Raises
    ------
    RunError
        If it is of a kind that is not fine-tuned by adapters.
    ModelUnavailableError, CheckpointRefusedError
    """
    if name in {source.name for source in shelf.sources}:
        found = shelf.open(name)
    else:
        found = in_folder(Path(name))
    if found.adapter is not None:
        raise RunError(reason=N_("the model is an adapter itself; name the one it sits on"))
    if found.source.kind != "chat":
        raise RunError(reason=N_("adapters are trained on models that converse"))
    return found


def named_base(found: Checkpoint, name: str) -> str:
    """Return how an adapter names what it sits on, so that it is known again."""
    return str(found.folder.resolve()) if Path(name).is_dir() else found.source.name


def architecture(folder: Path) -> str:
    """Return the first name that config.json gives, or nothing."""
    path = folder / CONFIG
    try:
        if path.stat().st_size > MOST_JSON:
            return ""
        return str(json.loads(path.read_text(encoding="utf-8"))["architectures"][0])
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return ""


def in_folder(folder: Path) -> Checkpoint:
    """Return the model of a folder, looked through, whatever it is served by.

    Raises
    ------
    RunError
        If there is no folder, or no model of a kind that is trained here.
    CheckpointRefusedError
    """
    if not folder.is_dir():
        raise RunError(reason=N_("there is no model and no folder of this name"))
    name = plain_name(folder.resolve().name) or "model"
    for kind in ("chat", "blip", "encoder_decoder"):
        source = LanguageSource(name=name, title=name, kind=kind)
        if architecture(folder) in served_architectures(source):
            return open_checkpoint(source, folder)
    raise RunError(reason=N_("the folder holds no model of a kind that is trained here"))


def compute_precision(recipe: FineTuning) -> str:
    """Return ``bf16``, ``fp16`` or ``fp32``: what a recipe's arithmetic is on this machine.

    Raises
    ------
    RecipeError
        If this machine cannot do what the recipe asks for.
    """
    import torch

    gpu = torch.cuda.is_available()
    bf16 = gpu and torch.cuda.is_bf16_supported()
    if recipe.compute == "auto":
        return ("bf16" if bf16 else "fp16") if gpu else "fp32"
    if recipe.compute == "fp16" and not gpu:
        refuse(N_("fp16 arithmetic needs a GPU"))
    if recipe.compute == "bf16" and gpu and not bf16:
        refuse(N_("this GPU has no bf16 arithmetic"))
    return recipe.compute


def check_machine(recipe: FineTuning, stored: str = "") -> None:
    """Refuse what this machine, or the files of the model, cannot do.

    Parameters
    ----------
    stored : str
        Precision of the model's files, as `LanguageSource.stored`.

    Raises
    ------
    RecipeError
    """
    compute_precision(recipe)
    quantized = recipe.quantization in (NF4, INT8) or recipe.optimizer in EIGHT_BIT
    if quantized and find_spec("bitsandbytes") is None:
        refuse(N_("4-bit weights and 8-bit optimizers need bitsandbytes, which is not installed"))
    if stored == "nf4" and recipe.quantization != NF4:
        refuse(N_("the files of this model are 4-bit already, and the recipe asks for others"))


def check_corpus(recipe: FineTuning, samples: int) -> None:
    """Refuse a recipe whose batch is larger than a corpus.

    Raises
    ------
    RecipeError
    """
    if recipe.batch > samples:
        refuse(
            N_("a batch of {batch} is larger than the corpus of {samples}"),
            batch=str(recipe.batch),
            samples=str(samples),
        )


def load_base(checkpoint: Checkpoint, recipe: FineTuning) -> tuple[Any, Any]:
    """Return the frozen model, at the recipe's precision, and its processor.

    Safetensors alone are read, from the folder alone, and no code of its own is run.

    Raises
    ------
    CheckpointRefusedError
        If the files are damaged or do not fit together.
    ModelMemoryError
        If memory runs out while they are read.
    """
    from core.models.torchvision_guard import ensure_torchvision

    ensure_torchvision()
    import transformers as library

    from core.models.language.folder import complete, refusing

    transformers: Any = library
    local = {"local_files_only": True, "trust_remote_code": False}
    transformers.utils.logging.disable_progress_bar()
    processor = load_processor(checkpoint)
    with refusing(checkpoint):
        config = transformers.AutoConfig.from_pretrained(checkpoint.folder, **local)
        model, found = transformers.AutoModelForImageTextToText.from_pretrained(
            checkpoint.folder,
            config=config,
            device_map={"": place()},
            use_safetensors=True,
            output_loading_info=True,
            **_held(config, recipe),
            **local,
        )
        complete(checkpoint, found)
    return model.requires_grad_(False), processor


def load_processor(checkpoint: Checkpoint) -> Any:
    """Return what prepares words and films for a model, without its weights.

    Raises
    ------
    CheckpointRefusedError
    """
    from core.models.torchvision_guard import ensure_torchvision

    ensure_torchvision()
    import transformers as library

    from core.models.language.folder import refusing

    transformers: Any = library
    with refusing(checkpoint):
        return transformers.AutoProcessor.from_pretrained(
            checkpoint.folder, local_files_only=True, trust_remote_code=False
        )


def place() -> str:
    """Return the device of this process: of several, each has its own GPU."""
    import torch

    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if torch.cuda.is_available() else "cpu"


def _held(config: Any, recipe: FineTuning) -> dict[str, Any]:
    import transformers as library

    from core.models.language.folder import four_bits

    compute = compute_dtype(recipe)
    options: dict[str, Any] = {"dtype": compute}
    if getattr(config, "quantization_config", None) is not None:
        return options
    if recipe.quantization == NF4:
        options["quantization_config"] = four_bits(config, compute)
    elif recipe.quantization == INT8:
        transformers: Any = library
        options["quantization_config"] = transformers.BitsAndBytesConfig(load_in_8bit=True)
    return options


def compute_dtype(recipe: FineTuning) -> torch.dtype:
    """Return `compute_precision` as torch calls it."""
    import torch

    names = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
    return names[compute_precision(recipe)]
