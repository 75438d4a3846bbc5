"""Where somebody pointed, against where it is.

References
----------
Everingham 2010 (PASCAL VOC: a box finds another from an overlap of half of their union).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from core.domain.teaching import CaseFilm, Mark, MarkScore, Region, TeachingCase
from core.evaluation.blind_reads.truth import truth_of
from core.findings.vocabulary import narrower

OVERLAP = 0.5
"""Intersection over union from which a box hits a region by the box around its outline."""
LARGEST = 4.0
"""A box this many times as large as the one around the region points at nothing any more."""

_Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Located:
    """``located`` of ``locatable`` regions were hit; ``false_marks`` hit none."""

    marks: tuple[MarkScore, ...]
    located: int
    locatable: int
    false_marks: int


def locate(case: TeachingCase, marks: Sequence[Mark]) -> Located:
    """Score marks against the regions of a case.

    A mark is for the regions of its finding and of narrower ones (a consolidation is a lung
    opacity). A click hits a region that it lies in. A box hits one if its centre lies in it and it
    is at most `LARGEST` times as large as the box around it, or if the two boxes overlap by
    `OVERLAP`. Several marks in one region count once, and none of them is false. A mark of a
    finding of which the case draws no region is neither hit nor false, unless the reference says
    that the finding is not there.
    """
    scores, found, false = [], set(), 0
    absent = {name for name, finding in truth_of(case).items() if not finding.present}
    for mark in marks:
        own = [number for number, region in enumerate(case.regions) if meant(mark, region)]
        hit = {number for number in own if _hits(mark, case.regions[number])}
        distance = _distance(mark, [case.regions[number] for number in own], hit, case.film)
        scores.append(MarkScore(mark, bool(hit), distance, case.film.spacing_mm is not None))
        found |= hit
        false += not hit and (bool(own) or mark.finding in absent)
    return Located(tuple(scores), len(found), len(case.regions), false)


def meant(mark: Mark, region: Region) -> bool:
    """Whether a mark is for a region: its finding is that of the region, or a broader one."""
    return region.finding == mark.finding or region.finding in narrower(mark.finding)


def _hits(mark: Mark, region: Region) -> bool:
    around = _around(region)
    inside = _signed(region, _centre(mark), (1.0, 1.0)) >= 0
    box = (mark.x, mark.y, mark.x + mark.width, mark.y + mark.height)
    if inside and _area(box) <= LARGEST * _area(around):
        return True
    return _overlap(box, around) >= OVERLAP


def _distance(mark: Mark, regions: Sequence[Region], hit: set[int], film: CaseFilm) -> float | None:
    """Distance of a mark's centre to the nearest outline, in mm where the film has any."""
    if not regions:
        return None
    if hit:
        return 0.0
    between_rows, between_columns = film.spacing_mm or (1.0, 1.0)
    scale = (between_columns, between_rows)
    nearest = max(_signed(region, _centre(mark), scale) for region in regions)
    return round(max(0.0, -nearest), 2)


def _signed(region: Region, point: tuple[float, float], scale: tuple[float, float]) -> float:
    """Distance to the outline, positive within it; ``scale`` is the size of a pixel (x, y)."""
    outline: npt.NDArray[np.float32] = (np.asarray(region.outline) * scale).astype(np.float32)
    scaled = (point[0] * scale[0], point[1] * scale[1])
    return float(cv2.pointPolygonTest(outline.reshape(-1, 1, 2), scaled, measureDist=True))


def _centre(mark: Mark) -> tuple[float, float]:
    return mark.x + mark.width / 2, mark.y + mark.height / 2


def _around(region: Region) -> _Box:
    xs, ys = zip(*region.outline, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _area(box: _Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _overlap(box: _Box, other: _Box) -> float:
    corners = (
        max(box[0], other[0]), max(box[1], other[1]), min(box[2], other[2]), min(box[3], other[3])
    )  # fmt: skip
    union = _area(box) + _area(other) - _area(corners)
    return _area(corners) / union if union else 0.0
