"""Findings with the boxes that readers drew around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.training.boxes import Box

BoxArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BoxedFinding:
    """One finding on one film with all its boxes.

    ``film`` is the place of the film among the rows that were asked for; ``boxes`` has shape
    (boxes, 4): left, top, right, bottom, as shares of the film's width and height.
    """

    film: int
    finding: str
    boxes: BoxArray

    @property
    def side(self) -> str | None:
        """Half of the film that holds every box whole; ``None`` if a box crosses the midline."""
        if (self.boxes[:, 2] <= 0.5).all():
            return "left"
        return "right" if (self.boxes[:, 0] >= 0.5).all() else None


def boxed_findings(boxes: Mapping[int, Sequence[Box]]) -> tuple[BoxedFinding, ...]:
    """Gather the boxes of each film by finding, in the order of films and names."""
    gathered: dict[tuple[int, str], list[tuple[float, float, float, float]]] = {}
    for film, drawn in boxes.items():
        for box in drawn:
            edges = (box.left, box.top, box.left + box.width, box.top + box.height)
            gathered.setdefault((film, box.finding), []).append(edges)
    return tuple(
        BoxedFinding(film, finding, np.array(edges))
        for (film, finding), edges in sorted(gathered.items())
    )


def box_mask(boxes: BoxArray, rows: int, columns: int) -> npt.NDArray[np.bool_]:
    """Return the pixels whose centre lies in any box, shape (rows, columns)."""
    down = ((np.arange(rows) + 0.5) / rows)[:, None]
    across = ((np.arange(columns) + 0.5) / columns)[None, :]
    mask = np.zeros((rows, columns), np.bool_)
    for left, top, right, bottom in boxes:
        mask |= (across >= left) & (across <= right) & (down >= top) & (down <= bottom)
    return mask
