"""What an adapter trains, counted from shapes alone, is what is there once it is put on."""

from __future__ import annotations

from typing import Any

import pytest

from core.domain.training_errors import RecipeError
from core.models.language.catalogue import source_of
from core.models.torchvision_guard import ensure_torchvision
from core.training.finetuning.parameters import count_adapter, count_shape, shapes, table
from core.training.finetuning.recipe import RECIPES, FineTuning, open_recipe
from core.training.finetuning.targets import adapted
from tests.tiny_models import CHAT, build

ensure_torchvision()


def on_meta(model: Any) -> Any:
    import torch
    from transformers import AutoModelForImageTextToText

    with torch.device("meta"):
        return AutoModelForImageTextToText.from_config(model.config)


@pytest.mark.parametrize("kind", CHAT)
@pytest.mark.parametrize(
    "recipe", [RECIPES["original"], open_recipe("small", vision_layers=True, mlp=False)]
)
def test_counts_from_shapes_are_those_of_real_adapters(kind: str, recipe: FineTuning) -> None:
    model, _beside = build(kind)
    empty = count_adapter(on_meta(model).requires_grad_(False), recipe)
    real = count_adapter(model.requires_grad_(False), recipe)
    assert empty == real and 0 < real.trained < real.total


def test_the_smallest_real_model_is_counted() -> None:
    shape = next(each for each in shapes() if each.name == "qwen2-vl-2b")
    found = count_shape(shape)
    assert found.base == source_of(shape.name).parameters
    assert found.parameters.total - found.parameters.trained == found.base
    # By hand: rank 16 on both sides of each matrix, 28 layers.
    attention = 2 * (1536 + 1536) + 2 * (1536 + 256)
    assert found.parameters.trained == 28 * 16 * (attention + 3 * (1536 + 8960)) == 18_464_768
    assert f"{found.share_as_claimed:.4f}" == f"{shape.claimed_share:.4f}"


@pytest.mark.slow
def test_the_totals_are_those_of_the_published_files() -> None:
    for shape in shapes():
        found = count_shape(shape)
        assert found.base == source_of(shape.name).parameters
        # Stated to a tenth of a million, cut off or rounded.
        assert abs(found.parameters.trained - shape.claimed_trained) < 1e5
        assert round(found.share_as_claimed, 4) == shape.claimed_share
    assert "llama-3.2-11b-vision" in table()


def test_a_side_without_layers_is_refused() -> None:
    with pytest.raises(RecipeError, match="layers that see"):
        adapted(open_recipe("small", vision_layers=True), ["model.language_model.1.mlp.up_proj"])
    with pytest.raises(RecipeError, match="layers that write"):
        adapted(RECIPES["small"], ["model.decoder.layers.0.self_attn.q_proj"])


def test_heads_projectors_and_norms_are_left_alone() -> None:
    names = [
        "lm_head",
        "model.multi_modal_projector.linear_1",
        "model.language_model.layers.0.self_attn.q_proj",
        "model.language_model.layers.3.cross_attn.o_proj",
        "model.visual.blocks.0.attn.qkv",
    ]
    assert adapted(RECIPES["original"], names) == (names[2], names[3])
