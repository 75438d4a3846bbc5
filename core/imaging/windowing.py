"""Pixel values to grey levels: the VOI transformations of DICOM PS3.3 C.11.2.1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.domain.study import Window

Pixels = npt.NDArray[np.uint16]
Grey = npt.NDArray[np.float32]

# Two of the 256 levels of a screen.
_VISIBLE = 2 / 255


def apply_window(pixels: Pixels, window: Window, *, monochrome1: bool = False) -> Grey:
    """Map stored values to grey levels.

    Parameters
    ----------
    pixels : ndarray, shape (rows, columns), uint16
    window : Window
        Centre and width in the units of ``pixels``.
    monochrome1 : bool
        Whether low values are bright in the file (PS3.3 C.7.6.3.1.2).

    Returns
    -------
    ndarray, shape (rows, columns), float32 in [0, 1]
        Dense tissue bright.

    References
    ----------
    DICOM PS3.3 C.11.2.1.2.1 (linear), C.11.2.1.3.1 (sigmoid), C.11.2.1.3.2 (linear exact)
    """
    lut = window_lut(window)
    grey: Grey = lut[pixels]
    return 1.0 - grey if monochrome1 else grey


def window_lut(window: Window) -> Grey:
    """The grey level of each of the 65,536 stored values, float32 in [0, 1]."""
    value = np.arange(65536, dtype=np.float32)
    width = max(window.width, 1e-3)
    if window.function == "SIGMOID":
        sigmoid = 1.0 / (1.0 + np.exp(-4.0 * (value - window.center) / width))
        return np.asarray(sigmoid, dtype=np.float32)
    if window.function == "LINEAR_EXACT":
        grey = (value - window.center) / width + 0.5
    else:
        # The standard's linear window is half a step off and one step narrower than the exact one.
        grey = (value - (window.center - 0.5)) / max(width - 1.0, 1e-3) + 0.5
    return np.asarray(np.clip(grey, 0.0, 1.0), dtype=np.float32)


def window_of_pixels(pixels: Pixels) -> Window:
    """A window for a film that brings none: from the 1st to the 99th percentile of its values.

    A collimated border of one value, common on plain images, is left out of the percentiles.
    """
    low, high = np.percentile(_sample(pixels), (1, 99))
    # Half a step and one step: the standard's linear window from low (black) to high (white).
    return Window(center=float(low + high + 1) / 2, width=float(high - low) + 1)


def shows_something(pixels: Pixels, window: Window) -> bool:
    """Whether a window tells the values of a film apart, or shows it all black or all white.

    A film of one value shows nothing through any window and is taken as it is.
    """
    values = _sample(pixels)
    low, high = np.percentile(values, (1, 99), method="nearest")
    grey = window_lut(window)
    return bool(low == high or abs(grey[int(high)] - grey[int(low)]) > _VISIBLE)


def _sample(pixels: Pixels) -> Pixels:
    """Values of some 500 rows and columns, the lowest and highest left out where others remain."""
    values = pixels[:: max(1, pixels.shape[0] // 512), :: max(1, pixels.shape[1] // 512)].ravel()
    inside = values[(values > values.min()) & (values < values.max())]
    return inside if inside.size >= 16 else values
