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
    before = {leaf.path: leaf for key in again for leaf in _leaves(stated.get(key), key)}
    after = {leaf.path: leaf for key in again for leaf in _leaves(again[key], key)}
    nothing = _Leaf("", None)
    pairs = {
        path: (before.get(path, nothing), after.get(path, nothing))
        for path in dict.fromkeys([*before, *after])
    }
    differing = tuple(
        f"{path}: {one.value} in the file, {other.value} now"
        for path, (one, other) in pairs.items()
        if not _same(one.value, other.value, tolerance + one.slack)
    )
    return Agreement(len(pairs), differing)


@dataclass(frozen=True)
class _Leaf:
    """A figure; ``slack`` is what a film on the edge of its bin moves it by."""

    path: str
    value: Any
    slack: float = 0.0


def _leaves(value: Any, path: str, slack: float = 0.0) -> Iterator[_Leaf]:
    if isinstance(value, Mapping):
        slack = _edge(value)
        for key, inner in value.items():
            yield from _leaves(inner, f"{path} / {key}", slack)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{path} / {place}")
    else:
        yield _Leaf(path, value, slack)


def _edge(value: Mapping[str, Any]) -> float:
    """Return the weight of one film in a point of a reliability curve, else 0.

    Two films with nearly one probability lie on both sides of the edge of a bin of equal mass, and
    change places where a processor rounds otherwise.
    """
    films = value.get("films")
    point = {"stated", "observed", "films"} == set(value)
    return 1 / films if point and isinstance(films, int) and films > 0 else 0.0


def _same(one: Any, other: Any, tolerance: float) -> bool:
    if isinstance(one, float) and isinstance(other, float | int) and not isinstance(other, bool):
        return abs(one - other) <= tolerance
    return bool(one == other)
