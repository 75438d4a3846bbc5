"""Where the lungs lie in a real frontal film: by darkness and shape, or not at all.

The film is cut at many grey levels around Otsu's (Otsu 1979, IEEE Trans. Syst. Man Cybern. 9:62),
on the film itself and on one without its broad shading. Of all dark regions the pair is kept that
looks most like two lungs; a film without a plausible pair gives none. It serves to put lesions
into normal films, not to measure anything: it leaves out the lung behind heart and diaphragm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]
Mask = NDArray[np.bool_]
Bytes = NDArray[Any]

WORKING_ROWS: Final = 192
# Outer width of both lungs of an adult; films of unknown pixel spacing take it as a measure.
TYPICAL_SPAN_MM: Final = 270.0

LEAST_AREA, MOST_AREA = 0.035, 0.24
LEAST_AREA_OF_BOTH: Final = 0.105
HEIGHT: Final = (0.20, 0.66)
LEAST_SOLIDITY: Final = 0.80
ASPECT: Final = (1.15, 3.4)
LEAST_AREA_RATIO: Final = 0.50
LEAST_OVERLAP: Final = 0.72
MIDLINE: Final = (0.34, 0.66)
GAP: Final = (0.03, 0.30)
LEAST_CONTRAST: Final = 0.045
LEAST_SCORE: Final = 0.15


@dataclass(frozen=True)
class LungFields:
    """The lungs of one frontal film.

    Attributes
    ----------
    right, left : ndarray, shape (rows, columns), bool
        Of the patient: the right lung lies on the left of the film.
    mm_per_pixel : float
        Measured where the film says so, else `TYPICAL_SPAN_MM` over the lungs' outer width.
    """

    right: Mask
    left: Mask
    mm_per_pixel: float

    @property
    def both(self) -> Mask:
        """Both lungs in one mask."""
        return np.asarray(self.right | self.left)


def lung_fields(right: Mask, left: Mask, mm_per_pixel: float | None = None) -> LungFields:
    """Lungs given as masks; without a spacing their outer width is that of a typical thorax."""
    if mm_per_pixel is None:
        columns = np.nonzero((right | left).any(axis=0))[0]
        if len(columns) == 0:
            raise ValueError("the lung masks are empty")
        mm_per_pixel = TYPICAL_SPAN_MM / float(columns[-1] - columns[0] + 1)
    return LungFields(right, left, mm_per_pixel)


def find_lungs(grey: Singles) -> LungFields | None:
    """Find both lungs in a frontal film.

    Parameters
    ----------
    grey : ndarray, shape (rows, columns)
        0 to 1, dense tissue bright.

    Returns
    -------
    LungFields or None
        None where no pair of dark regions has the size, shape and place of two lungs.
    """
    rows, columns = grey.shape
    size = (max(1, round(WORKING_ROWS * columns / rows)), WORKING_ROWS)
    small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
    small = _stretched(cv2.GaussianBlur(small, (0, 0), 1.6))
    regions = [region for binary in _cuts(small) for region in _regions(binary, small)]
    pair = _best_pair(regions, size[0])
    if pair is None:
        return None
    right, left = (_smooth(region.mask) for region in pair)
    both_sides = right & left
    right, left = right & ~both_sides, left & ~both_sides
    return lung_fields(_grown(right, columns, rows), _grown(left, columns, rows))


@dataclass(frozen=True)
class _Region:
    mask: Bytes
    area: float
    solidity: float
    left: int
    top: int
    width: int
    height: int
    centre: tuple[float, float]
    contrast: float


def _stretched(image: Bytes) -> Singles:
    low, high = np.quantile(image, (0.01, 0.99))
    return np.asarray(np.clip((image - low) / max(float(high - low), 1e-3), 0, 1), np.float32)


def _cuts(small: Singles) -> list[Bytes]:
    rows, columns = small.shape
    flat = small - 0.7 * cv2.GaussianBlur(small, (0, 0), 0.22 * rows)
    cuts = []
    for image in (small, _stretched(flat)):
        inner = image[int(0.12 * rows) : int(0.85 * rows), int(0.12 * columns) : -columns // 8]
        levels = np.ascontiguousarray(inner * 255).astype(np.uint8)
        otsu = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0] / 255.0
        cuts += [(image < otsu + step).astype(np.uint8) for step in np.linspace(-0.16, 0.16, 9)]
    return cuts


def _regions(binary: Bytes, small: Singles) -> list[_Region]:
    rows, columns = small.shape
    opened = cv2.morphologyEx(binary, cv2.MORPH_OPEN, _disc(4))
    count, labels, stats, centres = cv2.connectedComponentsWithStats(opened, connectivity=4)
    found = []
    for index in range(1, count):
        left, top, width, height, area = (int(value) for value in stats[index])
        share = area / (rows * columns)
        if not (LEAST_AREA <= share <= MOST_AREA and ASPECT[0] <= height / width <= ASPECT[1]):
            continue
        if left < 1 or top < 1 or left + width >= columns or top + height > rows:
            continue
        mask = (labels == index).astype(np.uint8)
        solidity = _solidity(mask)
        if solidity < LEAST_SOLIDITY:
            continue
        ring = cv2.dilate(mask, _disc(7)) - cv2.dilate(mask, _disc(2))
        inside, outside = float(small[mask > 0].mean()), float(small[ring > 0].mean())
        found.append(
            _Region(
                *(mask, share, solidity, left, top, width, height),
                centre=(float(centres[index][0]) / columns, float(centres[index][1]) / rows),
                contrast=outside - inside,
            )
        )
    return found


def _solidity(mask: Bytes) -> float:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=cv2.contourArea)
    hull = float(cv2.contourArea(cv2.convexHull(outline)))
    return float(cv2.contourArea(outline)) / max(hull, 1.0)


def _best_pair(regions: list[_Region], columns: int) -> tuple[_Region, _Region] | None:
    best, best_score = None, LEAST_SCORE
    for first in regions:
        for second in regions:
            score = _pair_score(first, second, columns)
            if score > best_score:
                best, best_score = (first, second), score
    return best


def _pair_score(first: _Region, second: _Region, columns: int) -> float:
    """How much two regions look like a right and a left lung; 0 where they cannot be."""
    middle, height = (0.5 * (a + b) for a, b in zip(first.centre, second.centre, strict=True))
    gap = (second.left - first.left - first.width) / columns
    top, bottom = (
        max(first.top, second.top),
        min(first.top + first.height, second.top + second.height),
    )
    overlap = (bottom - top) / max(first.height, second.height)
    ratio = min(first.area, second.area) / max(first.area, second.area)
    plausible = (
        MIDLINE[0] <= middle <= MIDLINE[1]
        and HEIGHT[0] <= height <= HEIGHT[1]
        and first.area + second.area >= LEAST_AREA_OF_BOTH
        and GAP[0] <= gap <= GAP[1]
        and overlap >= LEAST_OVERLAP
        and ratio >= LEAST_AREA_RATIO
        and min(first.contrast, second.contrast) >= LEAST_CONTRAST
    )
    if not plausible:
        return 0.0
    shape = (first.solidity * second.solidity) ** 2
    return float(shape * overlap * np.sqrt(ratio) * ((first.area + second.area) / 0.25) ** 0.9)


def _smooth(mask: Bytes) -> Mask:
    """Closed over ribs and hilar vessels, without corners, holes filled."""
    margin = 16
    framed = cv2.copyMakeBorder(mask, margin, margin, margin, margin, cv2.BORDER_CONSTANT)
    closed = cv2.morphologyEx(framed, cv2.MORPH_CLOSE, _disc(9))
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(closed)
    cv2.drawContours(filled, contours, -1, 1, thickness=cv2.FILLED)
    soft = cv2.GaussianBlur(filled.astype(np.float32), (0, 0), 3.0)
    return np.asarray(soft[margin:-margin, margin:-margin] > 0.45)


def _grown(mask: Mask, columns: int, rows: int) -> Mask:
    soft = cv2.resize(mask.astype(np.float32), (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(soft > 0.5)


def _disc(radius: int) -> Bytes:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
