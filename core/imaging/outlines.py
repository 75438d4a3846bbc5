"""Masks to outlines: closed polygons around what a mask covers."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Outline = tuple[tuple[float, float], ...]

# Smaller islands are crumbs of drawing, not something to point at: share of the largest.
LEAST_SHARE = 0.05
# How far an outline may leave its mask, in pixels of the mask.
TOLERANCE = 0.8


def outlines(mask: NDArray[np.bool_], scale: tuple[float, float] = (1.0, 1.0)) -> list[Outline]:
    """Draw a polygon around each connected part of a mask, the largest first; holes are left out.

    Parameters
    ----------
    mask : ndarray, shape (rows, columns), bool
    scale : (x, y)
        Pixels of the film to one of the mask.

    Returns
    -------
    list of polygons
        Each of three or more (x, y), in pixels of the film, through the middle of the mask's
        outermost pixels.
    """
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    found = sorted(found, key=cv2.contourArea, reverse=True)
    least = LEAST_SHARE * cv2.contourArea(found[0]) if found else 0.0
    drawn = []
    for contour in found:
        smooth = cv2.approxPolyDP(contour, TOLERANCE, closed=True)[:, 0]
        if len(smooth) >= 3 and cv2.contourArea(contour) >= least:
            drawn.append(
                tuple(
                    (round((float(x) + 0.5) * scale[0], 2), round((float(y) + 0.5) * scale[1], 2))
                    for x, y in smooth
                )
            )
    return drawn
