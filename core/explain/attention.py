"""Attention of each written token over the film, noted while a model writes.

A layer under watch computes its output as ever; beside it, the softmax of one query (the newest
one) over all keys is formed, and of that only the film's patches are kept, summed over heads and
layers. That costs heads x keys numbers for a moment and patches x tokens for good: with the 2,900
tokens of a LLaVA-NeXT prompt, 370 kB and 600 kB for 256 tokens. The matrix of all queries by all
keys (1 GB a layer there) is never formed, nor is a second pass needed.

The row that is kept for a token is the one that chose it: the query of the token before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor, nn

from core.explain.patches import ImageKeys, Weights
from core.models.drafter import TextAttention

WATCHED = "overread_watched"
"""Name of the attention that can be watched, as transformers chooses it by name."""

_watches: WeakKeyDictionary[nn.Module, Watch] = WeakKeyDictionary()


class Watch:
    """Sums of attention rows, one for each pass of the model.

    Parameters
    ----------
    layers : sequence of Module
        Attention modules to watch.
    keys : ImageKeys
        Which keys are the film's patches.
    """

    def __init__(self, layers: Sequence[nn.Module], keys: ImageKeys) -> None:
        self.layers = tuple(layers)
        self.keys = keys
        self._passes: dict[nn.Module, int] = dict.fromkeys(self.layers, 0)
        self._sums: list[Tensor] = []
        self._places = torch.from_numpy(keys.places)

    def note(self, layer: nn.Module, row: Tensor) -> None:
        """Add one layer's attention of the newest query, shape (heads, keys), softmax over keys."""
        step = self._passes[layer]
        self._passes[layer] = step + 1
        self._places = self._places.to(row.device)
        places = self._places.remainder(row.shape[-1])
        seen = row.index_select(-1, places).float().mean(0)
        if step == len(self._sums):
            self._sums.append(seen)
        else:
            self._sums[step] = self._sums[step] + seen

    def weights(self, tokens: int) -> Weights | None:
        """Mean over heads and layers, (tokens, patches); ``None`` where nothing was noted."""
        if not self.layers or len(self._sums) < tokens or not tokens:
            return None
        stacked = torch.stack(self._sums[:tokens]) / len(self.layers)
        return np.asarray(stacked.cpu().numpy(), np.float32)


@contextmanager
def watching(layers: Sequence[nn.Module], keys: ImageKeys | None) -> Iterator[Watch | None]:
    """Watch layers for a while; gives ``None`` where no key is known to be a patch.

    Layers that call attention by name are noted by :func:`attend`; of those that return their own
    softmax (BLIP's), it is read from what they return.
    """
    if keys is None:
        yield None
        return
    watch = Watch(layers, keys)
    own = [layer for layer in layers if returns_softmax(layer)]
    hooks = [layer.register_forward_hook(_note_returned) for layer in own]
    try:
        _watches.update(dict.fromkeys(layers, watch))
        yield watch
    finally:
        for layer in layers:
            _watches.pop(layer, None)
        for hook in hooks:
            hook.remove()


def returns_softmax(layer: nn.Module) -> bool:
    return type(layer).__name__ == "BlipTextSelfAttention"


def _note_returned(layer: nn.Module, _: Any, returned: tuple[Tensor, Tensor]) -> None:
    _watches[layer].note(layer, returned[1][0, :, -1])


def register_attention() -> None:
    """Make :func:`attend` known to transformers under the name `WATCHED`."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(WATCHED, attend)
    AttentionMaskInterface.register(WATCHED, sdpa_mask)


def attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    **options: Any,
) -> tuple[Tensor, Tensor | None]:
    """Attend as ``sdpa`` does, and note the newest query's row where the layer is watched.

    Parameters
    ----------
    query : Tensor, shape (1, heads, queries, width)
    key, value : Tensor, shape (1, heads or groups of heads, keys, width)
    attention_mask : Tensor or None
        As ``sdpa`` takes it: true where a query may look, or added to the scores.
    """
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    watch = _watches.get(module)
    if watch is not None:
        watch.note(module, newest_row(query, key, attention_mask, options.get("scaling")))
    return sdpa_attention_forward(module, query, key, value, attention_mask, **options)


def newest_row(query: Tensor, key: Tensor, mask: Tensor | None, scaling: float | None) -> Tensor:
    """Softmax of the last query over all keys, (heads, keys), float32."""
    _, heads, _, width = query.shape
    groups = key.shape[1]
    last = query[0, :, -1].reshape(groups, heads // groups, width)
    scores = torch.einsum("ghw,gkw->ghk", last, key[0]).reshape(heads, -1).float()
    scores = scores * (width**-0.5 if scaling is None else scaling)
    if mask is not None:
        row = mask[0, :, -1, : scores.shape[-1]]
        scores = scores.masked_fill(~row, -torch.inf) if row.dtype == torch.bool else scores + row
    return scores.softmax(-1)


def decoder_layers(model: Any) -> tuple[nn.Module, ...]:
    """The attention modules of a conversing model that show where it looks.

    All cross-attention where there is any. Else the later half of the self-attention layers that
    see the whole prompt: the early ones gather, and a sliding window loses sight of the film.
    """
    decoder = model.get_decoder()
    cross = [layer.cross_attn for layer in decoder.layers if hasattr(layer, "cross_attn")]
    if cross:
        return tuple(cross)
    kinds = getattr(decoder.config, "layer_types", None) or ["full_attention"] * len(decoder.layers)
    seeing = [
        layer.self_attn
        for layer, kind in zip(decoder.layers, kinds, strict=True)
        if kind == "full_attention"
    ]
    return tuple(seeing[len(seeing) // 2 :])


def cross_layers(decoder: nn.Module) -> tuple[nn.Module, ...]:
    """The cross-attention modules of a captioning model's decoder."""
    found = {name: part for name, part in decoder.named_modules() if name.endswith(_CROSS)}
    # BERT wraps the module that attends in one of the same name.
    return tuple(part for name, part in found.items() if f"{name}.self" not in found)


_CROSS = ("crossattention", "crossattention.self", "encoder_attn")


def over_film(
    weights: Weights | None,
    spans: Sequence[tuple[int, int]],
    keys: ImageKeys,
    film: tuple[int, int],
) -> TextAttention | None:
    """Lay noted attention over the film; tokens that wrote nothing are left out.

    Parameters
    ----------
    weights : ndarray, shape (tokens, patches), or None
    spans : sequence of (int, int)
        Characters of each token.
    film : (int, int)
        Rows and columns of the film.
    """
    if weights is None:
        return None
    written = [n for n, (first, last) in enumerate(spans) if last > first]
    if not written:
        return None
    grids = keys.grid.on_film(weights[written], film)
    return TextAttention(tuple(spans[n] for n in written), grids)
