"""A map over a film as a picture that can be kept and served."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

MAP_LONG_SIDE = 1024


def map_png(grey: npt.NDArray[np.floating], rows: int, columns: int) -> bytes:
    """A map as 8-bit grey PNG in the film's aspect, at most 1,024 pixels on its long side.

    Parameters
    ----------
    grey : ndarray, shape (r, c), float in [0, 1]
        In the film's geometry, at any resolution.
    rows, columns : int
        Of the film.
    """
    scale = min(1.0, MAP_LONG_SIDE / max(rows, columns))
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    resized = cv2.resize(grey.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    levels = np.rint(np.clip(resized, 0.0, 1.0) * 255).astype(np.uint8)
    return cv2.imencode(".png", levels)[1].tobytes()
