"""What is noted while a model writes is its attention: compared with transformers' own, layer by
layer, for every architecture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.explain import attention
from core.explain.attention import Watch, newest_row, over_film, watching
from core.explain.patches import ImageKeys, PatchGrid
from core.models.drafter import Prompt, Sampling, Speaker, Turn
from core.models.language.generation import Prepared
from core.models.language.picture import film_picture
from core.models.language.precision import Precision
from tests.tiny_models import CAPTIONING, CHAT
from tests.tiny_models import loaded as load

FILM = np.random.default_rng(3).random((150, 100)).astype(np.float32)
TOKENS = 6


def softmax(query: torch.Tensor, key: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """The whole matrix as the textbook has it, (heads, queries, keys)."""
    key = key.repeat_interleave(query.shape[1] // key.shape[1], 1)
    scores = query[0] @ key[0].transpose(1, 2) / query.shape[-1] ** 0.5
    if mask is not None:
        scores = scores + (torch.zeros(mask.shape).masked_fill(~mask, -torch.inf))[0]
    return scores.softmax(-1)


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("kind", ["none", "bool", "added"])
def test_the_newest_row_is_the_last_one_of_the_whole_softmax(groups: int, kind: str) -> None:
    torch.manual_seed(0)
    query, key = torch.randn(1, 4, 5, 8), torch.randn(1, groups, 9, 8)
    mask = None if kind == "none" else torch.rand(1, 1, 5, 9) > 0.4
    given = mask
    if kind == "added" and mask is not None:
        given = torch.zeros(mask.shape).masked_fill(~mask, torch.finfo(torch.float32).min)
    expected = softmax(query, key, mask)[:, -1]
    torch.testing.assert_close(newest_row(query, key, given, None), expected)


def test_rows_are_averaged_over_heads_and_layers_for_each_pass() -> None:
    layers = [torch.nn.Identity(), torch.nn.Identity()]
    keys = ImageKeys(np.array([2, 0]), PatchGrid(1, 2), cross=True)
    watch = Watch(layers, keys)
    for step in range(2):
        for layer in layers:
            watch.note(layer, torch.tensor([[1.0, 0, 3], [3.0, 0, 5]]) + step)
    found = watch.weights(2)
    assert found is not None
    np.testing.assert_allclose(found, [[4, 2], [5, 3]])
    assert watch.weights(3) is None  # fewer passes than tokens: not this text's


def test_places_may_count_from_the_end() -> None:
    layer = torch.nn.Identity()
    watch = Watch([layer], ImageKeys(np.array([-2, -1]), PatchGrid(1, 2), cross=True))
    watch.note(layer, torch.tensor([[1.0, 2, 3]]))
    found = watch.weights(1)
    assert found is not None
    np.testing.assert_allclose(found, [[2, 3]])


def test_nothing_is_watched_afterwards_even_if_writing_failed() -> None:
    layer = torch.nn.Identity()
    keys = ImageKeys(np.array([0]), PatchGrid(1, 1), cross=True)
    with pytest.raises(RuntimeError), watching([layer], keys):
        assert layer in attention._watches
        raise RuntimeError
    assert layer not in attention._watches


def test_tokens_that_wrote_nothing_are_left_out() -> None:
    keys = ImageKeys(np.array([0]), PatchGrid(1, 1), cross=True)
    weights = np.array([[0.1], [0.2], [0.3]], np.float32)
    found = over_film(weights, ((0, 3), (3, 3), (3, 5)), keys, (10, 10))
    assert found is not None and found.spans == ((0, 3), (3, 5))
    np.testing.assert_allclose(found.grids[:, 0, 0], [0.1, 0.3], rtol=1e-6)
    assert over_film(weights[:1], ((0, 0),), keys, (10, 10)) is None
    assert over_film(None, ((0, 3),), keys, (10, 10)) is None


@pytest.mark.parametrize("kind", [*CHAT, *CAPTIONING])
def test_it_is_the_attention_that_transformers_returns(
    kind: str, tiny_checkpoint: Callable[[str], Path]
) -> None:
    drafter: Any = load(kind, tiny_checkpoint(kind), Precision.FP32)
    words = "there is a" if kind in CAPTIONING else "Describe the chest radiograph."
    prepared = drafter.prepare(film_picture(FILM, 1120), Prompt((Turn(Speaker.READER, words),)))
    assert prepared.keys is not None
    with watching(drafter.layers(), prepared.keys) as watch:
        assert watch is not None
        text = generate(drafter, prepared)
    noted = watch.weights(TOKENS)
    assert noted is not None and noted.shape == (TOKENS, prepared.keys.places.size)
    expected = theirs(kind, drafter, prepared, text)
    np.testing.assert_allclose(noted, expected, atol=2e-5)
    assert np.ptp(expected) > 0


def generate(drafter: Any, prepared: Prepared, **options: Any) -> Any:
    with torch.inference_mode():
        return drafter._loaded.model.generate(
            **prepared.inputs,
            do_sample=False,
            max_new_tokens=TOKENS,
            min_new_tokens=TOKENS,
            **options,
        )


def theirs(kind: str, drafter: Any, prepared: Prepared, text: Any) -> np.ndarray:
    """Mean over heads and watched layers of attention that a plain eager model returns."""
    model = drafter._loaded.model
    assert prepared.keys is not None
    if kind == "blip":  # a second pass, each word given
        seen = model.vision_model(pixel_values=prepared.inputs["pixel_values"])[0]
        out = model.text_decoder(
            input_ids=text, encoder_hidden_states=seen, output_attentions=True, return_dict=True
        )
        rows = torch.stack([layer.mean(1)[0] for layer in out.cross_attentions]).mean(0)
        return rows[-TOKENS - 1 : -1, prepared.keys.places].numpy(force=True)
    model.set_attn_implementation("eager")
    out = generate(drafter, prepared, output_attentions=True, return_dict_in_generate=True)
    steps = out.cross_attentions if kind in CAPTIONING else out.attentions
    rows = [torch.stack([layer[0, :, -1].mean(0) for layer in pick(kind, s)]) for s in steps]
    places = prepared.keys.places
    return np.stack([row.mean(0)[places].numpy(force=True) for row in rows])


def pick(kind: str, layers: Any) -> Any:
    """The layers of the tiny models that are watched, by their known numbers."""
    if kind in CAPTIONING:
        return layers
    return [layers[n] for n in {"mllama": (1, 3), "gemma3": (3,)}.get(kind, (2, 3))]


def test_the_model_writes_the_same_whether_it_is_watched_or_not(
    tiny_checkpoint: Callable[[str], Path],
) -> None:
    drafter: Any = load("qwen2_vl", tiny_checkpoint("qwen2_vl"), Precision.FP32)
    prompt = Prompt((Turn(Speaker.READER, "Describe the film."),))
    sampling = Sampling(max_new_tokens=12)
    watched = drafter.write(FILM, prompt, sampling, lambda _: None, lambda: False)
    drafter._layers = ()
    drafter._loaded.model.set_attn_implementation("sdpa")
    bare = drafter.write(FILM, prompt, sampling, lambda _: None, lambda: False)
    assert watched.attention is not None and bare.attention is None
    assert watched.text == bare.text
