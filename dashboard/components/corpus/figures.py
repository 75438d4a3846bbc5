"""What ``figures.json`` holds, looked up without trust: what is absent or odd is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.training.corpus.folder import TRAIN, VALIDATION
from dashboard.components.models.figures import Document, Figure, figure, part

SPLITS = (TRAIN, VALIDATION)


def counts(document: Any, *path: str) -> dict[str, int]:
    """Return the whole numbers under a path of keys, in the order of the file."""
    found = part(document, *path)
    return {str(name): number for name, value in found.items() if (number := _count(value)) >= 0}


def splits(document: Document, name: str) -> dict[str, Document]:
    """Return what is known of each split, training first."""
    return {split: found for split in SPLITS if (found := part(document, name, split))}


def prevalence(document: Document, split: str, finding: str) -> Figure:
    """Return the share of a split's samples that state a finding as present."""
    return figure(document, "findings", split, finding, "share")


def bins(document: Document, split: str) -> Mapping[str, Sequence[float]] | None:
    """Return ``edges`` and ``counts`` of a histogram of words, or ``None``."""
    found = part(document, "caption_words", split)
    edges, heights = _numbers(found.get("edges")), _numbers(found.get("counts"))
    if len(edges) != len(heights) + 1 or not heights:
        return None
    return {"edges": edges, "counts": heights}


def together(document: Document) -> tuple[list[str], list[list[int]]]:
    """Return names of findings and how often each two of them stand in one caption."""
    found = part(document, "together")
    names = [str(name) for name in found.get("names", ())]
    rows = [[int(each) for each in _numbers(row)] for row in found.get("counts", ())]
    square = len(rows) == len(names) and all(len(row) == len(names) for row in rows)
    return (names, rows) if square else ([], [])


def _numbers(values: Any) -> list[float]:
    if not isinstance(values, list):
        return []
    return [value for value in values if isinstance(value, int | float)]


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else -1
