"""The boxes that readers drew round findings: ``boxes.csv`` beside the manifest.

Columns ``image, finding, x, y, w, h, orig_w, orig_h``; x, y (left, top), w and h in pixels of the
original film, which was ``orig_w`` by ``orig_h``.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.domain.errors import TrainingError
from core.models.preprocessing import Geometry, Grey
from core.training.masks import mask_on_square

BOXES = "boxes.csv"


@dataclass(frozen=True)
class Box:
    """A rectangle round a finding, in shares of the film's width and height."""

    finding: str
    left: float
    top: float
    width: float
    height: float

    def mask(self, rows: int, columns: int) -> Grey:
        """Draw the box on a film, float32 (rows, columns), one inside."""
        drawn = np.zeros((rows, columns), np.float32)
        top, bottom = round(self.top * rows), round((self.top + self.height) * rows)
        left, right = round(self.left * columns), round((self.left + self.width) * columns)
        drawn[max(0, top) : max(bottom, top + 1), max(0, left) : max(right, left + 1)] = 1
        return drawn


def read_boxes(
    folder: Path, images: Sequence[Path], labels: Mapping[str, str]
) -> dict[int, tuple[Box, ...]]:
    """Return the boxes of each film by its place in ``images``; empty where there is no file.

    Parameters
    ----------
    images : sequence of Path
        Paths of the films as the manifest gives them, below ``folder``.
    labels : mapping of str to str
        From the names in the file to those of the vocabulary.

    Raises
    ------
    TrainingError
        If the file is not what it should be.
    """
    path = folder / BOXES
    if not path.is_file():
        return {}
    places = {path: place for place, path in enumerate(images)}
    found: dict[int, list[Box]] = {}
    with path.open(newline="", encoding="utf-8") as lines:
        table = csv.DictReader(lines)
        if not {"image", "finding"} <= set(table.fieldnames or ()):
            raise TrainingError(reason="boxes.csv lacks its columns")
        for line in table:
            place = places.get(folder / line["image"])
            if place is not None and line["finding"] in labels:
                found.setdefault(place, []).append(_box(line, labels[line["finding"]]))
    return {place: tuple(boxes) for place, boxes in found.items()}


def box_masks(boxes: Sequence[Box], geometry: Geometry) -> dict[str, npt.NDArray[np.uint8]]:
    """Return one mask on the square for each finding that has boxes on a film."""
    masks: dict[str, npt.NDArray[np.uint8]] = {}
    for finding in dict.fromkeys(box.finding for box in boxes):
        film = np.zeros((geometry.rows, geometry.columns), np.float32)
        for box in boxes:
            if box.finding == finding:
                film = np.maximum(film, box.mask(geometry.rows, geometry.columns))
        masks[finding] = mask_on_square(film, geometry)
    return masks


def _box(line: dict[str, str], finding: str) -> Box:
    try:
        wide, tall = float(line["orig_w"]), float(line["orig_h"])
        left, top, width, height = (float(line[key]) for key in ("x", "y", "w", "h"))
        return Box(finding, left / wide, top / tall, width / wide, height / tall)
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise TrainingError(reason="boxes.csv has a line without numbers") from error
