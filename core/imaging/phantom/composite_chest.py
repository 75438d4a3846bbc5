"""The geometry of the lungs in one real frontal film, in millimetres.

A film gives no third dimension. The lungs' depth along the beam is taken from the distance to
their outline: a lung is a body of elliptical section, flat where it meets the chest wall and
`LUNG_DEPTH_MM` deep `ROUNDING_MM` further in.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

import cv2
import numpy as np

from core.imaging.phantom.lesion import Side
from core.imaging.phantom.lung_fields import LungFields, Mask, Singles

LUNG_DEPTH_MM: Final = 165.0
ROUNDING_MM: Final = 42.0


class Chest:
    """The geometry of one film's lungs, each map made when it is first asked for."""

    def __init__(self, lungs: LungFields) -> None:
        self.lungs = lungs
        self.mm = lungs.mm_per_pixel
        self.shape = lungs.right.shape
        self.row = np.arange(self.shape[0], dtype=np.float32)[:, None]
        self.column = np.arange(self.shape[1], dtype=np.float32)[None, :]

    def lung(self, side: Side) -> Mask:
        """The mask of one lung."""
        return self.lungs.left if side == "left" else self.lungs.right

    def sign(self, side: Side) -> float:
        """Film columns grow to the patient's left."""
        return 1.0 if side == "left" else -1.0

    @cached_property
    def right_box(self) -> tuple[int, int, int, int]:
        """Top, bottom, left and right of the right lung, the last two exclusive."""
        return _box(self.lungs.right)

    @cached_property
    def left_box(self) -> tuple[int, int, int, int]:
        """Top, bottom, left and right of the left lung, the last two exclusive."""
        return _box(self.lungs.left)

    def box(self, side: Side) -> tuple[int, int, int, int]:
        """Top, bottom, left and right of one lung, exclusive at the end."""
        return self.left_box if side == "left" else self.right_box

    def inside(self, region: Mask) -> Singles:
        """Distance of each pixel of a region to its outline, mm."""
        depth = cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, 3)
        return np.asarray(depth * np.float32(self.mm), np.float32)

    def depth(self, distance: Singles) -> Singles:
        """Millimetres of lung along the beam at a distance from the outline."""
        near = np.clip(1.0 - distance / ROUNDING_MM, 0.0, 1.0)
        return np.asarray(LUNG_DEPTH_MM * np.sqrt(1.0 - near * near), np.float32)

    def hull(self, side: Side, around_mm: float, below_mm: float) -> Mask:
        """The convex pleural space of one side, reaching a little beyond the lung that is seen."""
        outline, _ = cv2.findContours(
            self.lung(side).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
        )
        region = np.zeros(self.shape, np.uint8)
        hull = cv2.convexHull(np.concatenate(outline))
        cv2.drawContours(region, [hull], -1, 1, thickness=cv2.FILLED)
        wide, low = max(1, round(around_mm / self.mm)), max(1, round(below_mm / self.mm))
        kernel = np.zeros((2 * low + 1, 2 * wide + 1), np.uint8)
        kernel[: low + 1] = 1
        return np.asarray(cv2.dilate(region, kernel) > 0)

    def soft(self, region: Mask, edge_mm: float = 2.5) -> Singles:
        """A mask with an edge as wide as an unsharp organ's."""
        return blurred(region.astype(np.float32), edge_mm / self.mm)


def blurred(image: Singles, sigma_px: float) -> Singles:
    """Gaussian blur, never below what keeps an edge free of steps."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), max(sigma_px, 0.45)), np.float32)


def waves(
    chest: Chest, rng: np.random.Generator, scales_mm: tuple[float, ...], weights: tuple[float, ...]
) -> Singles:
    """A smooth random field of zero mean; each scale has about its weight as deviation."""
    rows, columns = chest.shape
    field = np.zeros(chest.shape, np.float32)
    for scale, weight in zip(scales_mm, weights, strict=True):
        step = max(2.0, scale / chest.mm / 2.0)
        size = (max(4, round(columns / step)), max(4, round(rows / step)))
        coarse = rng.standard_normal((size[1], size[0]), dtype=np.float32)
        grown = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC)
        field += np.float32(weight) * np.asarray(grown, np.float32)
    return field


def side_space(chest: Chest, side: Side) -> Mask:
    """All that lies medial of a lung's outer wall and below it: only wall and apex bound it."""
    lung = chest.lung(side)
    top, bottom, _, _ = chest.box(side)
    outward = lung if side == "right" else lung[:, ::-1]
    space = np.maximum.accumulate(outward, axis=1)
    # Below its widest row the wall goes straight down: the angle belongs to the diaphragm.
    edge = np.where(outward.any(axis=1), outward.argmax(axis=1), lung.shape[1])
    lowest = np.minimum.accumulate(edge)
    rows = np.arange(lung.shape[0])
    steep = (rows > top + (bottom - top) // 2)[:, None]
    space = space | (steep & (np.arange(lung.shape[1])[None, :] >= lowest[:, None]))
    return np.asarray(space if side == "right" else space[:, ::-1])


def _box(lung: Mask) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(lung.any(axis=1))[0], np.nonzero(lung.any(axis=0))[0]
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
