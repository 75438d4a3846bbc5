"""Generated drills: lesions drawn into phantoms or normal films, at a chosen difficulty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.domain.reader import Reader
from core.domain.teaching import TeachingCase
from dashboard.workspace import Workspace

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class DrillWish:
    """A set of films. ``normals`` of ``count`` hold no lesion; the rest ask for ``finding``.

    ``size_mm`` and ``contrast`` are (least, most), spread evenly; ``background`` is "phantom" or
    "film", which takes the films of teaching cases whose reference says that nothing is there.
    """

    finding: str
    count: int
    normals: int
    size_mm: tuple[float, float]
    contrast: tuple[float, float]
    behind_heart: bool
    background: str
    seed: int


def findings() -> tuple[str, ...]:
    """Findings that can be drawn."""
    raise NotImplementedError


def make_drills(
    place: Workspace, wish: DrillWish, progress: Progress, *, reader: Reader
) -> tuple[TeachingCase, ...]:
    """Draw and keep a set of films as teaching cases with phantom truth, each labelled generated.

    Raises
    ------
    CaseRefusedError
        If a size or contrast cannot be drawn, or there is no normal film to draw into.
    """
    raise NotImplementedError
