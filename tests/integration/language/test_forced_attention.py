"""A model that can only look at one patch lights that place of the film, and no other.

Which token of a model holds a place of the film is found from pixels, not from the code under
test: a bright spot changes the features of one token most. Queries and keys are then forced, so
that every word attends to that token alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.models.drafter import Prompt, Sampling, Speaker, TextAttention, Turn
from core.models.language.picture import film_picture
from core.models.language.precision import Precision
from tests.tiny_models import CAPTIONING, CHAT, loaded

SHAPES = {"portrait": (150, 100), "landscape": (100, 150), "wide": (64, 250), "tiled": (520, 430)}
SPOTS = [(0.2, 0.31), (0.85, 0.15), (0.6, 0.9)]
PATCHES = {"gemma3": (2, 2), "mllama": (2, 2), "qwen2_vl": (2, 2), "qwen2_5_vl": (2, 2)}
"""At least so many patches down and across; captioning models and LLaVA's first view have four."""


def film(shape: tuple[int, int], spot: tuple[float, float] | None) -> np.ndarray:
    rows, columns = shape
    y, x = np.mgrid[0:rows, 0:columns]
    dark = 0.1 + 0.02 * x / columns
    if spot is not None:
        down, across = (y + 0.5) / rows - spot[0], (x + 0.5) / columns - spot[1]
        dark[(np.abs(down) < 0.04) & (np.abs(across) < 0.04)] = 1.0
    return np.asarray(dark, np.float32)


@pytest.fixture(scope="module", params=[*CHAT, *CAPTIONING])
def model(
    request: pytest.FixtureRequest, tiny_checkpoint: Callable[[str], Path]
) -> tuple[str, Any]:
    return request.param, loaded(request.param, tiny_checkpoint(request.param), Precision.FP32)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_place_that_is_looked_at_is_lit_and_no_other(
    model: tuple[str, Any], shape: str
) -> None:
    kind, drafter = model
    for spot in SPOTS:
        token = token_of(kind, drafter, SHAPES[shape], spot)
        found = looking_at(drafter, token, film(SHAPES[shape], spot))
        assert len(found.spans) > 0
        for grid in found.grids:
            lights(kind, grid, spot)
        lights(kind, found.over(0, 1000), spot)


def lights(kind: str, grid: np.ndarray, spot: tuple[float, float]) -> None:
    lit = np.argwhere(grid > 0.02 * grid.max())
    first, last = lit.min(0), lit.max(0) + 1
    place = np.array(spot) * grid.shape
    assert (first - 2 <= place).all() and (place <= last + 2).all(), (first, last, place)
    least = np.array(PATCHES.get(kind, (4, 4)))
    assert (last - first <= np.array(grid.shape) / least + 2).all(), (first, last, grid.shape)
    assert len(lit) == np.prod(last - first)  # a whole rectangle, one patch


# --- which token holds the spot -----------------------------------------------------------------


def token_of(kind: str, drafter: Any, shape: tuple[int, int], spot: tuple[float, float]) -> int:
    """The key that a spot changes most."""
    with_spot = keys_seen(drafter, film(shape, spot))
    without = keys_seen(drafter, film(shape, None))
    change = (with_spot - without).norm(dim=-1)
    if kind == "llava_next":  # its tiles show the spot again, after the first view of 16 tokens
        change[image_tokens(drafter, shape)[16:]] = 0
    return int(change.argmax())


def image_tokens(drafter: Any, shape: tuple[int, int]) -> Tensor:
    prompt = Prompt((Turn(Speaker.READER, "Describe the film."),))
    ids = drafter.prepare(film_picture(film(shape, None), 1120), prompt).inputs["input_ids"][0]
    return (ids == drafter._loaded.model.config.image_token_index).nonzero()[:, 0]


def keys_seen(drafter: Any, picture: np.ndarray) -> Tensor:
    """What the first watched layer makes its keys of, (keys, width)."""
    seen: list[Tensor] = []

    def note(_: Any, given: tuple[Tensor], __: Any) -> None:
        seen.append(given[0].flatten(0, -2).clone())

    hook = key_makers(drafter.layers()[0])[0].register_forward_hook(note)
    write(drafter, picture, 1)
    hook.remove()
    return seen[0]


def write(drafter: Any, picture: np.ndarray, tokens: int) -> Any:
    words = "" if not drafter.converses else "Describe the film."
    sampling = Sampling(max_new_tokens=tokens, temperature=1.5, min_p=0.0)
    prompt = Prompt((Turn(Speaker.READER, words),))
    return drafter.write(picture, prompt, sampling, lambda _: None, lambda: False)


def key_makers(layer: nn.Module) -> tuple[nn.Module, nn.Module, int]:
    """Where a layer makes keys and queries, and the width of a head."""
    for key, query in (("k_proj", "q_proj"), ("key", "query"), ("c_attn", "q_attn")):
        if hasattr(layer, key):
            width = getattr(layer, "head_dim", None) or layer.attention_head_size
            return getattr(layer, key), getattr(layer, query), int(width)
    raise AssertionError(type(layer))


# --- forcing ------------------------------------------------------------------------------------


def looking_at(drafter: Any, token: int, picture: np.ndarray) -> TextAttention:
    """Write while every query of the watched layers finds one key and no other."""
    hooks = []
    for layer in drafter.layers():
        key, query, width = key_makers(layer)
        for norm in ("q_norm", "k_norm"):
            if hasattr(layer, norm):
                getattr(layer, norm).weight.data.fill_(20.0)
        # The slowest turning pair of rotary positions: near or far makes no difference to it.
        direction = torch.zeros(width)
        direction[[width // 2 - 1, width - 1]] = 60.0
        hooks.append(key.register_forward_hook(one_key(token, direction)))
        hooks.append(query.register_forward_hook(same_query(direction)))
    written = write(drafter, picture, 4)
    for hook in hooks:
        hook.remove()
    assert written.attention is not None
    return written.attention


def one_key(token: int, direction: Tensor) -> Callable[[Any, Any, Tensor], Tensor]:
    def force(_: Any, __: Any, made: Tensor) -> Tensor:
        forced = torch.zeros_like(made)
        if made.shape[-2] > 1:  # not a single new word
            flat = forced.flatten(0, -2)  # the tiles of a picture may come as a batch
            flat[token] = direction.repeat(made.shape[-1] // len(direction))
        return forced

    return force


def same_query(direction: Tensor) -> Callable[[Any, Any, Tensor], Tensor]:
    def force(_: Any, __: Any, made: Tensor) -> Tensor:
        return direction.repeat(made.shape[-1] // len(direction)).expand_as(made).clone()

    return force
