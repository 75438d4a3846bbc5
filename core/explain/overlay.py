"""A film with a map over it, as a small picture: for documents and thumbnails."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
Colour = npt.NDArray[np.uint8]

LONGEST_SIDE = 1000
QUALITY = 88
OPACITY = 0.4
TRANSPARENT_BELOW = 1 / 3


def shrunk(grey: Grey, longest: int = LONGEST_SIDE) -> Grey:
    """A film with no side longer than ``longest`` pixels, averaged over areas; never enlarged."""
    factor = longest / max(grey.shape)
    if factor >= 1:
        return grey
    size = max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def jpeg(pixels: Grey | Colour) -> bytes:
    """Baseline JPEG; ``pixels`` are grey (rows, columns) or BGR (rows, columns, 3), uint8."""
    _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return bytes(encoded)


def overlay(grey: Grey, heat: npt.NDArray[np.float32]) -> Colour:
    """The film with a map over it, in the inferno colours, its lower third left transparent.

    Parameters
    ----------
    grey : ndarray, shape (rows, columns), uint8
    heat : ndarray, shape (any, any), float32 in [0, 1]

    Returns
    -------
    ndarray, shape (rows, columns, 3), uint8, BGR
    """
    rows, columns = grey.shape
    finite = np.nan_to_num(heat.astype(np.float32), nan=0.0)
    resized = cv2.resize(finite, (columns, rows), interpolation=cv2.INTER_LINEAR)
    level = np.clip(resized, 0.0, 1.0).astype(np.float32)
    film = np.repeat(grey[..., None], 3, axis=2)
    mixed = cv2.addWeighted(inferno(level), OPACITY, film, 1 - OPACITY, 0)
    return np.where(level[..., None] < TRANSPARENT_BELOW, film, mixed).astype(np.uint8)


def inferno(level: npt.NDArray[np.float32]) -> Colour:
    """Colours of levels in [0, 1], any shape; BGR on a further axis."""
    grey = np.round(level * 255).astype(np.uint8)
    return np.asarray(cv2.applyColorMap(grey, cv2.COLORMAP_INFERNO), dtype=np.uint8)
