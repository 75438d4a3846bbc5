"""Headers of safetensors files: what is in a shard, and whether all of it is there.

A file is 8 bytes with the length of a JSON header, the header, then the numbers. Only the header is
read: 20 GB of weights are looked through in milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from core.domain.errors import N_

MOST_HEADER = 100_000_000
"""The limit of the format's own readers."""
_LENGTH = 8
_BITS = {
    "F64": 64, "I64": 64, "U64": 64, "F32": 32, "I32": 32, "U32": 32, "F16": 16, "BF16": 16,
    "I16": 16, "U16": 16, "I8": 8, "U8": 8, "BOOL": 8, "F8_E4M3": 8, "F8_E5M2": 8,
}  # fmt: skip
_STORED = {"F32": "fp32", "F16": "fp16", "BF16": "bf16"}


class BadShardError(Exception):
    """``template`` says what is wrong with the file, for the translators."""

    def __init__(self, template: str) -> None:
        self.template = template
        super().__init__(template)


@dataclass(frozen=True)
class Tensor:
    dtype: str
    shape: tuple[int, ...]

    @property
    def count(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True)
class Shard:
    """``bytes`` is the size of the whole file."""

    tensors: Mapping[str, Tensor]
    bytes: int


def read_shard(path: Path) -> Shard:
    """Read the header of a file and hold it against the file's size.

    Raises
    ------
    BadShardError
        If the file is no safetensors file, or its length is not what its header says.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH), "little")
        if size < _LENGTH or not 2 <= length <= min(MOST_HEADER, size):
            raise BadShardError(N_("{file} is cut short or is no safetensors file"))
        header = file.read(length)
    try:
        document = json.loads(header)
        tensors, end = _tensors(document)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BadShardError(N_("the header of {file} cannot be read")) from None
    if _LENGTH + length + end != size:
        raise BadShardError(N_("{file} is cut short or holds more than it says"))
    return Shard(tensors, size)


def _tensors(document: Mapping[str, object]) -> tuple[dict[str, Tensor], int]:
    """Return the tensors and the end of the last; they follow each other without a gap."""
    places: list[tuple[int, int]] = []
    tensors: dict[str, Tensor] = {}
    for name, entry in document.items():
        if name == "__metadata__":
            continue
        if not isinstance(entry, dict):
            raise ValueError(name)
        tensor = Tensor(str(entry["dtype"]), tuple(int(side) for side in entry["shape"]))
        first, last = (int(offset) for offset in entry["data_offsets"])
        bits = _BITS.get(tensor.dtype)
        if last < first or (bits is not None and (last - first) * 8 != tensor.count * bits):
            raise ValueError(name)
        places.append((first, last))
        tensors[name] = tensor
    end = 0
    for first, last in sorted(places):
        if first != end:
            raise ValueError("gap")
        end = last
    return tensors, end


def stored_as(shards: Mapping[str, Shard]) -> str:
    """Return the precision that most numbers of the weights are stored in; empty for others."""
    counts: dict[str, int] = {}
    for shard in shards.values():
        for tensor in shard.tensors.values():
            counts[tensor.dtype] = counts.get(tensor.dtype, 0) + tensor.count
    return _STORED.get(max(counts, key=lambda dtype: counts[dtype]), "") if counts else ""


def parameters(shards: Mapping[str, Shard]) -> int:
    """Return how many numbers the weights hold."""
    return sum(tensor.count for shard in shards.values() for tensor in shard.tensors.values())


def word_parameters(shards: Mapping[str, Shard]) -> int:
    """Return how many of them are word embeddings and the output head, by their usual names."""
    usual = ("embed_tokens.weight", "lm_head.weight", "word_embeddings.weight", "wte.weight")
    return sum(
        tensor.count
        for shard in shards.values()
        for name, tensor in shard.tensors.items()
        if name.endswith(usual)
    )
