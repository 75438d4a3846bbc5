"""What is tried on a finished adapter, on a copy that is loaded again from the files.

``changes_output``: logits with and without the adapter differ, of the model in memory and of the
copy; the smaller of the two differences counts. A run whose adapter changes nothing looks like any
other by its loss, for instance where its matrices were never put to use or are named so that the
file is read and nothing of it is taken.
``reload_exact``: the file and the copy hold the numbers that the model in memory held, bit for bit,
and the copy gives the logits that it gave; to the last bit too, save after Unsloth, whose kernels
round otherwise: there within rounding, and nearer to the trained adapter than to none.
``merged_agrees``: the weights with the adapter's product added to them give what both give side by
side. Of quantized weights the layers are tried, one by one on their numbers in 32 bits: a draft
leaves the adapter beside those weights.

Differences are the largest absolute ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.domain.errors import N_
from core.models.language.checkpoint import ADAPTER_WEIGHTS, Checkpoint
from core.training.finetuning.base import load_base
from core.training.finetuning.recipe import FineTuning

TOLERANCES = {torch.float32: 1e-4, torch.float16: 0.02, torch.bfloat16: 0.1}
"""Share of the largest logit, by the precision of the weights: rounding, summed over layers."""
LAYER_TOLERANCE = 1e-3
"""For a layer's outputs in 32 bits."""
NEARER = 0.5
"""Less than half the way from the adapted logits to the plain ones is nearer to the former."""


@dataclass(frozen=True)
class Reference:
    """What the model in memory gave for a batch, in 32 bits, and the adapter's numbers; on the CPU.

    Attributes
    ----------
    held : mapping
        By the names that peft gives them in a file.
    """

    batch: Mapping[str, Tensor]
    adapted: Tensor
    plain: Tensor
    held: Mapping[str, Tensor]


def look(model: Any, batch: Mapping[str, Tensor]) -> Reference:
    """Write down what a trained model gives; 4-bit weights cannot train any more after it."""
    model.eval()
    adapted, plain = _both(model, batch)
    return Reference(batch, adapted, plain, _held(model))


def check(
    checkpoint: Checkpoint,
    adapter: Path,
    recipe: FineTuning,
    reference: Reference,
    exact: bool = True,
) -> dict[str, dict[str, Any]]:
    """Load the adapter again and try it; ``checks.json`` as described above.

    Parameters
    ----------
    exact : bool
        Whether the library that trained adds as the copy does, so that no logit may differ.

    Raises
    ------
    CheckpointRefusedError, ModelMemoryError
    """
    from peft import PeftModel
    from safetensors.torch import load_file

    base, _processor = load_base(checkpoint, recipe)
    model = PeftModel.from_pretrained(base, str(adapter), local_files_only=True).eval()
    again, plain = _both(model, reference.batch)
    alike = all(
        same_numbers(held, reference.held)
        for held in (load_file(adapter / ADAPTER_WEIGHTS), _held(model))
    )
    tolerance = 0.0 if exact else _rounding(base.dtype, again, reference)
    return {
        "changes_output": _changes(
            _difference(reference.adapted, reference.plain), _difference(again, plain)
        ),
        "reload_exact": _reloaded(_difference(again, reference.adapted), tolerance, alike),
        "merged_agrees": _merged(model, again, reference),
    }


def logits(model: Any, batch: Mapping[str, Tensor]) -> Tensor:
    """Return the logits of a batch, shape (rows, tokens, words), on the CPU in 32 bits."""
    device, dtype = model.device, model.dtype
    given = {
        name: value.to(device, dtype) if value.is_floating_point() else value.to(device)
        for name, value in batch.items()
        if name != "labels"
    }
    mixed = torch.autocast(
        device.type, dtype, enabled=device.type == "cuda" and dtype.itemsize == 2
    )
    with torch.no_grad(), mixed:
        return model(**given, use_cache=False).logits.float().cpu()  # type: ignore[no-any-return]


def same_numbers(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    """Whether two adapters have the same names, and under each the same numbers to the last bit.

    The second is taken in the precision of the first: bias terms are held as the base holds them.
    """
    return one.keys() == other.keys() and all(
        torch.equal(value, other[name].to(value.dtype)) for name, value in one.items()
    )


def _both(model: Any, batch: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Return the logits with the adapter and without."""
    adapted = logits(model, batch)
    with model.disable_adapter():
        return adapted, logits(model, batch)


def _held(model: Any) -> dict[str, Tensor]:
    from peft import get_peft_model_state_dict

    found = get_peft_model_state_dict(model, save_embedding_layers=False)
    return {name: value.detach().cpu().clone() for name, value in found.items()}


def _rounding(dtype: torch.dtype, again: Tensor, reference: Reference) -> float:
    nearer = NEARER * _difference(reference.adapted, reference.plain)
    return min(_tolerance(dtype, again), nearer)


def _reloaded(difference: float, tolerance: float, alike: bool) -> dict[str, Any]:
    sentence = N_("the saved adapter does not give what the trained one gave")
    entry = _within(difference, tolerance, sentence) | {"same_numbers": alike}
    return entry if alike else entry | {"passed": False, "sentence": sentence}


def _changes(trained: float, loaded: float) -> dict[str, Any]:
    difference = min(trained, loaded)
    entry: dict[str, Any] = {"passed": difference > 0, "difference": difference}
    if not entry["passed"]:
        entry["sentence"] = N_("the adapter changes nothing that the model says")
    return entry


def _merged(model: Any, beside: Tensor, reference: Reference) -> dict[str, Any]:
    sentence = N_("the adapter merged into the weights says something else than beside them")
    if getattr(model, "is_quantized", False):
        return _within(_layers(model), LAYER_TOLERANCE, sentence) | {"of": "layers"}
    tolerance = _tolerance(model.dtype, beside)
    merged = logits(model.merge_and_unload(), reference.batch)
    return _within(_difference(merged, beside), tolerance, sentence) | {"of": "logits"}


def _layers(model: Any) -> float:
    """Return the largest difference of a layer's outputs, for the same random inputs."""
    from peft.tuners.lora import LoraLayer
    from peft.utils.integrations import dequantize_module_weight

    worst = 0.0
    draw = torch.Generator().manual_seed(0)
    layers: list[Any] = [part for part in model.modules() if isinstance(part, LoraLayer)]
    for layer in layers:
        weight = dequantize_module_weight(layer.get_base_layer()).detach().float().cpu()
        name = layer.active_adapters[0]
        down, up = (
            part[name].weight.detach().float().cpu() for part in (layer.lora_A, layer.lora_B)
        )
        added = layer.get_delta_weight(name).detach().float().cpu()
        inputs = torch.randn(4, weight.shape[1], generator=draw) / weight.shape[1] ** 0.5
        apart = inputs @ weight.T + inputs @ down.T @ up.T * layer.scaling[name]
        worst = max(worst, _difference(inputs @ (weight + added).T, apart))
    return worst


def _tolerance(dtype: torch.dtype, logits: Tensor) -> float:
    return TOLERANCES[dtype] * float(logits.abs().max())


def _within(difference: float, tolerance: float, sentence: str) -> dict[str, Any]:
    passed = difference <= tolerance
    entry: dict[str, Any] = {"passed": passed, "difference": difference, "tolerance": tolerance}
    return entry if passed else entry | {"sentence": sentence}


def _difference(one: Tensor, other: Tensor) -> float:
    if one.shape != other.shape:
        return float("inf")
    return float((one - other).abs().max())
