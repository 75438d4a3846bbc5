"""From a film to the picture that a model's own preparation gets."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

from core.models.base import Grey

LONG_SIDE = 1120
"""Long side, in pixels, of the picture that a model's own preparation gets: the most that Llama 3.2
Vision takes; twice as much would cost Qwen2-VL four times the tokens."""


def film_picture(film: Grey, side: int) -> Image.Image:
    """Return a film as a picture in grey levels of 8 bits, three channels alike.

    Parameters
    ----------
    film : ndarray, shape (rows, columns), float32 in [0, 1]
    side : int
        Long side of the picture; a smaller film keeps its size.
    """
    shrink = min(1.0, side / max(film.shape))
    size = max(1, round(film.shape[1] * shrink)), max(1, round(film.shape[0] * shrink))
    small = cv2.resize(film, size, interpolation=cv2.INTER_AREA) if shrink < 1 else film
    levels = np.rint(np.clip(small, 0.0, 1.0) * 255).astype(np.uint8)
    return Image.fromarray(levels).convert("RGB")
