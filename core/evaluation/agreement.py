"""Two figures files side by side: which figures agree, which do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TOLERANCE = 0.002
"""Another processor rounds a logit differently in its last bits, and a rank may change."""


@dataclass(frozen=True)
class Agreement:
    """``figures`` were compared; ``differing`` names those that are not the same, with both."""

    figures: int
    differing: tuple[str, ...]

    def sentence(self) -> str:
        if not self.differing:
            return f"{self.figures} figures agree"
        return f"{len(self.differing)} of {self.figures} figures differ"


def compare(
    stated: Mapping[str, Any], again: Mapping[str, Any], tolerance: float = TOLERANCE
) -> Agreement:
    """Compare every figure that was measured again with the one that stands in the file.

    Parameters
    ----------
    stated : mapping
        The stored document.
    again : mapping
        What was recomputed: its top-level keys alone are compared, everything under them both
        ways.
    """
    before = {path: value for key in again for path, value in _leaves(stated.get(key), key)}
    after = {path: value for key in again for path, value in _leaves(again[key], key)}
    paths = list(dict.fromkeys([*before, *after]))
    differing = tuple(
        f"{path}: {before.get(path)} in the file, {after.get(path)} now"
        for path in paths
        if not _same(before.get(path), after.get(path), tolerance)
    )
    return Agreement(len(paths), differing)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path} / {key}")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{path} / {place}")
    else:
        yield path, value


def _same(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, float) and isinstance(other, float | int) and not isinstance(other, bool):
        return abs(one - other) <= tolerance
    return bool(one == other)
